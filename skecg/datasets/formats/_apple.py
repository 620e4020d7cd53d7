"""Read the CSV files of ECGs that Apple Health exports, in the language of the watch.

Above the values stand rows such as "Sample Rate,512 hertz" and "Lead,Lead I". As their names are translated, the reader
goes by their values.
"""

from __future__ import annotations

import re

from ._recording import Recording, age_at, time_of
from ._text import text_of, text_of_head
from ._xml import number_of, numbers_of

FORMAT = "Apple Watch CSV"
_LONGEST = 8192  # characters above the values
_UNIT = re.compile(r"^[^,\n]{0,99},[ \t]*\"?([µμu]V|mV)\"?[ \t]*$", re.MULTILINE | re.IGNORECASE)
_MILLIVOLTS = {"μv": 1e-3, "uv": 1e-3, "mv": 1.0}  # both signs for micro are the Greek letter after casefold
_HERTZ = "hz|hert|herc|herz|герц|гц|赫|ヘルツ|헤르츠|هرتز|הרץ|χερτζ|เฮิ"
_RATE = re.compile(rf"([0-9]+(?:[.,][0-9]+)?)\s*(?:{_HERTZ})\D*", re.IGNORECASE)
_LEAD = re.compile(r"(?<![A-Za-z0-9])(I{1,3}|aV[RLF]|V[1-6])(?![A-Za-z0-9])")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) [-+]\d{4}", re.ASCII)
_DATES = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d.%m.%Y", "%Y-%m-%d", "%Y年%m月%d日")
_SEVERAL = re.compile(r"[0-9][^\S\n]+\S")


def recognises(head):
    """Return whether a file that begins with these bytes is an ECG of Apple Health."""
    text = text_of_head(head)
    unit = _UNIT.search(text.replace("\r", ""))
    return bool(unit) and any(_RATE.fullmatch(value) for value in _values(text[: unit.end()]))


def read(data):
    """Return the recording of a CSV file that Apple Health exports.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        One lead. The file has no identity but the name of the patient, which is not read.

    Raises
    ------
    ValueError
        If the file does not state one rate, lead and unit, or has anything but one number in each row.
    """
    text = text_of(data)
    unit = _UNIT.search(text, 0, _LONGEST)
    if not unit:
        raise ValueError("no row states the unit µV or mV")
    values = _values(text[: unit.start()])
    places = [place for place, value in enumerate(values) if _RATE.fullmatch(value)]
    if len(places) != 1:
        raise ValueError(f"one row must state a rate in hertz, got {len(places)} such rows")
    leads = [lead[0] for value in values[places[0] + 1 :] if (lead := _LEAD.search(value))]
    if len(leads) != 1:
        raise ValueError(f"one row after the rate must name a lead, got {', '.join(leads[:9]) or 'none'}")
    fs = number_of("the rate", _RATE.fullmatch(values[places[0]])[1])
    signal = _signal(text[unit.end() :])
    signal *= _MILLIVOLTS[unit[1].casefold()]
    return Recording(signal[None], (leads[0],), fs, FORMAT, **_patient(values))


def _values(rows):
    """Return the values of rows "name,value"."""
    return [row.partition(",")[2].strip().strip('"').strip() for row in rows.splitlines()]


def _signal(rows):
    """Return the numbers of all rows, with decimal points or with decimal commas."""
    if "." in rows and "," in rows:
        raise ValueError("values must all have decimal points, or all have decimal commas")
    several = _SEVERAL.search(rows)
    if several:
        raise ValueError(f"each row must have one value, got {several[0]!r} in one row")
    return numbers_of("the rows of values", rows.replace(",", "."), " ")


def _patient(values):
    """Return what the file states about the patient and the recording."""
    times = [(place, time[1]) for place, value in enumerate(values) if (time := _TIME.fullmatch(value))]
    place, text = times[0] if times else (0, "")
    time = time_of(text, "%Y-%m-%d %H:%M:%S")
    births = (time_of(value, *_DATES) for value in values[1:place])  # the name stands in the first row
    return {
        "age": age_at(next(filter(None, births), None), time),
        "device": next((value for value in values if value.startswith("Watch")), None),
        "time": time,
    }

"""What the header of an EDF or BDF file says of patient and recording, if it follows EDF+."""

from __future__ import annotations

import contextlib
import datetime
import re

from skecg.records.patient import age_at, age_in_years, sex_of

from ._edf_file import text_of

AGE = "age="  # how an additional field of the patient states the age, for which EDF+ has no field
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TRIPLE = re.compile(r"(\d{1,2})[.:'\-/ ] ?(\d{1,2})[.:'\-/ ] ?(\d{1,2})")  # 14.06.20, 10.11.12
_UNKNOWN_DAY = datetime.date(1985, 1, 1)  # the first day that EDF can write stands for no day


def patient_of(head, onset):
    """Return age, sex, patient_id, time and device, None for what the file does not say.

    Parameters
    ----------
    head : bytes
        The first 256 bytes of the file.
    onset : float
        The time of the first sample in seconds after the start that the header states.
    """
    patient, recording = text_of(head[8:88]).split(), text_of(head[88:168]).split()
    day = _day(head, recording)
    found = {"age": None, "sex": None, "patient_id": None, "time": _time(head, day, onset), "device": None}
    patient += ["X"] * (4 - len(patient))
    if patient[1] not in ("M", "F", "X"):  # the field of plain EDF holds any text
        return found
    found |= {"sex": sex_of(patient[1]), "patient_id": _unless_unknown(patient[0])}
    stated = [text.removeprefix(AGE) for text in patient[4:] if text.startswith(AGE)]
    born = _date(patient[2])
    found["age"] = age_in_years(stated[0]) if stated else None
    if born is not None and day is not None:
        found["age"] = age_at(born, day)
    if len(recording) > 4 and recording[0] == "Startdate":
        found["device"] = _unless_unknown(recording[4])
    return found


def _day(head, recording):
    """Return the day of the recording: that of EDF+, else the one with two digits for the year, else None."""
    if recording[:1] == ["Startdate"] and len(recording) > 1:
        day = _date(recording[1])
        if day is not None or recording[1] == "X":
            return day
    numbers = _numbers(head[168:176])
    if numbers is None:
        return None
    day, month, year = numbers
    with contextlib.suppress(ValueError):
        return datetime.date(year + (1900 if year >= 85 else 2000), month, day)
    return None


def _time(head, day, onset):
    clock = _numbers(head[176:184])
    if clock is None or day is None or day == _UNKNOWN_DAY:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        return datetime.datetime.combine(day, datetime.time(*clock)) + datetime.timedelta(seconds=onset)
    return None


def _numbers(field):
    """Return the three numbers of a date or time, or None."""
    found = _TRIPLE.fullmatch(text_of(field))
    return None if found is None else tuple(map(int, found.groups()))


def _date(text):
    """Return a date such as 14-JUN-2020, or None."""
    with contextlib.suppress(ValueError):
        day, month, year = text.split("-")
        return datetime.date(int(year), _MONTHS.index(month.upper()) + 1, int(day))
    return None


def _unless_unknown(code):
    return None if code in ("X", "") else code

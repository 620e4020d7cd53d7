"""Read the annotated ECG of HL7 version 3 (aECG)."""

from __future__ import annotations

import datetime
import re

from ._recording import Recording, age_at, age_in_years, sex_of, stacked, text_or_none, usual_lead
from ._xml import number_of, numbers_of, parse_xml, root_tag, text_at

FORMAT = "HL7 aECG"
_LEAD = "MDC_ECG_LEAD_"
_TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_MILLIVOLTS = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "nV": 1e-6}
_AGES = {"a": "years", "mo": "months", "wk": "weeks", "d": "days", "h": "hours"}  # UCUM
_SUBJECT = "componentOf/timepointEvent/componentOf/subjectAssignment/subject/trialSubject"
_REPORTED_AGE = "21612-7"  # LOINC


def recognises(head):
    """Return whether a file that begins with these bytes is an aECG."""
    return root_tag(head) == "AnnotatedECG"


def read(data):
    """Return the rhythm strip of an aECG file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        The first series with the code RHYTHM, or the first series if none has this code. Representative beats, which
        are derived series, are not read. The age is that at the recording by the date of birth, else the reported age.

    Raises
    ------
    ValueError
        If the file is damaged, its leads were recorded one after the other, or a unit, scale, length or duration does
        not fit.
    """
    root = parse_xml(data)
    series = root.findall("component/series")
    if not series:
        raise ValueError("the file has no component/series")
    chosen = next((one for one in series if _attribute(one, "code", "code") == "RHYTHM"), series[0])
    fs, named = _sequences(chosen)
    leads, rows = zip(*named, strict=True) if named else ((), ())
    signal = stacked(rows)
    _check_duration(chosen, signal.shape[1] / fs)
    return Recording(signal, leads, fs, FORMAT, **_patient(root, chosen))


def _attribute(element, path, name):
    """Return an attribute of the element at a path without outer blanks, or None."""
    found = element.find(path)
    return None if found is None else ((found.get(name) or "").strip() or None)


def _sequences(series):
    """Return the rate and, for each lead, its name and its values in mV."""
    sets = series.findall("component/sequenceSet")
    if len(sets) != 1:
        raise ValueError(f"the series must have one sequenceSet, with all leads at once, got {len(sets)}")
    rates, named = [], []
    for sequence in sets[0].findall("component/sequence"):
        code = _attribute(sequence, "code", "code") or ""
        if code in _TIMES:
            rates.append(_rate(sequence))
        elif code.startswith(_LEAD):
            named.append((usual_lead(code.removeprefix(_LEAD)), _values(sequence, code)))
        else:
            raise ValueError(f"a sequence must be {', '.join(_TIMES)} or {_LEAD}*, got {code[:40] or 'no code'}")
    if len(set(rates)) != 1:
        raise ValueError(f"the sequenceSet must state one increment of time, got {len(rates)} sequences of time")
    return rates[0], named


def _quantity(sequence, name, units):
    """Return a quantity, such as 2.5 uV, in the unit that has the factor 1."""
    unit = _attribute(sequence, f"value/{name}", "unit") or "none"
    if unit not in units:
        raise ValueError(f"the unit of {name} must be one of {', '.join(units)}, got {unit[:40]!r}")
    return number_of(name, _attribute(sequence, f"value/{name}", "value")) * units[unit]


def _rate(sequence):
    increment = _quantity(sequence, "increment", _SECONDS)
    if not 1e-9 <= increment <= 1e9:
        raise ValueError(f"increment must be a positive time, got {increment:g} s")
    return round(1 / increment, 9)


def _values(sequence, code):
    """Return the values of a lead in mV: origin + scale x digits."""
    origin, scale = (_quantity(sequence, name, _MILLIVOLTS) for name in ("origin", "scale"))
    if scale == 0:
        raise ValueError(f"{code[:40]}: scale is 0")
    values = numbers_of(f"{code[:40]}: digits", sequence.findtext("value/digits"), " ")
    values *= scale
    values += origin
    return values


def _check_duration(series, seconds):
    """Compare the duration of the samples with the effectiveTime of a series that has a beginning and an end in s."""
    texts = [_attribute(series, f"effectiveTime/{end}", "value") or "" for end in ("low", "high")]
    low, high = (_time(text) if text[:14].isdigit() and len(text) >= 14 else None for text in texts)
    if low and high and abs((high - low).total_seconds() - seconds) > 1:
        raise ValueError(
            f"the samples last {seconds:g} s, but effectiveTime is from {texts[0][:40]} to {texts[1][:40]}"
        )


def _patient(root, series):
    """Return what the file states about the patient and the recording."""
    subject = root.find(_SUBJECT)
    states = "effectiveTime/low", "effectiveTime/center"
    times = [_attribute(part, path, "value") for part in (series, root) for path in states]
    time = next((text for text in times if text), None)
    patient = {"age": None, "sex": None, "patient_id": None}
    if subject is not None:
        person = "subjectDemographicPerson/"
        patient["age"] = age_at(_date(_attribute(subject, f"{person}birthTime", "value")), _date(time))
        patient["sex"] = sex_of(_attribute(subject, f"{person}administrativeGenderCode", "code"))
        patient["patient_id"] = text_or_none(
            _attribute(subject, "id", "extension") or _attribute(subject, "id", "root")
        )
    if patient["age"] is None:
        patient["age"] = _reported_age(root)
    device = text_at(series, "author/seriesAuthor/manufacturedSeriesDevice/manufacturerModelName")
    return patient | {"device": text_or_none(device), "time": _time(time)}


def _reported_age(root):
    for variable in root.findall("controlVariable/relatedObservation"):
        if _attribute(variable, "code", "code") == _REPORTED_AGE:
            unit = _AGES.get(_attribute(variable, "value", "unit"))
            return age_in_years(_attribute(variable, "value", "value"), unit) if unit else None
    return None


def _time(text):
    """Return the time that HL7 writes as YYYYMMDDHHMM[SS[.fraction]][zone], by the clock on the wall; else None."""
    parts = re.fullmatch(r"(\d{12})(\d{2})?(?:\.(\d{1,6})\d*)?(?:[+-]\d{2,4})?", text or "", re.ASCII)
    if not parts:
        return None
    minute, second, fraction = parts.groups(default="0")
    try:
        time = datetime.datetime.strptime(minute, "%Y%m%d%H%M")
        return time.replace(second=int(second), microsecond=int(fraction.ljust(6, "0")))
    except ValueError:
        return None


def _date(text):
    """Return the date that HL7 writes as YYYYMMDD, with a time or without; else None."""
    parts = re.match(r"(\d{4})(\d{2})(\d{2})", text or "", re.ASCII)
    try:
        return datetime.date(*map(int, parts.groups())) if parts else None
    except ValueError:
        return None

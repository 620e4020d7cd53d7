"""Read the XML that GE CardioSoft exports."""

from __future__ import annotations

import datetime

from ._recording import Recording, age_at, age_in_years, sex_of, stacked, text_or_none, usual_lead
from ._xml import check_stated, number_at, numbers_of, parse_xml, require, root_tag, text_at

FORMAT = "CardioSoft XML"


def recognises(head):
    """Return whether a file that begins with these bytes is CardioSoft XML."""
    return root_tag(head) == "CardiologyXML"


def read(data):
    """Return the rhythm strip of a CardioSoft XML file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        `StripData`. The median beat and the full disclosure of an exercise test are not read.

    Raises
    ------
    ValueError
        If the file is damaged, has no strip or several, or states a count, length or unit that does not hold.
    """
    root = parse_xml(data)
    strips = root.findall("StripData")
    if len(strips) != 1:
        raise ValueError(f"the file must have one StripData, got {len(strips)}")
    strip = strips[0]
    gain = _quantity(strip, "Resolution", "uVperLsb") / 1000
    stored = strip.findall("WaveformData")
    check_stated("the number of leads", len(stored), text_at(strip, "NumberOfLeads"))
    leads = [usual_lead(lead.get("lead") or "") for lead in stored]
    rows = [numbers_of(f"lead {name[:40]}", lead.text, ",") for name, lead in zip(leads, stored, strict=True)]
    for name, row in zip(leads, rows, strict=True):
        check_stated(f"lead {name}: the number of samples", len(row), text_at(strip, "ChannelSampleCountTotal"))
    signal = stacked(rows)
    signal *= gain
    return Recording(signal, tuple(leads), _quantity(strip, "SampleRate", "Hz"), FORMAT, **_patient(root))


def _quantity(strip, name, unit):
    """Return a positive number that must have a unit."""
    found = strip.find(name)
    require(f"the unit of {name}", unit, None if found is None else found.get("units"))
    number = number_at(strip, name)
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {number:g}")
    return number


def _patient(root):
    """Return what the file states about the patient and the recording."""
    age, time = root.find("PatientInfo/Age"), _moment(root.find("ObservationDateTime"), "Hour", "Minute", "Second")
    unit = None if age is None else age.get("units")
    years = age_in_years(age.text, unit) if unit else None
    if years is None:
        years = age_at(_moment(root.find("PatientInfo/BirthDateTime")), _moment(root.find("ObservationDateTime")))
    return {
        "age": years,
        "sex": sex_of(text_at(root, "PatientInfo/Gender")),
        "patient_id": text_or_none(text_at(root, "PatientInfo/PID")),
        "device": text_or_none(text_at(root, "ClinicalInfo/DeviceInfo/Desc")),
        "time": time,
    }


def _moment(element, *clock):
    """Return the date, or the date with the time, whose parts stand in elements of their own; else None."""
    if element is None:
        return None
    try:
        return datetime.datetime(*(int(text_at(element, name)) for name in ("Year", "Month", "Day", *clock)))
    except (TypeError, ValueError, OverflowError):
        return None

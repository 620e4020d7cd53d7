"""Read the XML that Schiller machines and the SEMA database export."""

from __future__ import annotations

from ._recording import Recording, age_at, age_in_years, sex_of, stacked, text_or_none, time_of, usual_lead
from ._xml import check_stated, number_at, numbers_of, parse_xml, require, root_tag, text_at

FORMAT = "Schiller XML"
_RHYTHMS = ("ecg_rhythm", "ecg_rhythms")
_MILLIVOLTS = {"nv": 1e-6, "uv": 1e-3, "μv": 1e-3, "mv": 1.0, "v": 1e3}  # by casefold, after which µ is a Greek letter


def recognises(head):
    """Return whether a file that begins with these bytes is Schiller XML."""
    return root_tag(head).endswith("SchillerEDI")


def read(data):
    """Return the rhythm strip of a Schiller XML file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        The wavedata of the type ECG_RHYTHMS. The average beat is not read.

    Raises
    ------
    ValueError
        If the file is damaged, has no rhythm strip or several, or states a count, unit or type of data that does not
        hold.
    """
    root = parse_xml(data)
    waves = root.findall("eventdata/event/wavedata")
    found = [wave for wave in waves if (text_at(wave, "type") or "").casefold() in _RHYTHMS]
    if len(found) != 1:
        types = ", ".join((text_at(wave, "type") or "none")[:40] for wave in waves[:9]) or "none"
        raise ValueError(f"the file must have one wavedata of the type ECG_RHYTHMS, got {types}")
    channels = found[0].findall("channel")
    leads = [usual_lead(text_at(channel, "name") or "") for channel in channels]
    signal = stacked([_values(channel, name) for channel, name in zip(channels, leads, strict=True)])
    signal *= _millivolts(found[0])
    return Recording(signal, tuple(leads), _rate(found[0]), FORMAT, **_patient(root))


def _values(channel, name):
    """Return the units of a channel, once they agree with what the file states; a comma may end them."""
    require(f"lead {name}: datastype", "COMMASEPARATE", text_at(channel, "datastype"))
    text = (text_at(channel, "data") or "").removesuffix(",")
    values = numbers_of(f"lead {name[:40]}", text, ",")
    check_stated(f"lead {name}: the number of samples", len(values), text_at(channel, "samplecount"))
    return values


def _rate(wave):
    """Return the rate; what an exponent other than 1 means is not known."""
    require("resolution/samplerate/exponent", "1", text_at(wave, "resolution/samplerate/exponent"))
    return number_at(wave, "resolution/samplerate/value")


def _millivolts(wave):
    """Return the mV of a unit."""
    unit = text_at(wave, "resolution/yres/units") or "none"
    if unit.casefold() not in _MILLIVOLTS:
        raise ValueError(f"resolution/yres/units must be uV or mV, got {unit[:40]!r}")
    gain = number_at(wave, "resolution/yres/unitperbit")
    if gain <= 0:
        raise ValueError(f"resolution/yres/unitperbit must be positive, got {gain:g}")
    return gain * _MILLIVOLTS[unit.casefold()]


def _patient(root):
    """Return what the file states about the patient and the recording."""
    start, device = "examdescript/startdatetime", "examdescript/aquiringdevice/hardware"
    date, clock = (text_at(root, f"{start}/{part}") or "" for part in ("date", "time"))
    age = age_in_years(text_at(root, "patdata/age"))
    if age is None:
        age = age_at(_date(text_at(root, "patdata/birthdate")), _date(date))
    names = (text_at(root, f"{device}/{part}") for part in ("vendor", "model"))
    return {
        "age": age,
        "sex": sex_of(text_at(root, "patdata/gender")),
        "patient_id": text_or_none(text_at(root, "patdata/id")),
        "device": text_or_none(" ".join(filter(None, names))),
        "time": time_of(_digits(date)[:8] + _digits(clock)[:6], "%Y%m%d%H%M%S"),
    }


def _date(text):
    return time_of(_digits(text or "")[:8], "%Y%m%d")


def _digits(text):
    """Return a date or a time without the signs between its numbers."""
    return "".join(filter(str.isdigit, text))

"""Read the XML that Mortara ELI electrocardiographs write."""

from __future__ import annotations

import numpy as np

from ._base64 import bytes_of_base64
from ._recording import Recording, age_at, age_in_years, sex_of, text_or_none, time_of, usual_lead
from ._xml import check_stated, number_of, parse_xml, require, root_tag

FORMAT = "Mortara ELI XML"
_TYPES = {"8": "<i1", "16": "<i2", "32": "<i4"}
_DATES = ("%Y%m%d", "%m/%d/%Y", "%Y-%m-%d")


def recognises(head):
    """Return whether a file that begins with these bytes is Mortara ELI XML."""
    return root_tag(head) == "ECG"


def read(data):
    """Return the rhythm strip of a Mortara ELI XML file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        Each CHANNEL. The median beat, TYPICAL_CYCLE, is not read.

    Raises
    ------
    ValueError
        If the file is damaged, its channels differ in rate or length, or it leaves out a unit or states a length, sign,
        width or encoding that does not hold.
    """
    root = parse_xml(data)
    channels = root.findall("CHANNEL")
    leads = [usual_lead(channel.get("NAME") or "") for channel in channels]
    rows = [_samples(channel, name) for channel, name in zip(channels, leads, strict=True)]
    lengths, rates = ({*values} for values in (map(len, rows), (_rate(channel) for channel in channels)))
    if len(lengths) != 1 or len(rates) != 1:
        raise ValueError(
            f"channels must be of one length and rate, got {sorted(lengths)[:9]} samples and {sorted(rates)[:9]} Hz"
        )
    signal = np.empty((len(rows), *lengths))
    for values, row, channel, name in zip(signal, rows, channels, leads, strict=True):
        offset, per_millivolt = _calibration(channel, name)
        np.add(row, offset, out=values)
        values /= per_millivolt
    return Recording(signal, tuple(leads), *rates, FORMAT, **_patient(root))


def _rate(channel):
    return number_of("SAMPLE_FREQ", channel.get("SAMPLE_FREQ"))


def _samples(channel, name):
    """Return the stored samples of a channel, once they agree with what the file states."""
    require(f"lead {name}: ENCODING", "BASE64", channel.get("ENCODING"))
    require(f"lead {name}: FORMAT", "SIGNED", channel.get("FORMAT"))
    bits = (channel.get("BITS") or "16").strip()
    if bits not in _TYPES:
        raise ValueError(f"lead {name}: BITS must be one of {', '.join(_TYPES)}, got {bits[:40]!r}")
    stored, kind = bytes_of_base64(f"lead {name}: DATA", channel.get("DATA")), np.dtype(_TYPES[bits])
    if len(stored) % kind.itemsize:
        raise ValueError(f"lead {name}: samples of {bits} bits cannot have {len(stored)} bytes")
    values = np.frombuffer(stored, kind)
    check_stated(f"lead {name}: the number of samples", len(values), channel.get("DURATION"))
    return values


def _calibration(channel, name):
    """Return what is added to the samples of a channel and how many units are 1 mV."""
    if channel.get("UNITS_PER_MV") is None:
        raise ValueError(f"lead {name}: the file leaves out UNITS_PER_MV: its values have no unit")
    per_millivolt = number_of(f"lead {name}: UNITS_PER_MV", channel.get("UNITS_PER_MV"))
    if not per_millivolt >= 1e-6:
        raise ValueError(f"lead {name}: UNITS_PER_MV must be positive, got {per_millivolt:g}")
    return number_of(f"lead {name}: OFFSET", channel.get("OFFSET") or "0"), per_millivolt


def _patient(root):
    """Return what the file states about the patient and the recording, in one of two forms."""
    subject, source = ({} if (found := root.find(tag)) is None else found for tag in ("SUBJECT", "SOURCE"))
    fields = {}
    for field in root.iter("DEMOGRAPHIC_FIELD"):
        label = (field.get("LABEL") or "").split("&")[0].strip(" :").casefold()
        fields.setdefault(label, (field.get("VALUE") or "").strip(" '\""))
    time = time_of((root.get("ACQUISITION_TIME") or "")[:14], "%Y%m%d%H%M%S")
    age = age_in_years(root.get("AGE") or subject.get("AGE") or fields.get("age"))
    if age is None:
        age = age_at(time_of(subject.get("DOB") or fields.get("dob"), *_DATES), time)
    return {
        "age": age,
        "sex": sex_of(subject.get("GENDER") or fields.get("sex")),
        "patient_id": text_or_none(subject.get("ID") or fields.get("id")),
        "device": text_or_none(source.get("MODEL")),
        "time": time,
    }

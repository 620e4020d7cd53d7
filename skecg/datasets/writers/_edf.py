"""Write EDF files with the edfio package."""

from __future__ import annotations

import numpy as np

from .._edf_patient import AGE
from ._digital import LARGEST, MISSING, to_digital

_LARGEST_BLOCK = 61440  # bytes of a data record that the standard recommends not to exceed
_LABEL = 16  # characters


def write(folder, name, record):
    """Write one record; return the files as {path: bytes}.

    Raises
    ------
    ImportError
        If edfio is not installed.
    ValueError
        If a sample is missing, a lead has too long a name, or EDF cannot state the rate.
    """
    try:
        import edfio
    except ImportError as error:
        raise ImportError("Writing EDF files needs edfio: pip install 'skecg[edf]'.") from error
    digital, gain = to_digital(record, name)
    if (digital == MISSING).any():
        raise ValueError(f"record {name} has missing samples, for which EDF has no value: write it as WFDB or DICOM")
    ranges = {"physical_range": (-LARGEST / gain, LARGEST / gain), "digital_range": (-LARGEST, LARGEST)}
    signals = [
        edfio.EdfSignal.from_digital(row, record.fs, label=_label(lead, name), physical_dimension="mV", **ranges)
        for lead, row in zip(record.leads, digital, strict=True)
    ]
    made = edfio.Edf(signals, data_record_duration=_duration(digital.shape, record.fs, name), **_patient(edfio, record))
    return {folder / f"{name}.edf": made.to_bytes()}


def _label(lead, name):
    label = f"ECG {lead}"
    if len(label) > _LABEL or not label.isascii():
        raise ValueError(f"record {name}: EDF has {_LABEL - 4} ASCII characters for the name of a lead, got {lead!r}")
    return label


def _duration(shape, fs, name):
    """Return the duration of a data record, in whole samples, of which the 8 characters of the header are exact."""
    n_leads, n_times = shape
    lengths = [length for length in range(1, n_times + 1) if n_times % length == 0]
    small = [length for length in lengths if 2 * n_leads * length <= _LARGEST_BLOCK]
    for length in [*small[::-1], *lengths[len(small) :]]:
        text = np.format_float_positional(length / fs, trim="-")
        if len(text) <= 8 and abs(length / float(text) / fs - 1) < 1e-9:
            return float(text)
    raise ValueError(f"record {name}: EDF cannot state {fs:g} Hz exactly for {n_times} samples: write it as WFDB")


def _patient(edfio, record):
    """Return what EDF+ states of the patient and the recording; it has a date of birth and no age, so age is extra."""
    said = {key: value for key, value in record.metadata.items() if value is not None and value == value}
    time, age = said.get("time"), said.get("age")
    return {
        "patient": edfio.Patient(
            code=_code(said.get("patient_id")),
            sex={"male": "M", "female": "F"}.get(said.get("sex"), "X"),
            additional=() if age is None else (f"{AGE}{age:g}",),
        ),
        "recording": edfio.Recording(
            startdate=None if time is None else time.date(), equipment_code=_code(said.get("device"))
        ),
        "starttime": None if time is None else time.time().replace(microsecond=0),
    }


def _code(value):
    """Return a text without blanks, of ASCII characters; X if there is none."""
    return "_".join(str(value or "").encode("ascii", "replace").decode().split())[:40] or "X"

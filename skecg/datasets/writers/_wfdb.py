"""Write WFDB records: a header and a signal file of format 16."""

from __future__ import annotations

import numpy as np

from ._digital import to_digital

_KEPT = ("age", "sex", "patient_id", "dx")


def write(folder, name, record):
    """Write one record; return the files as {path: bytes}."""
    digital, gain = to_digital(record, name)
    start = _start(record.metadata.get("time"))
    lines = [f"{name} {len(digital)} {_number(record.fs)} {digital.shape[1]}{start}"]
    sums = digital.sum(axis=1, dtype=np.int64).astype(np.int16)  # the checksum is the sum in 16 bits
    for lead, row, total in zip(record.leads, digital, sums, strict=True):
        lines.append(f"{name}.dat 16 {_number(gain)}(0)/mV 16 0 {row[0]} {total} 0 {lead}")
    lines += [f"# {key}: {value}" for key in _KEPT if (value := _text(record.metadata.get(key)))]
    header = "\n".join([*lines, ""]).encode()
    return {folder / f"{name}.dat": digital.T.astype("<i2").tobytes(), folder / f"{name}.hea": header}


def _number(value):
    return repr(float(value)).removesuffix(".0")


def _text(value):
    """Return a value on one line, or "" if it is missing."""
    missing = value is None or value != value
    return "" if missing else " ".join(str(value).split())


def _start(time):
    """Return the time and the date of the record line, or nothing if the time is not known."""
    if time is None or time != time:  # NaT differs from itself
        return ""
    fraction = f".{time.microsecond:06}" if time.microsecond else ""
    return f" {time:%H:%M:%S}{fraction} {time.day:02}/{time.month:02}/{time.year:04}"

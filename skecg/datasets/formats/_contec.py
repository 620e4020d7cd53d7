"""Read the .ECG files of Contec ECG90A, an electrocardiograph that stores the leads II and III, but not I.

Nothing is published about the format; its layout is known from files (https://github.com/RigacciOrg/ecg-contec).
"""

from __future__ import annotations

import re

import numpy as np

from ._recording import Recording, age_in_years, time_of

FORMAT = "Contec ECG"
_HEADER, _FOOTER = 43, 37  # bytes
_START = re.compile(rb"[0-9A-Za-z]{1,8}\x00{0,7}", re.ASCII)
_TIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\x00")
_LEADS = ("II", "III", "V1", "V2", "V3", "V4", "V5", "V6")
_ROW = 2 * len(_LEADS)  # bytes
_FS, _MILLIVOLTS, _ZERO = 800.0, 5e-3, 2048
_OFF = 0x6800  # the value of a lead that is off
_SEXES = {0: "female", 1: "male", 255: None}


def recognises(head):
    """Return whether bytes begin a Contec file."""
    known = _START.fullmatch(head[:8]) and head[8:10] == bytes(2) and _TIME.match(head, 10)
    return bool(known) and head[40:41] in {bytes([sex]) for sex in _SEXES}


def read(data):
    """Return the recording of a Contec file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Recording
        The leads II, III and V1 to V6; NaN where a lead is off. The file has no identity but the name of the patient,
        which is not read.

    Raises
    ------
    ValueError
        If the file does not begin as Contec files do, or does not end with a row of zeros and 21 further bytes.
    """
    if not recognises(data[:_HEADER]):
        raise ValueError("a Contec file must begin with a number, a time and a code of the sex")
    n_bytes = len(data) - _HEADER - _FOOTER
    if n_bytes < _ROW or n_bytes % _ROW:
        raise ValueError(
            f"between {_HEADER} bytes of header and {_FOOTER} at the end, there must be samples of {_ROW} bytes, "
            f"got {n_bytes} bytes"
        )
    raw = np.frombuffer(data, "<u2", offset=_HEADER, count=n_bytes // 2 + len(_LEADS)).reshape(-1, len(_LEADS))
    empty = np.flatnonzero(~raw.any(axis=1))
    if not len(empty) or empty[0] != len(raw) - 1:
        where = f"sample {empty[0]}" if len(empty) else "none"
        raise ValueError(f"zeros must mark the end after {len(raw) - 1} samples, got them at {where}")
    raw = raw[:-1].T
    signal = np.where(raw == _OFF, np.nan, (raw.astype(float) - _ZERO) * _MILLIVOLTS)
    return Recording(signal, _LEADS, _FS, FORMAT, **_patient(data))


def _patient(data):
    """Return what the file states about the patient and the recording."""
    return {
        "age": age_in_years(data[41]) if data[41] else None,
        "sex": _SEXES[data[40]],
        "time": time_of(data[10:29].decode("ascii"), "%Y-%m-%d %H:%M:%S"),
        "device": "Contec ECG90A",
    }

"""Read a signal from a MATLAB file of version 4 or 5."""

from __future__ import annotations

import struct

import numpy as np

from ._files import read_bytes
from ._matlab import read_variables
from ._table_signal import TableSignal

_FIVE = b"MATLAB 5.0 MAT-file"
_FILE = 2**30  # bytes
_HEADER = 20  # bytes of a matrix of version 4
_TYPES = {0: "f8", 1: "f4", 2: "i4", 3: "i2", 4: "u2", 5: "u1"}  # by the tens digit of its type
_SIGNALS = ("val", "data", "ecg", "signal", "signals", "sig", "x", "samples")
_RATES = ("fs", "freq", "frequency", "samplingrate", "samplerate", "srate", "samplingfrequency")
_NAME = 64  # characters of the name of a variable


def is_matlab(head):
    """Return whether bytes begin a MATLAB file of version 4 or 5."""
    return head.startswith(_FIVE) or _matrix(head, 0) is not None


def read_matlab_signal(path):
    """Return the `TableSignal` of the one array of samples in a file.

    Raises
    ------
    ValueError
        If the file is damaged, or has no array of samples or several.
    """
    data = read_bytes(path, _FILE)
    found = read_variables(path) if data.startswith(_FIVE) else _read_four(data)
    for value in list(found.values()):
        found |= value if isinstance(value, dict) else {}
    lower = {name.lower().replace("_", ""): value for name, value in found.items() if not isinstance(value, dict)}
    arrays = {name: value for name, value in lower.items() if _is_signal(value)}
    names = [name for name in _SIGNALS if name in arrays] or list(arrays)
    if len(names) != 1:
        raise ValueError(f"it must hold one array of samples, got {', '.join(names)[:200] or 'none'}")
    signal = arrays[names[0]]
    rates = tuple(float(lower[name].item()) for name in _RATES if getattr(lower.get(name), "size", 0) == 1)
    return TableSignal(
        signal if signal.shape[0] <= signal.shape[1] else signal.T,
        rates=tuple(rate for rate in rates if rate > 0),
        age=lower["age"].item() if getattr(lower.get("age"), "size", 0) == 1 else None,
        sex=lower.get("sex") if isinstance(lower.get("sex"), str) else None,
    )


def _is_signal(value):
    """Return whether a value is an array of at least 8 samples."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and max(value.shape) >= 8 and min(value.shape) >= 1


def _matrix(data, start):
    """Return type, shape, start and end of the matrix of version 4 at a place, and its name; None if there is none."""
    if start + _HEADER > len(data):
        return None
    for order in "<>":
        mopt, n_rows, n_columns, imaginary, length = struct.unpack_from(f"{order}5i", data, start)
        machine, form = mopt // 1000, mopt % 1000 // 10
        if mopt % 10 == 0 and machine == "<>".index(order) and form in _TYPES and imaginary == 0:
            name = data[start + _HEADER : start + _HEADER + length]
            positive = 0 < length <= _NAME and n_rows > 0 and n_columns > 0 and mopt >= 0
            if positive and name.endswith(b"\x00") and name[:-1].decode("latin-1").isidentifier():
                return np.dtype(order + _TYPES[form]), (n_rows, n_columns), start + _HEADER + length, name[:-1].decode()
    return None


def _read_four(data):
    """Return the arrays of a file of version 4 by name."""
    found, place = {}, 0
    while place < len(data):
        matrix = _matrix(data, place)
        if matrix is None:
            raise ValueError(f"it is damaged, or no MATLAB 4 file, at byte {place}")
        dtype, (n_rows, n_columns), start, name = matrix
        place = start + dtype.itemsize * n_rows * n_columns
        if place > len(data):
            raise ValueError(f"it is cut short: {name} of {n_rows} times {n_columns} values needs {place} bytes")
        found[name] = np.frombuffer(data, dtype, n_rows * n_columns, start).reshape(n_columns, n_rows).T
    return found

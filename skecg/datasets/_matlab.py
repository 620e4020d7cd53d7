"""Read a struct of numbers and texts from a MATLAB 5 file, without trust in the sizes that the file gives.

https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf describes the format. scipy reads it as well, but
recurses as deep as a file nests, and unpacks what is packed to any size.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections import namedtuple

import numpy as np

from ._files import read_bytes

_FILE, _UNPACKED = 2**26, 2**26  # bytes; an ECG of 12 leads, 10 minutes and 500 Hz takes 29 MB
_HEAD = 128
_COMPRESSED, _MATRIX = 15, 14
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXTS = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_STRUCT, _CHAR, _NUMBERS = 2, 4, range(6, 16)  # classes of matrices
_FIELDS, _MATRICES = 100, 1000  # largest numbers of a struct and of a file

Matrix = namedtuple("Matrix", "kind, shape, name, at, end")


def read_struct(path, name):
    """Return the fields of the struct with a name in a MATLAB 5 file.

    Parameters
    ----------
    path : path-like
    name : str

    Returns
    -------
    fields : dict
        Arrays and texts by field name, without fields of other kinds.

    Raises
    ------
    ValueError
        If the file is not of this format, is damaged, cut short or too large, or lacks the struct.
    OSError
        If the file cannot be read.
    """
    names = []
    for elements, matrix in _matrices(read_bytes(path, _FILE)):
        if matrix.name == name and matrix.kind == _STRUCT and matrix.shape == (1, 1):
            return elements.fields(matrix)
        names.append(matrix.name)
        if len(names) == _MATRICES:
            break
    raise ValueError(f"it must hold one struct {name}; it holds {', '.join(names)[:200] or 'nothing'}")


def read_variables(path):
    """Return the variables of a MATLAB 5 file: arrays, texts, and structs as dicts of them, by name.

    Variables of other kinds are left out. Raises the errors of `read_struct`.
    """
    found = {}
    for elements, matrix in _matrices(read_bytes(path, _FILE)):
        is_struct = matrix.kind == _STRUCT and matrix.shape == (1, 1)
        value = elements.fields(matrix) if is_struct else elements.value(matrix)
        found |= {matrix.name: value} if value is not None else {}
        if len(found) == _MATRICES:
            break
    return found


def _matrices(data):
    """Yield each matrix of a file, unpacked."""
    if data[:10] == b"MATLAB 7.3":
        raise ValueError("it is a file of MATLAB 7.3; save it with -v7")
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise ValueError("it is no MATLAB 5 file")
    at, left = _HEAD, _UNPACKED
    while at < len(data):
        elements = _Elements(data, order)
        kind, start, at = found = elements.element(at, len(data))
        if kind == _COMPRESSED:
            elements = _Elements(_inflate(data[start:at], left), order)
            left -= len(elements.data)
            found = elements.element(0, len(elements.data))
        yield elements, elements.matrix(*found)


def _inflate(data, most):
    try:
        element = zlib.decompressobj().decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked ({error})") from error
    if len(element) > most:
        raise ValueError(f"it grows to more than {_UNPACKED:,} bytes when unpacked")
    return element


class _Elements:
    """The data elements of a MATLAB 5 file: a type, a number of bytes, and as many bytes."""

    def __init__(self, data, order):
        self.data, self.order = data, order

    def element(self, at, limit):
        """Return type, start and end of an element; raise ValueError if it reaches beyond `limit`."""
        if at + 8 > limit:
            raise ValueError(f"it is cut short at byte {at}")
        kind, n_bytes = struct.unpack_from(f"{self.order}II", self.data, at)
        small = kind >> 16  # up to four bytes of data in place of the size
        start, n_bytes, kind = (at + 4, small, kind & 0xFFFF) if small else (at + 8, n_bytes, kind)
        if (small and small > 4) or start + n_bytes > limit:
            raise ValueError(f"it is cut short, or damaged at byte {at}")
        return kind, start, start + n_bytes

    def numbers(self, at, limit):
        """Return the numbers of an element, and where the next element starts."""
        kind, start, end = self.element(at, limit)
        if kind not in _TYPES:
            raise ValueError(f"it has no numbers at byte {at}")
        dtype = np.dtype(self.order + _TYPES[kind])
        values = np.frombuffer(self.data, dtype, (end - start) // dtype.itemsize, start)
        return values, -(-end // 8) * 8

    def matrix(self, kind, start, end):
        """Return what an element of a matrix says in front of its values."""
        if kind != _MATRIX:
            raise ValueError(f"it is damaged: there is no matrix before byte {start}")
        flags, at = self.numbers(start, end)
        shape, at = self.numbers(at, end)
        name, at = self.numbers(at, end)
        if len(flags) == 0:
            raise ValueError(f"it is damaged at byte {start}")
        return Matrix(int(flags[0]) & 0xFF, tuple(map(int, shape)), name.tobytes().decode("latin-1"), at, end)

    def fields(self, matrix):
        """Return the values of the numeric fields and of the texts of a struct."""
        length, at = self.numbers(matrix.at, matrix.end)
        names, at = self.numbers(at, matrix.end)
        names = names.tobytes()
        length = int(length[0]) if len(length) == 1 else 0
        if length <= 0 or len(names) > _FIELDS * length:
            raise ValueError("the names of its fields are damaged")
        found = {}
        for first in range(0, len(names), length):
            kind, start, end = self.element(at, matrix.end)
            field = names[first : first + length].partition(b"\0")[0].decode("latin-1")
            value = self.value(self.matrix(kind, start, end)) if end > start else None
            found |= {field: value} if value is not None else {}
            at = -(-end // 8) * 8
        return found

    def value(self, matrix):
        """Return the array or the text of a matrix, None for other kinds."""
        if matrix.kind == _CHAR:
            kind, start, end = self.element(matrix.at, matrix.end)
            encoding = _TEXTS.get(kind, "utf-16" if kind == 4 else "latin-1")
            encoding += {"<": "-le", ">": "-be"}[self.order] if encoding in ("utf-16", "utf-32") else ""
            return self.data[start:end].decode(encoding)
        if matrix.kind not in _NUMBERS:
            return None
        values, _ = self.numbers(matrix.at, matrix.end)
        if min(matrix.shape, default=-1) < 0 or math.prod(matrix.shape) != len(values):
            raise ValueError(f"it promises an array of shape {matrix.shape[:9]}, and holds {len(values)} values")
        return values.reshape(matrix.shape, order="F")

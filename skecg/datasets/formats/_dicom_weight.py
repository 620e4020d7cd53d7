"""Estimate the memory that pydicom takes for a DICOM file, before it reads the file (DICOM PS3.5, 7.1 and 7.5)."""

from __future__ import annotations

import struct

_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_ITEM_BYTES = {"<": b"\xfe\xff\x00\xe0", ">": b"\xff\xfe\xe0\x00"}
_SYNTAX, _SAMPLES = 0x00020010, 0x54001010  # TransferSyntaxUID, WaveformData
_IMPLICIT, _BIG = b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.2"
_UNDEFINED = 0xFFFFFFFF
_START = 132  # where the first element begins
_OF_ITEM, _OF_ELEMENT, _OF_VALUE = 1500, 340, 140  # bytes that pydicom takes, measured


def weight(data, most):
    """Return about how many bytes pydicom takes for the elements of a file, in all items of all sequences.

    Parameters
    ----------
    data : bytes
        The file.
    most : int
        The estimate ends where it is more.
    """
    total, place, syntax = 0, _START, b""
    while place + 12 <= len(data) and total <= most:
        own = syntax if data[place : place + 2] != b"\x02\x00" else b""  # the header of the file is never implicit
        order = ">" if own == _BIG else "<"
        tag, place, length = _header(data, place, order, own == _IMPLICIT)
        total += _OF_ITEM if tag == _ITEM else _OF_ELEMENT
        if tag in (_ITEM, _ITEM_END, _SEQUENCE_END) or length == _UNDEFINED:
            continue  # what is within counts, too
        if data.startswith(_ITEM_BYTES[order], place):
            continue
        if tag == _SYNTAX:
            syntax = data[place : place + length].rstrip(b"\x00 ")
        if tag != _SAMPLES:
            total += _OF_VALUE * data.count(b"\\", place, place + length)
        place += length
    return total


def _header(data, place, order, is_implicit):
    """Return the tag of an element, where its value begins, and the length of the value."""
    group, element, kind, short = struct.unpack_from(f"{order}HH2sH", data, place)
    tag = group << 16 | element
    if is_implicit or group == 0xFFFE or not b"AA" <= kind <= b"ZZ":  # without a value representation
        return tag, place + 8, struct.unpack_from(f"{order}I", data, place + 4)[0]
    if kind in _LONG:
        return tag, place + 12, struct.unpack_from(f"{order}I", data, place + 8)[0]
    return tag, place + 8, short

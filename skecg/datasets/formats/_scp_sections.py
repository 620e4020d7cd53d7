"""Sections of SCP-ECG files, and their checksums (EN 1064, section 0 and the section header)."""

from __future__ import annotations

import binascii
import struct

HEADER = 16  # bytes in front of each section
MARK = b"SCPECG"
_START = 6  # bytes of the checksum and the size of the file
_LAST = 11  # the last section that the standard defines; others belong to manufacturers
_MARKED_SINCE = 13  # version 1.3


def looks_like_sections(head):
    """Return whether bytes begin with the pointer section of SCP-ECG, even without its mark."""
    if len(head) < 32 or head[8:10] != b"\x00\x00":
        return False
    length, own = struct.unpack_from("<I", head, 10)[0], struct.unpack_from("<HI", head, _START + HEADER)
    return head[16:22] == MARK or (head[16:22] == bytes(6) and own == (0, length) and length % 10 == HEADER % 10)


def read_sections(data):
    """Return the sections 1 to 11 that a file holds, a dict from numbers to bytes without the header.

    Raises
    ------
    ValueError
        If the size, a checksum, a length or a number differs from the file.
    """
    if len(data) < _START + HEADER:
        raise ValueError(f"an SCP-ECG file begins with {_START + HEADER} bytes of header, got {len(data)} bytes")
    if data[16:22] != MARK and data[14] >= _MARKED_SINCE:
        raise ValueError(
            f"section 0 must hold the mark {MARK!r}, got {data[16:22]!r}: some small devices write files that only "
            "resemble SCP-ECG and whose samples cannot be decoded with certainty"
        )
    checksum, size = struct.unpack_from("<HI", data)
    if size != len(data):
        raise ValueError(f"the file states {size} bytes, but has {len(data)} bytes")
    _check(checksum, data[2:], "the file")
    pointers = _section(data, 0, _START, struct.unpack_from("<I", data, 10)[0])
    if len(pointers) % 10:
        raise ValueError(f"section 0 must hold pointers of 10 bytes, got {len(pointers)} bytes")
    found = {}
    for number, length, first in struct.iter_unpack("<HII", pointers):
        if not 1 <= number <= _LAST or not length:
            continue
        if number in found:
            raise ValueError(f"section 0 points to section {number} twice")
        found[number] = _section(data, number, first - 1, length)
    return found


def _section(data, number, start, length):
    """Return a section without its header, which is checked."""
    if length < HEADER or not 0 <= start <= len(data) - length:
        raise ValueError(f"section {number} of {length} bytes at byte {start + 1} is not within the {len(data)} bytes")
    checksum, own_number, own_length = struct.unpack_from("<HHI", data, start)
    if (own_number, own_length) != (number, length):
        raise ValueError(
            f"section 0 points to section {number} of {length} bytes, but there is section {own_number} of "
            f"{own_length} bytes"
        )
    _check(checksum, data[start + 2 : start + length], f"section {number}")
    return data[start + HEADER : start + length]


def _check(checksum, covered, where):
    found = binascii.crc_hqx(covered, 0xFFFF)  # CRC-16 CCITT
    if found != checksum:
        raise ValueError(f"{where} states the checksum {checksum:04x}, but its bytes give {found:04x}")

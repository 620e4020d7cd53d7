"""Reader of ISHNE Holter files.

Badilini F. The ISHNE Holter Standard Output File Format. Ann Noninvasive Electrocardiol 1998;3(3):263-266.
"""

from __future__ import annotations

import binascii
import datetime
import struct

import numpy as np

from ._recording import Recording, age_at, text_or_none, time_on

FORMAT = "ISHNE Holter"
_MARK = b"ISHNE1.0"
_FIXED = 522  # bytes of the mark, the checksum and the fixed header
_MOST_LEADS = 12
_LEADS = {2: "X", 3: "Y", 4: "Z", 5: "I", 6: "II", 7: "III", 8: "aVR", 9: "aVL", 10: "aVF", 11: "V1", 12: "V2"}
_LEADS |= {13: "V3", 14: "V4", 15: "V5", 16: "V6", 17: "ES", 18: "AS", 19: "AI"}
_NAMELESS = (0, 1)  # unknown, and a bipolar lead of any kind
_FAULT = -32768  # the sample that marks a fault of the lead


def recognises(head):
    """Return whether bytes begin an ISHNE Holter file."""
    return head.startswith(_MARK)


def read(data):
    """Return the `Recording` of an ISHNE Holter file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If the checksum, a size or an offset differs from the file, or a lead has no name or no resolution.
    """
    if len(data) < _FIXED:
        raise ValueError(f"an ISHNE file begins with {_FIXED} bytes of header, got {len(data)} bytes")
    start = _start_of_samples(data)
    leads, resolutions = _leads(data)
    (fs,) = struct.unpack_from("<h", data, 272)
    raw = _samples(data, start, len(leads))
    signal = np.where(raw == _FAULT, np.nan, raw) * (np.array(resolutions)[:, np.newaxis] * 1e-6)
    birth, day = _date(data, 132), _date(data, 138)
    return Recording(
        signal,
        tuple(leads),
        float(fs),
        FORMAT,
        age=age_at(birth, day),
        sex={1: "male", 2: "female"}.get(struct.unpack_from("<h", data, 128)[0]),
        patient_id=_text(data, 108, 20),
        time=time_on(day, struct.unpack_from("<3h", data, 150)),
        device=_device(data),
    )


def _start_of_samples(data):
    """Return the offset of the samples; check the offsets of both blocks and the checksum."""
    checksum, variable, _, at_variable, start = struct.unpack_from("<Hiiii", data, 8)
    if at_variable != _FIXED or variable < 0 or start != _FIXED + variable:
        raise ValueError(
            f"the variable block must begin at byte {_FIXED} and end where the samples begin, got {variable} bytes at "
            f"byte {at_variable} and samples at byte {start}"
        )
    if start > len(data):
        raise ValueError(f"the samples begin at byte {start}, but the file has {len(data)} bytes")
    found = binascii.crc_hqx(data[10:start], 0xFFFF)  # CRC-16 CCITT
    swapped = found >> 8 | (found & 0xFF) << 8  # the standard leaves the order of the two bytes open
    if checksum and checksum not in (found, swapped):  # 0: the writer computed none
        raise ValueError(f"the header states the checksum {checksum:04x}, but its bytes give {found:04x}")
    return start


def _leads(data):
    """Return the names of the leads and their resolutions in nV per unit."""
    (n_leads,) = struct.unpack_from("<h", data, 156)
    if not 1 <= n_leads <= _MOST_LEADS:
        raise ValueError(f"an ISHNE file has 1 to {_MOST_LEADS} leads, got {n_leads}")
    codes = struct.unpack_from(f"<{n_leads}h", data, 158)
    resolutions = struct.unpack_from(f"<{n_leads}h", data, 206)
    unknown = [code for code in codes if code not in _LEADS and code not in _NAMELESS]
    if unknown:
        raise ValueError(f"the codes of leads must be from 0 to {max(_LEADS)}, got {unknown[0]}")
    leads = [_LEADS.get(code, f"channel {number}") for number, code in enumerate(codes, 1)]
    for lead, resolution in zip(leads, resolutions, strict=True):
        if resolution <= 0:
            raise ValueError(f"the resolution of {lead} must be above 0 nV, got {resolution} nV")
    return leads, resolutions


def _samples(data, start, n_leads):
    """Return int16 samples of shape (n_leads, n_times).

    Writers differ in what "ECG size" counts: the samples of one lead, or of all leads.
    """
    n_bytes = len(data) - start
    n_times, rest = divmod(n_bytes, 2 * n_leads)
    (stated,) = struct.unpack_from("<i", data, 14)
    if rest or stated not in (n_times, n_times * n_leads):
        raise ValueError(
            f"the header states {stated} samples (of each of {n_leads} leads, or of all), but {n_bytes} bytes of "
            f"samples hold {n_bytes / 2 / n_leads:g} of each lead"
        )
    return np.frombuffer(data, "<i2", offset=start).reshape(n_times, n_leads).T


def _text(data, start, size):
    return text_or_none(data[start : start + size].split(b"\x00")[0].decode("latin-1"))


def _date(data, start):
    day, month, year = struct.unpack_from("<3h", data, start)
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _device(data):
    """Return the recorder, unless the field says only that it is analog or digital, as the standard has it."""
    recorder = _text(data, 232, 40)
    return None if recorder is None or recorder.casefold() in ("analog", "digital") else recorder

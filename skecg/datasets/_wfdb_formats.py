"""The WFDB signal formats that skecg decodes itself.

https://physionet.org/physiotools/wag/signal-5.htm describes these formats. Every decoder takes the
bytes of many records of equal size at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Format:
    """One way to store samples."""

    bits: int  # per sample
    decode: Callable  # (n_records, n_bytes) uint8 -> (n_records, n_values) integers
    missing: int  # the value that marks a missing sample

    def n_bytes(self, n_values):
        return (n_values * self.bits + 7) // 8


def _decode_16(data):
    return data.view("<i2")


def _decode_24(data):
    padded = np.zeros((*data.shape[:-1], data.shape[-1] // 3, 4), np.uint8)
    padded[..., 1:] = data.reshape(*data.shape[:-1], -1, 3)
    return padded.view("<i4")[..., 0] >> 8  # an arithmetic shift, which keeps the sign


def _decode_32(data):
    return data.view("<i4")


def _decode_80(data):
    return data.astype(np.int16) - 128


def _decode_212(data):
    """Decode two samples from three bytes; the middle byte holds the high bits of both samples."""
    n_values = data.shape[-1] * 2 // 3
    whole = np.zeros((*data.shape[:-1], -(-data.shape[-1] // 3), 3), np.int16)
    whole.reshape(*data.shape[:-1], -1)[..., : data.shape[-1]] = data
    low, high, second = whole[..., 0], whole[..., 1], whole[..., 2]
    pairs = np.stack([low | (high << 12 >> 4), second | (high >> 4 << 12 >> 4)], axis=-1)
    return pairs.reshape(*data.shape[:-1], -1)[..., :n_values]


FORMATS = {
    "16": Format(16, _decode_16, -(2**15)),
    "24": Format(24, _decode_24, -(2**23)),
    "32": Format(32, _decode_32, -(2**31)),
    "80": Format(8, _decode_80, -(2**7)),
    "212": Format(12, _decode_212, -(2**11)),
}


def to_millivolts(digital, gain, baseline, missing, out):
    """Write (digital - baseline) / gain into float32 `out`, with NaN for the missing value.

    The result is that of float64 arithmetic rounded to float32. float32 arithmetic gives the
    same result if the operands and the difference are exact in float32: a quotient rounded first to 53 bits,
    then to 24, is the quotient rounded to 24, as 53 >= 2 * 24 + 2 (Figueroa 1995).

    Parameters
    ----------
    digital : ndarray of integers, shape (n_records, n_times, n_leads)
    gain, baseline : ndarray of shape (n_leads,)
    missing : int
    out : ndarray of shape (n_records, n_leads, n_times), float32
    """
    digital = digital.transpose(0, 2, 1)
    if digital.dtype == np.int16 and _exact_in_float32(gain, baseline):
        out[...] = digital
        if baseline.any():
            out -= baseline.astype(np.float32)[:, None]
        out /= gain.astype(np.float32)[:, None]
    else:
        out[...] = (digital.astype(np.float64) - baseline[:, None]) / gain[:, None]
    gaps = digital == missing
    if gaps.any():
        out[gaps] = np.nan


def _exact_in_float32(gain, baseline):
    sizes = np.abs(gain)
    if sizes.max() > 1e9 or sizes.min() < 1e-9 or np.abs(baseline).max() > 2**20:
        return False
    return bool((gain.astype(np.float32) == gain).all())

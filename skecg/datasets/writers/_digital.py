"""Samples as whole numbers of 16 bits, which all written formats have."""

from __future__ import annotations

import numpy as np

MISSING = -(2**15)
LARGEST = 32_000  # a round number, so that the header of EDF states the range in mV exactly
_FINEST = 10_000  # steps per mV, 0.1 uV: finer than any ECG recorder


def to_digital(record, name):
    """Return the samples of a record in steps, and the steps per mV: the finest of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    record : ECGRecord
    name : str
        The name of the record, for errors.

    Returns
    -------
    digital : ndarray of shape (n_leads, n_times), int16
        `MISSING` where a sample is missing.
    gain : float
        Steps per mV, at most 10,000.

    Raises
    ------
    ValueError
        If a value is infinite, or so large that no gain fits.
    """
    signal = np.asarray(record.signal, np.float64)
    largest = np.nanmax(np.abs(signal), initial=0.0)
    gain = next((gain for gain in _gains() if largest * gain <= LARGEST), None)
    if gain is None:
        raise ValueError(f"record {name} reaches {largest:g} mV, which no ECG has: nothing was written")
    missing = np.isnan(signal)
    digital = np.rint(np.where(missing, 0, signal) * gain).astype(np.int16)
    digital[missing] = MISSING
    return digital, gain


def _gains():
    """Yield the gains from the finest to one step per V."""
    for power in range(4, -4, -1):
        yield from (factor * 10.0**power for factor in (5, 2, 1) if factor * 10.0**power <= _FINEST)

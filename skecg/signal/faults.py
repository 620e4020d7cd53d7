"""Faults of a recording that show in its samples: flat, disconnected and clipped leads, implausible voltages."""

from __future__ import annotations

import numpy as np

# Our choice: leads of adults span 0.2 to 10 mV, so a span beyond the limits below is off by about 1000.
TOO_LARGE, TOO_SMALL = 50.0, 0.01
_MANY_LEADS = 16  # more than these, and more than samples: the axes are probably transposed
DISCONNECTED = 1.0  # seconds at one value: longer than the flat part between two beats
_CLIPPED_RUN, _CLIPPED_SHARE = 4, 0.02  # samples in a row at the extreme, and their share of the record


def look_transposed(n_leads: int, n_times: int) -> bool:
    """Return whether signals of this shape have their axes in the wrong order, as many leads of few samples do."""
    return n_leads > max(n_times, _MANY_LEADS)


def spans(signals: np.ndarray) -> np.ndarray:
    """Return highest minus lowest value of each lead, (..., n_leads); zero without samples.

    Parameters
    ----------
    signals : ndarray of shape (..., n_leads, n_times)
        Voltages without NaN.
    """
    return np.ptp(signals, axis=-1) if signals.shape[-1] else np.zeros(signals.shape[:-1])


def flat_leads(signals: np.ndarray) -> np.ndarray:
    """Return which leads have one value throughout, bool (..., n_leads).

    Parameters
    ----------
    signals : ndarray of shape (..., n_leads, n_times)
        Voltages without NaN.
    """
    return spans(signals) == 0


def disconnected_leads(signals: np.ndarray, fs: float) -> np.ndarray:
    """Return which leads keep one value for a second or more, but not throughout, bool (..., n_leads).

    Parameters
    ----------
    signals : ndarray of shape (..., n_leads, n_times)
        Voltages without NaN.
    fs : float
        Rate in Hz.
    """
    width = max(2, int(np.ceil(DISCONNECTED * fs)))  # samples
    found = np.zeros(signals.shape[:-1], bool)
    if signals.shape[-1] < width:
        return found
    same = signals[..., 1:] == signals[..., :-1]
    possible = np.count_nonzero(same, axis=-1) >= width - 1
    changes = np.pad(np.cumsum(~same[possible], axis=-1), ((0, 0), (1, 0)))
    found[possible] = (changes[:, width - 1 :] == changes[:, : 1 - width]).any(axis=-1)
    return found & ~flat_leads(signals)


def clipped_leads(signals: np.ndarray) -> np.ndarray:
    """Return which leads stay at their highest or lowest value repeatedly or for long, bool (..., n_leads).

    A lead is clipped if it has four samples and more in a row at an extreme, and 2 % of all samples there.

    Parameters
    ----------
    signals : ndarray of shape (..., n_leads, n_times)
        Voltages without NaN.
    """
    found = np.zeros(signals.shape[:-1], bool)
    if not signals.shape[-1]:
        return found
    for extreme in (signals.max(axis=-1, keepdims=True), signals.min(axis=-1, keepdims=True)):
        at = signals == extreme
        often = at.mean(axis=-1) >= _CLIPPED_SHARE
        found[often] |= _has_run(at[often], _CLIPPED_RUN)
    return found & ~flat_leads(signals)


def _has_run(at: np.ndarray, length: int) -> np.ndarray:
    """Return which rows of a bool array (n_rows, n_times) hold a run of True of a length."""
    run = at.copy()
    for shift in range(1, length):  # True at the start of a run
        run[:, :-shift] &= at[:, shift:]
        run[:, -shift:] = False
    return np.logical_or.reduce(run, axis=-1)

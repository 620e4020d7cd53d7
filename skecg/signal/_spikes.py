"""Remove the spikes of pacemakers, which are narrower than any wave of the heart."""

from __future__ import annotations

import numpy as np

LEAST_FS = 250.0  # Hz; at lower rates a spike is as wide as a QRS complex
WIDTH = 0.004  # s; within this time a spike rises and falls
HEIGHT = 0.3  # of the range of a lead; QRS changes less in this time
SCREENED = 4  # leads in which spikes are looked for
HIGH_SPIKE = 0.14  # of the ranges of the leads, root mean square; no QRS in LUDB is as sharp in four leads together


def without_spikes(signals: np.ndarray, fs: float) -> np.ndarray:
    """Replace spikes by the mean of their surroundings.

    Parameters
    ----------
    signals : ndarray of shape (n_records, n_leads, n_times)
    fs : float
        Samples per second.

    Returns
    -------
    signals : ndarray of shape (n_records, n_leads, n_times)
        The same array if no lead has a spike.
    """
    width = round(WIDTH * fs)
    if fs < LEAST_FS or signals.shape[2] <= 4 * width:
        return signals
    some = signals[:, :: -(-signals.shape[1] // SCREENED)]  # a spike shows in most leads
    jump = some[..., 1:] - some[..., :-1]
    jump = np.minimum(jump.max(axis=-1), -jump.min(axis=-1))  # up and down
    rows = np.flatnonzero((jump > HEIGHT * (some.max(axis=-1) - some.min(axis=-1))).any(axis=1))
    if not len(rows):
        return signals
    signals = signals.copy()
    for row in rows:
        signals[row] = [_without_spikes(signal, width) for signal in signals[row]]
    return signals


def _without_spikes(signal: np.ndarray, width: int) -> np.ndarray:
    least = HEIGHT * (signal.max() - signal.min())
    before, after = signal[width:-width] - signal[: -2 * width], signal[width:-width] - signal[2 * width :]
    spike = (np.minimum(before, after) > least) | (np.maximum(before, after) < -least)
    if not spike.any():
        return signal
    at = np.flatnonzero(spike) + width
    near = np.unique(np.clip(at[:, None] + np.arange(1 - width, width), 0, len(signal) - 1))
    inside = np.zeros(len(signal), bool)
    inside[near] = True
    times = np.arange(len(signal))
    return np.where(inside, np.interp(times, times[~inside], signal[~inside]), signal).astype(signal.dtype)


def find_spikes(signals: np.ndarray, fs: float) -> list[np.ndarray]:
    """Find the spikes of pacemakers, (n_records, n_leads, n_times) to the ascending samples of each record.

    A spike rises and falls within 4 ms, in up to four leads together by 14 % of their ranges. The small spikes of
    bipolar electrodes are not found.
    """
    width = round(WIDTH * fs)
    if fs < LEAST_FS or signals.shape[2] <= 4 * width:
        return [np.zeros(0, np.int64) for _ in signals]
    some = signals[:, :: -(-signals.shape[1] // SCREENED)]
    middle, before, after = some[..., width:-width], some[..., : -2 * width], some[..., 2 * width :]
    height = np.maximum(middle - np.maximum(before, after), np.minimum(before, after) - middle)
    height = np.maximum(height, 0)
    least = HIGH_SPIKE**2 * (np.ptp(some, axis=2).astype(float) ** 2).sum(axis=1, keepdims=True)
    rows, at = np.nonzero(np.einsum("rlt,rlt->rt", height, height) > np.maximum(least, np.finfo(float).tiny))
    found = np.split(at + width, np.searchsorted(rows, np.arange(1, len(signals))))
    return [each[np.diff(each, prepend=-fs) > 2 * width] for each in found]

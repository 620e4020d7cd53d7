"""Remove the spikes of pacemakers, which are narrower than any wave of the heart."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d, median_filter

LEAST_FS = 250.0  # Hz; at lower rates a spike is as wide as a QRS complex
WIDTH = 0.004  # s; within this time a spike rises and falls
HEIGHT = 0.3  # of the range of a lead; QRS changes less in this time
SCREENED = 4  # leads in which spikes are looked for
EARLY = 0.03  # s before the R peak; QRS is smooth up to there
LOW_SPIKE = 0.045  # of the ranges of the leads; early parts of beats without pacing in LUDB reach 0.026
SPIKE_REACH = 0.01  # s on both sides of a spike that are replaced
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


def find_early_spikes(beats: np.ndarray, fs: float, r: int) -> np.ndarray:
    """Find the spikes ahead of QRS in averaged beats, (n_records, n_leads, n_window), as samples that are True.

    `r` is the sample of the R peak. Averaging leaves the spike of a pacemaker as it is, and hardly any noise; so lower
    spikes are found than by `find_spikes`.
    """
    spikes = np.zeros((len(beats), beats.shape[2]), bool)
    width, stop = round(WIDTH * fs), r - round(EARLY * fs)
    if fs >= LEAST_FS and stop > 0:
        early = beats[..., : stop + width]
        sharp = early - median_filter(early, (1, 1, 2 * width + 1), mode="nearest")
        least = LOW_SPIKE * np.linalg.norm(np.ptp(beats, axis=2), axis=1, keepdims=True)
        spikes[:, :stop] = np.linalg.norm(sharp, axis=1)[:, :stop] > np.maximum(least, np.finfo(least.dtype).tiny)
    return spikes


def bridge_spikes(beats: np.ndarray, fs: float, spikes: np.ndarray) -> np.ndarray:
    """Replace spikes and 10 ms on both sides by straight lines; return the same array if there are none."""
    rows = np.flatnonzero(spikes.any(axis=1))
    if not len(rows):
        return beats
    beats, times = beats.copy(), np.arange(beats.shape[2])
    near = maximum_filter1d(spikes, 2 * round(SPIKE_REACH * fs) + 1, axis=1)
    for row in rows:
        for lead in beats[row]:
            lead[near[row]] = np.interp(times[near[row]], times[~near[row]], lead[~near[row]])
    return beats

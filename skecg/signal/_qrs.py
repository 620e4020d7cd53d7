"""Detect QRS complexes: compute an envelope over all leads, and choose beats among its peaks.

These functions work at about 100 to 200 Hz, on all records of a block at once. Each peak of the
envelope is a candidate. The height of a candidate is given in units of the level, the usual height of
the highest peaks nearby. The thresholds were chosen on eleven records of the first half (DS1) of the
MIT-BIH Arrhythmia Database.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft
from scipy.ndimage import maximum_filter1d, percentile_filter, uniform_filter1d

WORKING_FS = 100.0  # Hz; the lowest working rate, unless the signal has a lower rate
BAND = (8.0, 22.0)  # Hz; QRS differs most from P, T and noise in this band: Elgendi et al. 2010
LEAD_FLOOR = 1.0  # of the mean power of the leads; limits the weight of a lead with little power in the band
SMOOTHING = 0.08  # s; joins the parts of one QRS complex
LEVEL_WINDOW, LEVEL_REACH, LEVEL_PERCENTILE = 2.0, 5, 45  # s; windows on each side; percentile of their maxima
LEVEL_FLOOR = 0.12  # of the median level of the record; prevents false beats after an electrode has come off
SURE, POSSIBLE = 0.36, 0.15  # least height of a beat, and of a candidate where a beat is missing
EDGE = (0.08, 0.7)  # s from the ends of a record, and least height of a beat there, as a cut wave looks steep
REFRACTORY = 0.22  # s
NOISE = (2.6, 1.8, 0.8)  # least heights, sure and possible, in medians of the envelope; a height that is always sure
T_WAVE = (0.38, 0.5)  # s after a beat, share of its height: a nearer and lower peak is the T wave
P_WAVE = (0.26, 0.45)  # the same for a P wave before a beat
MISSING = 1.5  # of the local median interval; in a longer interval a beat may be missing
EXTRA = (1.3, 0.6)  # of that interval, for two intervals together; share of the neighbours' heights: drops a lower peak
NEIGHBOURS = 8  # intervals on each side that the local median includes
FAR = 1e5  # s between two records, to process the beats of all records in one array


def to_working_rate(signals: np.ndarray, fs: float) -> tuple[np.ndarray, float]:
    """Average neighbouring samples, and return (n_records, n_leads, n_low) float32 and its rate in Hz."""
    step = max(1, int(fs // WORKING_FS))
    signals = np.asarray(signals)
    if signals.dtype != np.float32:  # float32 would lose small values on a large offset
        signals = (signals - signals[..., :1]).astype(np.float32)
    if step == 1:
        return signals, fs
    n_low = -(-signals.shape[-1] // step)
    missing = n_low * step - signals.shape[-1]
    if missing:
        signals = np.concatenate([signals, np.repeat(signals[..., -1:], missing, axis=-1)], axis=-1)
    return signals.reshape(*signals.shape[:-1], n_low, step) @ np.full(step, 1 / step, np.float32), fs / step


def qrs_band(low: np.ndarray, rate: float) -> np.ndarray:
    """Return signals filtered to the band of QRS, float32, in units of the largest deviation of each lead."""
    n_times = low.shape[-1]
    n_fft = fft.next_fast_len(n_times + int(0.6 * rate) + 2)
    periodic = np.empty((*low.shape[:-1], n_fft), np.float32)
    inside = periodic[..., :n_times]
    np.subtract(low, low[..., :1], out=inside)
    reach = np.abs(inside).max(axis=-1, keepdims=True)
    inside /= np.where(reach > 0, reach, 1)
    ramp = np.linspace(1, 0, n_fft - n_times + 2, dtype=np.float32)[1:-1]
    np.multiply(inside[..., -1:], ramp, out=periodic[..., n_times:])  # back to the first value, 0
    spectrum = fft.rfft(periodic)
    spectrum *= _response(n_fft, rate)
    return fft.irfft(spectrum, n=n_fft, overwrite_x=True)[..., :n_times]


@lru_cache(maxsize=64)
def _response(n_fft: int, rate: float) -> np.ndarray:
    """Return the gain of a Butterworth band-pass of order 3."""
    f = fft.rfftfreq(n_fft, 1 / rate)
    low, high = BAND[0], min(BAND[1], 0.45 * rate)
    gain = np.zeros(len(f), np.float32)
    gain[1:] = 1 / np.sqrt((1 + (low / f[1:]) ** 6) * (1 + (f[1:] / high) ** 6))
    return gain


def find_beats(band: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the beats of all records.

    Parameters
    ----------
    band : ndarray of shape (n_records, n_leads, n_low), float32
        The output of `qrs_band`.
    rate : float
        The rate of `band` in Hz.

    Returns
    -------
    rows, columns : ndarray of shape (n_beats,), int
        Record and sample of each beat, in order.
    weights : ndarray of shape (n_records, n_leads)
        Weight of each lead, about one over its mean power, so that leads with clear peaks count most.
    """
    power = band * band
    mean = power.mean(axis=-1)
    usual = mean + LEAD_FLOOR * mean.mean(axis=-1, keepdims=True)
    weights = np.where(mean > 0, 1 / np.where(usual > 0, usual, 1), 0).astype(np.float32)
    together = (weights[:, None] @ power)[:, 0]
    envelope = uniform_filter1d(together, max(1, round(SMOOTHING * rate)), axis=-1, mode="nearest")
    rows, columns, heights, sure = _candidates(np.sqrt(np.maximum(envelope, 0)), rate)
    chosen = _choose(columns / rate + rows * FAR, heights, sure)
    return rows[chosen], columns[chosen], weights


def _candidates(envelope: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return record, sample and height of the peaks of the envelope, and whether each is surely above the noise."""
    n_windows = max(1, envelope.shape[1] // max(1, int(LEVEL_WINDOW * rate)))
    width = envelope.shape[1] // n_windows
    starts = np.arange(n_windows) * width
    highest = np.maximum.reduceat(envelope, starts, axis=1)
    level = percentile_filter(highest, LEVEL_PERCENTILE, size=(1, 2 * LEVEL_REACH + 1), mode="nearest")
    level = np.maximum(level, LEVEL_FLOOR * np.median(highest, axis=1, keepdims=True))
    middle = np.median(envelope[:, : n_windows * width].reshape(-1, n_windows, width), axis=-1)
    middle = percentile_filter(middle, LEVEL_PERCENTILE, size=(1, 2 * LEVEL_REACH + 1), mode="nearest")
    around = maximum_filter1d(envelope, 2 * int(0.09 * rate) + 1, axis=-1, mode="constant")
    rows, columns = np.nonzero((envelope == around) & (envelope > 0))
    windows = np.minimum(columns // width, n_windows - 1)
    levels = level[rows, windows]
    levels[levels == 0] = np.inf
    heights = envelope[rows, columns] / levels
    noise = middle[rows, windows] / levels
    near_end = np.minimum(columns, envelope.shape[1] - 1 - columns) < EDGE[0] * rate
    heights = np.where(near_end & (heights < EDGE[1]), 0, heights)
    enough = heights > np.maximum(POSSIBLE, NOISE[1] * noise)
    sure = heights > np.maximum(SURE, np.minimum(NOISE[0] * noise, NOISE[2]))
    return rows[enough], columns[enough], heights[enough], sure[enough]


def _choose(times: np.ndarray, heights: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Return which candidates are beats; `times` are in s and ascend."""
    chosen = sure.copy()
    if not chosen.any():
        return chosen
    _drop_neighbours(times, heights, chosen)
    _drop_waves(times, heights, chosen)
    for _ in range(4):  # each call adds one beat per gap
        if not _add_missing(times, heights, chosen):
            break
    for _ in range(2):
        if not _drop_extra(times, heights, chosen):
            break
    return chosen


def _drop_neighbours(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> None:
    """Drop, in place, each peak within the refractory time of a higher peak."""
    while True:
        i = np.flatnonzero(chosen)
        close = np.diff(times[i]) < REFRACTORY
        if not close.any():
            return
        lower = np.diff(heights[i]) <= 0
        below_left, below_right = _shift_right(close & lower), _shift_left(close & ~lower)
        summit = ~(below_left | below_right)
        drop = (below_left & _shift_right(close & summit[:-1])) | (below_right & _shift_left(close & summit[1:]))
        chosen[i[drop]] = False


def _drop_waves(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> None:
    """Drop, in place, T waves after a beat and P waves before a beat."""
    i = np.flatnonzero(chosen)
    gap, height = np.diff(times[i]), heights[i]
    t_wave = (gap < T_WAVE[0]) & (height[1:] < T_WAVE[1] * height[:-1])
    p_wave = (gap < P_WAVE[0]) & (height[:-1] < P_WAVE[1] * height[1:])
    chosen[i[_shift_right(t_wave) | _shift_left(p_wave)]] = False


def _add_missing(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> bool:
    """Add, in place, the highest candidate of each interval that is too long; return whether there was one."""
    i = np.flatnonzero(chosen)
    if len(i) < 3:
        return False
    gap, usual = np.diff(times[i]), _local_interval(times[i])
    which = np.searchsorted(i, np.arange(len(times)), side="right") - 1
    inside = np.flatnonzero(~chosen & (which >= 0) & (which < len(gap)))
    which = which[inside]
    away = 0.4 * usual[which]
    good = gap[which] > MISSING * usual[which]
    good &= times[inside] - times[i[which]] > np.maximum(away, 0.36)
    good &= times[i[which + 1]] - times[inside] > np.maximum(away, 0.28)
    inside, which = inside[good], which[good]
    order = np.lexsort((-heights[inside], which))
    first = np.diff(which[order], prepend=-1) > 0
    chosen[inside[order[first]]] = True
    return bool(len(inside))


def _drop_extra(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> bool:
    """Drop, in place, low extra peaks between two short intervals; return whether there was one."""
    i = np.flatnonzero(chosen)
    if len(i) < 5:
        return False
    gap, usual, height = np.diff(times[i]), _local_interval(times[i]), heights[i]
    together = gap[1:] + gap[:-1] < EXTRA[0] * np.minimum(usual[1:], usual[:-1])
    low = height[1:-1] < EXTRA[1] * np.minimum(height[2:], height[:-2])  # never true of two neighbours at once
    extra = i[1:-1][together & low]
    chosen[extra] = False
    return bool(len(extra))


def _local_interval(times: np.ndarray) -> np.ndarray:
    """Return the median of the intervals around each interval, within its record; NaN between records."""
    intervals = np.diff(times)
    between = intervals > FAR / 2
    record = np.cumsum(between)
    usual = np.full(len(intervals), np.nan)
    padded = np.concatenate([np.full(NEIGHBOURS, np.nan), np.where(between, np.nan, intervals), [np.nan] * NEIGHBOURS])
    owner = np.concatenate([np.full(NEIGHBOURS, -1), record, np.full(NEIGHBOURS, -1)])
    view = np.lib.stride_tricks.sliding_window_view
    around = view(padded, 2 * NEIGHBOURS + 1)
    around = np.where(view(owner, 2 * NEIGHBOURS + 1) == record[:, None], around, np.nan)
    around = np.sort(around, axis=1)  # sorts NaN to the end
    n = np.isfinite(around).sum(axis=1)
    some = n > 0
    k = np.arange(len(around))
    usual[some] = (around[k, (n - 1) // 2] + around[k, n // 2])[some] / 2
    return np.where(between, np.nan, usual)


def _shift_right(flags: np.ndarray) -> np.ndarray:
    """Turn flags of intervals into flags of the beats at their ends."""
    return np.append(False, flags)


def _shift_left(flags: np.ndarray) -> np.ndarray:
    """Turn flags of intervals into flags of the beats at their starts."""
    return np.append(flags, False)

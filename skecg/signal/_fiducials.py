"""Find onset, peak and end of QRS and T in beats, (n_records, n_leads, n_window); all times are samples."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

from ._search import along_peak, first, highest, last, smooth, tangent_foot, value_at, within

# Chosen on synthetic ECGs with given intervals and on the odd records of LUDB.
QRS_REACH = (0.12, 0.18)  # s; longest time from the R peak to onset and end of QRS
QRS_SLOPE = 0.055  # of the steepest slope of QRS; the slopes before onset and after end are lower
QRS_STEEP = (0.12, 0.4)  # of the steepest slope: another part of QRS, in several leads and in fewer
SEVERAL = 3  # leads whose sum shows the whole of a wave; one lead shows a part
QRS_GAP = (0.02, 0.06)  # s; longest gap between two parts of QRS before and after the R peak
QRS_EARLY = 0.004  # s; QRS begins before its slope reaches the limit
QRS_NEAR = (0.008, 0.016)  # s; shortest time from the R peak to onset and end
QRS_PAUSE = 0.012  # s; longest part of QRS with a lower slope
QRS_NOISE = 2.0  # of the 20 % quantile of the slopes of the beat; the slope of QRS must be higher
T_START = 0.1  # s after QRS
T_STOP, T_LATE = 0.43, 0.58  # s after R, times the root of the interval: the end of the search, and for a long QT
T_NEXT_P = (0.7, 0.04)  # the search also ends at 0.7 of the interval, less 0.04 s
T_FALL = 0.19  # s, times that root: longest time from the steepest slope to the end of T
T_BACK = 0.6  # of the largest deviation from the level; T has not ended where it deviates more
T_LAST = 0.5  # of the steepest slope behind QRS; T ends after the last slope that is as steep
T_FLAT, T_NEXT = 0.37, 0.7  # of that slope: T ends where the slope falls to that, or where the next wave begins
T_FOOT = 1.1  # times the distance to the foot of the tangent, at the onset of T
T_LEAST = 0.02  # mV; least norm of the vector of leads from the peak to the end of T


def find_qrs(beats: np.ndarray, fs: float, r: int) -> tuple[np.ndarray, np.ndarray]:
    """Return onset and end of QRS, (2, n_records), and whether there is any slope.

    QRS may pause: its parts are steep, and at most 20 (onset) or 60 ms (end) apart. Onset and end lie where the
    slope outside of the outer parts first falls below its limit.
    """
    step, half = max(1, round(0.006 * fs)), max(1, round(QRS_PAUSE / 2 * fs))
    slope = np.zeros((len(beats), beats.shape[2]))
    slope[:, step:-step] = np.sqrt(((beats[..., 2 * step :] - beats[..., : -2 * step]) ** 2).sum(axis=1))
    steepest = slope[:, max(0, r - round(0.08 * fs)) : r + round(0.12 * fs)].max(axis=1, keepdims=True)
    noise = QRS_NOISE * np.quantile(slope, 0.2, axis=1, keepdims=True)
    steep = slope > np.maximum(QRS_STEEP[beats.shape[1] < SEVERAL] * steepest, noise)
    level = maximum_filter1d(slope, 2 * half + 1, axis=1)
    low = level < np.maximum(QRS_SLOPE * steepest, noise)
    lengths = []
    for away, near, reach, gap in zip((-1, 1), QRS_NEAR, QRS_REACH, QRS_GAP, strict=True):
        steep_here, low_here, level_here = (each[:, r::away][:, : round(reach * fs)] for each in (steep, low, level))
        length = _length(steep_here, low_here, level_here, round(near * fs), round(gap * fs))
        lengths.append(length - half - 1)
    return np.stack([r - lengths[0], r + lengths[1]]), steepest[:, 0] > 0


def _length(steep: np.ndarray, low: np.ndarray, level: np.ndarray, near: int, gap: int) -> np.ndarray:
    """Return the samples from the R peak to where the slope behind the last part of QRS is low, or lowest."""
    joined = maximum_filter1d(steep, 2 * (gap // 2) + 1, axis=1)
    hole = first(~joined & (np.arange(steep.shape[1]) > 0))
    hole = np.where(hole < 0, steep.shape[1], hole)
    nothing = np.zeros(len(steep), int)
    start = np.maximum(near, last(steep & within(steep, nothing, hole)))
    found = first(low & within(low, start, nothing + steep.shape[1]))
    lowest = highest(-level, start, nothing + steep.shape[1])
    return np.where(found >= 0, found, np.where(lowest >= 0, lowest, start))


def find_t(beats: np.ndarray, fs: float, r: int, qrs_end: np.ndarray, interval: np.ndarray) -> np.ndarray:
    """Return onset, peak and end of T, (3, n_records), NaN if not found.

    T ends after the last steep slope behind QRS, whatever the ST segment does before it: where the slope falls
    below a share of its maximum. T peaks where this slope begins. T starts at the foot of the rise to the peak.
    If the signal is then still far from the level before QRS, the slope was the rise of a late T: the search goes on.
    """
    beats = smooth(beats, 0.04, fs)
    change = np.gradient(beats, axis=2)
    t = _fall_of_t(beats, change, fs, r, qrs_end, interval, T_STOP)
    deviation = np.linalg.norm(beats, axis=1)
    late = r + (T_LATE * np.sqrt(interval) * fs).astype(int)
    largest = np.where(within(deviation, qrs_end, late), deviation, 0).max(axis=1)
    unfinished = value_at(deviation, np.nan_to_num(t[1], nan=-1).astype(int)) > T_BACK * largest
    if unfinished.any():
        rows = beats[unfinished], change[unfinished], fs, r, qrs_end[unfinished], interval[unfinished]
        t[:, unfinished] = _fall_of_t(*rows, T_LATE)
    peak = np.where(np.isnan(t[0]), qrs_end + 1, t[0]).astype(int)
    return np.where(np.isnan(t[0]), np.nan, np.stack([_t_onset(beats, qrs_end, peak, fs), *t]))


def _fall_of_t(
    beats: np.ndarray, change: np.ndarray, fs: float, r: int, qrs_end: np.ndarray, interval: np.ndarray, reach: float
) -> np.ndarray:
    """Return peak and end of T, (2, n_records): of the last steep slope up to `reach` roots of the interval after R."""
    slope = smooth(np.sqrt((change**2).sum(axis=1)), 0.022, fs)
    start = qrs_end + round(T_START * fs)
    stop = r + (np.minimum(reach * np.sqrt(interval), T_NEXT_P[0] * interval - T_NEXT_P[1]) * fs).astype(int)
    stop = np.minimum(stop, beats.shape[2] - 5)
    steepest = _last_peak(slope, start, stop)
    rows = np.arange(len(beats))
    along = np.einsum("rlt,rl->rt", change, change[rows, :, steepest])
    peak = np.maximum(last((along <= 0) & within(slope, qrs_end, steepest)), qrs_end + 1)
    limit = r + (np.minimum((reach + T_FALL) * np.sqrt(interval), 0.88 * interval) * fs).astype(int)
    limit = np.minimum(limit, beats.shape[2] - 2)
    flat, less = T_FLAT * value_at(slope, steepest)[:, None], T_NEXT * value_at(slope, steepest)[:, None]
    valley = np.pad((slope[:, 1:-1] <= slope[:, :-2]) & (slope[:, 1:-1] < slope[:, 2:]), ((0, 0), (1, 1)))
    end = first(within(slope, steepest, limit) & ((slope < flat) | (valley & (slope < less))))
    end = np.where(end >= 0, end, highest(-slope, steepest, limit))
    height = np.linalg.norm(beats[rows, :, peak] - beats[rows, :, np.maximum(end, 0)], axis=1)
    found = (steepest >= 0) & (end > peak) & (height > T_LEAST)
    return np.where(found, np.stack([peak, end]), np.nan)


def _t_onset(beats: np.ndarray, qrs_end: np.ndarray, peak: np.ndarray, fs: float) -> np.ndarray:
    """Return where the tangent at the steepest rise to the peak of T meets the lowest value before it."""
    course, _ = along_peak(beats, peak)
    start = np.minimum(qrs_end + round(0.02 * fs), peak - 1)
    steepest = highest(np.gradient(course, axis=1), start, peak)
    lowest = np.where(within(course, start, steepest + 1), course, np.inf).min(axis=1)
    foot = tangent_foot(course, steepest, lowest)
    return np.clip(steepest + T_FOOT * (foot - steepest), qrs_end + 1, peak - 1)


def _last_peak(slope: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the last local maximum that reaches a share of the highest one."""
    peak = np.zeros(slope.shape, bool)
    peak[:, 1:-1] = (slope[:, 1:-1] >= slope[:, :-2]) & (slope[:, 1:-1] > slope[:, 2:])
    peak &= within(slope, start, stop)
    tallest = np.where(peak, slope, 0).max(axis=1, keepdims=True)
    return last(peak & (slope >= T_LAST * tallest))

"""Find onset, peak and end of P in beats, (n_records, n_leads, n_window), if there is a P; all times are samples."""

from __future__ import annotations

import numpy as np

from ._fiducials import QRS_EARLY, SEVERAL
from ._search import along_peak, first, highest, highest_peak, last, mean_within, smooth, tangent_foot, within

# Chosen on synthetic ECGs with given intervals and on the odd records of LUDB.
REACH = 0.28  # s; longest time from the onset of P to QRS
LEAST, CLEAR = 0.02, 6.0  # least peak: mV, root mean square of the leads; and standard errors of the beats
LENGTH = (0.055, 0.035, 0.165)  # s; shortest in several leads, and in fewer; longest: a spike or a slope is no P wave
FOOT = 0.12  # of the height; below it P has begun or ended, and a q wave may follow
BEFORE, FLAT = 0.06, 0.5  # s; of the steepest slope of P: the slope before P is lower
OTHER = 1.0  # of the steepest slope of P: highest slope between P and QRS, and between T and the next P
PR_EDGES = (0.02, 0.03)  # s of the segment from P to QRS that belong to P and to QRS


def find_p(
    beats: np.ndarray,
    level: np.ndarray,
    errors: np.ndarray | None,
    fs: float,
    qrs_onset: np.ndarray,
    t_end: np.ndarray,
    interval: np.ndarray,
) -> np.ndarray:
    """Return onset, peak and end of P, (3, n_records), NaN if not found; `interval` is in samples.

    The candidate is where the leads are furthest from the line between the end of the last T and the level before
    QRS. It is a P wave if it is clear, lasts as long as one, and stands alone.
    """
    margin = round(0.016 * fs)
    start = np.maximum(qrs_onset - round(REACH * fs), np.nan_to_num(t_end - interval) + 0.02 * fs)
    start = np.clip(start, 2, None).astype(int)
    raw = smooth(beats, 0.02, fs)
    beats = _without_line(raw, level, start, qrs_onset, margin)
    peak = highest_peak(np.sqrt((beats**2).sum(axis=1)), start + margin, qrs_onset - margin)
    course, height = along_peak(beats, peak)
    onset, end = _feet(course, height, start, peak, qrs_onset)
    end = np.minimum(end, qrs_onset - QRS_EARLY * fs)
    direction = beats[np.arange(len(beats)), :, peak] / np.where(height > 0, height, 1)[:, None]
    clear = (height / np.sqrt(beats.shape[1]) > LEAST) & (peak >= 0)
    if errors is not None:  # an upper limit, as if all leads had the same errors
        usual = mean_within(errors, start, qrs_onset)
        clear &= height > CLEAR * (usual * np.abs(direction)).sum(axis=1)
    clear &= (onset >= start - 2 * margin) & (onset < peak) & (end > peak)
    clear &= (end - onset > LENGTH[beats.shape[1] < SEVERAL] * fs) & (end - onset < LENGTH[2] * fs)
    slope = np.abs(np.gradient(np.einsum("rlt,rl->rt", raw, direction), axis=1))
    clear &= _stands_alone(slope, np.stack([onset, end, qrs_onset, t_end, start + interval]), fs)
    return np.where(clear, np.stack([onset, peak, end]), np.nan)


def _without_line(
    beats: np.ndarray, level: np.ndarray, start: np.ndarray, qrs_onset: np.ndarray, margin: int
) -> np.ndarray:
    """Subtract the line from the start of the search to the level before QRS."""
    begin = mean_within(beats, start, start + margin)
    times = np.arange(beats.shape[2]) - start[:, None] - margin / 2
    rise = times / np.maximum(qrs_onset - start - margin, 1)[:, None]
    line = np.clip(rise, -0.2, 1)[:, None].astype(beats.dtype)
    return beats - begin[:, :, None] - (level - begin)[:, :, None] * line


def _feet(
    course: np.ndarray, height: np.ndarray, start: np.ndarray, peak: np.ndarray, qrs_onset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return onset and end by the tangents at the steepest slopes of the one wave around the peak."""
    slope, zero = np.gradient(course, axis=1), np.zeros(len(course))
    low = course < FOOT * height[:, None]
    begins = np.maximum(start, last(low & within(course, start, peak)))
    ends = first(low & within(course, peak, qrs_onset))
    ends = np.where(ends < 0, qrs_onset, ends + 1)
    onset = tangent_foot(course, highest(slope, begins, peak), zero)
    return onset, tangent_foot(course, highest(-slope, peak, ends), zero)


def _stands_alone(slope: np.ndarray, times: np.ndarray, fs: float) -> np.ndarray:
    """Return whether P rises from a flat line, and no wave as steep lies next to it.

    The waves of flutter and fibrillation follow one another. `times` are onset and end of P, onset of QRS, end of T,
    and the start of the next search, (5, n_records).
    """
    onset, end, qrs_onset, t_end, next_start = np.nan_to_num(times, nan=slope.shape[1])
    steepest = np.where(within(slope, onset, end), slope, 0).max(axis=1)
    before = within(slope, np.maximum(onset - BEFORE * fs, 0), onset + 1)
    level = np.sqrt(np.where(before, slope**2, 0).sum(axis=1) / np.maximum(before.sum(axis=1), 1))
    rest = within(slope, end + PR_EDGES[0] * fs, qrs_onset - PR_EDGES[1] * fs)
    rest |= within(slope, t_end + BEFORE * fs, np.minimum(next_start, slope.shape[1] - 2))
    return (level < FLAT * steepest) & (np.where(rest, slope, 0).max(axis=1) < OTHER * steepest)

"""Where the waves of a beat begin, peak and end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from ._search import first, highest, highest_peak, last, mean_within, tangent_foot, within

__all__ = ["FIDUCIALS", "average_beats", "delineate"]

FIDUCIALS = ("p_onset", "p_peak", "p_end", "qrs_onset", "qrs_end", "t_peak", "t_end")

# The numbers below are ours: synthetic ECGs of known intervals, and the intervals of healthy people.
BEFORE, AFTER = 0.40, 0.70  # s of a beat before and after its R peak
MOST_BEATS = 60  # more in an average change little and cost much
FEW_BEATS = 24  # up to here a sorting network beats a search in each sample
PREMATURE = 0.8  # of the usual interval: what comes earlier is left out of the average
QRS_REACH = (0.12, 0.18)  # s from the R peak to onset and end of QRS, at most
QRS_SLOPE = 0.055  # of its steepest slope: below it QRS has not begun, or has ended
QRS_PAUSE = 0.012  # s of less slope that QRS may contain
QRS_NOISE = 2.0  # of the slope of the quietest fifth of the beat: what QRS must exceed in any case
P_REACH = 0.28  # s from the start of P to QRS, at most
P_LEAST, P_CLEAR = 0.02, 4.0  # mV, root mean square of the leads at its peak; and in standard errors over the beats
T_LEAST = 0.05  # mV, the leads at its peak as the length of a vector
T_TANGENT = 1.2  # the end of T lies beyond the foot of its tangent, which alone ends it some 10 ms early


def average_beats(
    signals: np.ndarray, fs: float, peaks: Sequence[np.ndarray], *, before: float = BEFORE, after: float = AFTER
) -> tuple[np.ndarray, np.ndarray]:
    """Take the median over the beats of each record.

    Premature beats (an interval below 0.8 of the median) are left out where three others remain, and
    so are beats that reach beyond the record where one other remains; else the record is continued
    by its first and last values.

    Parameters
    ----------
    signals : ndarray of shape (n_records, n_leads, n_times)
        Voltages without baseline wander.
    fs : float
        Sampling rate in Hz.
    peaks : sequence of n_records ndarrays of int
        R peaks, as from `find_r_peaks_batch`.
    before : float, default=0.4
        Seconds before the R peak.
    after : float, default=0.7
        Seconds after it.

    Returns
    -------
    beats : ndarray of shape (n_records, n_leads, n_window), float32
        The R peak is sample `round(before * fs)`. NaN for records without beats.
    errors : ndarray of shape (n_records, n_leads, n_window), float32
        Standard error of the mean over the beats; 0 where there is but one.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import average_beats
    >>> signal = np.zeros((1, 1, 1000))
    >>> signal[0, 0, [200, 500, 800]] = [1, 2, 9]
    >>> beats, errors = average_beats(signal, 250, [np.array([200, 500, 800])])
    >>> beats.shape, float(beats[0, 0, 100])
    ((1, 1, 275), 2.0)
    """
    around = np.arange(-round(before * fs), round(after * fs))
    beats = np.full((*signals.shape[:2], len(around)), np.nan, np.float32)
    errors = np.zeros_like(beats)
    for signal, found, beat, error in zip(signals, peaks, beats, errors, strict=True):
        chosen = _typical(found, -around[0], signal.shape[1] - around[-1])
        if not len(chosen):
            continue
        times = np.clip(chosen[:, None] + around, 0, signal.shape[1] - 1)
        parts = [signal[:, window] for window in times]
        beat[:] = _median(parts)
        mean = sum(parts) / len(parts)
        error[:] = np.sqrt(sum((part - mean) ** 2 for part in parts)) / len(parts)
    return beats, errors


def _median(parts: list[np.ndarray]) -> np.ndarray:
    """Return the median of arrays, a few of them much quicker than numpy: compared as wholes, neighbours in turn."""
    n = len(parts)
    if n > FEW_BEATS:
        return np.median(parts, axis=0)
    parts = list(parts)
    for turn in range(n):
        for i in range(turn % 2, n - 1, 2):
            parts[i], parts[i + 1] = np.minimum(parts[i], parts[i + 1]), np.maximum(parts[i], parts[i + 1])
    return (parts[(n - 1) // 2] + parts[n // 2]) / 2


def _typical(peaks: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Choose the beats of an average, those with their R peak from `start` to before `stop`."""
    intervals = np.diff(peaks)
    on_time = np.append(True, ~is_premature(intervals)) if len(intervals) else peaks >= 0
    inside = (peaks >= start) & (peaks < stop)
    for wanted, least in ((inside & on_time, 3), (inside, 1), (on_time, 1)):
        if wanted.sum() >= least:
            chosen = peaks[wanted]
            return chosen[:: -(-len(chosen) // MOST_BEATS)]
    return peaks[:0]


def is_premature(intervals: np.ndarray) -> np.ndarray:
    """Tell which intervals between beats are shorter than four fifths of the usual one, or of both neighbours.

    Where every second beat is premature there may be more short intervals than long ones; the usual one is
    therefore the median of those that are not short compared with their neighbours.

    Parameters
    ----------
    intervals : ndarray of shape (n_intervals,)
        In samples, of which fractions are exact; at least one.

    Returns
    -------
    premature : bool ndarray of shape (n_intervals,)
    """
    early = np.zeros(len(intervals), bool)
    early[1:-1] = intervals[1:-1] < PREMATURE * np.minimum(intervals[:-2], intervals[2:])
    return early | (intervals < PREMATURE * np.quantile(intervals[~early], 0.5, method="lower"))


def delineate(
    beats: np.ndarray,
    fs: float,
    *,
    interval: np.ndarray | float | None = None,
    errors: np.ndarray | None = None,
    before: float = BEFORE,
) -> dict[str, np.ndarray]:
    """Find where P, QRS and T begin, peak and end, in all leads together.

    Parameters
    ----------
    beats : ndarray of shape (n_records, n_leads, n_window)
        One beat a record in mV, as from `average_beats`.
    fs : float
        Sampling rate in Hz; 250 and more are recommended, so resample lower ones first.
    interval : float or ndarray of shape (n_records,), default=None
        Seconds from beat to beat, which limit the search for P and T; where it is unknown (NaN), 0.9.
    errors : ndarray of shape (n_records, n_leads, n_window), default=None
        As from `average_beats`. A P wave that does not exceed them clearly is none, as in atrial fibrillation.
    before : float, default=0.4
        Seconds before the R peak.

    Returns
    -------
    fiducials : dict of ndarray of shape (n_records,)
        Seconds from the R peak: p_onset, p_peak, p_end, qrs_onset, qrs_end, t_peak, t_end. NaN where
        a wave is not found.

    Notes
    -----
    QRS is where the slope of the leads together exceeds 5.5 % of its maximum. T and P are sought
    where the leads together deviate most from the level before QRS, or from the line between that
    and the end of the last T; they are looked at along the direction of their peak, where their ends
    are found by tangents, that of T with a fifth more. On synthetic ECGs this agrees with
    the true intervals within some milliseconds.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import delineate
    >>> time = np.arange(-200, 350) / 500
    >>> bell = lambda centre, width: np.exp(-0.5 * ((time - centre) / width) ** 2)
    >>> beat = 0.15 * bell(-0.15, 0.02) + bell(0, 0.012) + 0.3 * bell(0.28, 0.04)
    >>> found = delineate(beat[None, None], 500)
    >>> [f"{name} {found[name][0]:.2f}" for name in ("p_onset", "qrs_onset", "qrs_end", "t_end")]
    ['p_onset -0.19', 'qrs_onset -0.04', 'qrs_end 0.04', 't_end 0.37']
    """
    missing = np.isnan(beats).any(axis=(1, 2))
    beats = np.where(missing[:, None, None], np.float32(0), beats)
    r = round(before * fs)
    usual = np.broadcast_to(np.asarray(np.nan if interval is None else interval, np.float64), len(beats))
    usual = np.where(np.isnan(usual), 0.9, usual)
    qrs, seen = _find_qrs(beats, fs, r)
    level = mean_within(beats, qrs[0] - round(0.024 * fs), qrs[0] - round(0.004 * fs))
    t_peak, t_end = _find_t(beats - level[:, :, None], fs, r, qrs[1], usual)
    p = _find_p(beats, level, errors, fs, qrs[0], t_end - usual * fs)
    samples = np.stack([*p, *qrs, t_peak, t_end]).astype(np.float64)
    samples[:, missing | ~seen] = np.nan
    return dict(zip(FIDUCIALS, (samples - r) / fs, strict=True))


def _find_qrs(beats: np.ndarray, fs: float, r: int) -> tuple[np.ndarray, np.ndarray]:
    """Return onset and end of QRS, (2, n_records), and whether there is any slope at all."""
    step = max(1, round(0.006 * fs))
    slope = np.zeros((len(beats), beats.shape[2]))
    slope[:, step:-step] = np.sqrt(((beats[..., 2 * step :] - beats[..., : -2 * step]) ** 2).sum(axis=1))
    here = np.full(len(beats), r)
    middle = slope[:, max(0, r - round(0.08 * fs)) : r + round(0.12 * fs)].max(axis=1)
    least = np.maximum(QRS_SLOPE * middle, QRS_NOISE * np.quantile(slope, 0.2, axis=1))
    half = max(1, round(QRS_PAUSE / 2 * fs))
    slope = maximum_filter1d(slope, 2 * half + 1, axis=1)
    ends = []
    near, far = here - round(0.008 * fs), here - round(QRS_REACH[0] * fs)
    for start, stop, find, shift in (
        (far, near, last, half + 1),
        (here + round(0.016 * fs), here + round(QRS_REACH[1] * fs), first, -half - 1),
    ):
        found = find(within(slope, start, stop) & (slope < least[:, None]))
        flattest = highest(-slope, start, stop)
        ends.append(np.where(found >= 0, found, flattest) + shift)
    return np.stack(ends), middle > 0


def _find_t(
    beats: np.ndarray, fs: float, r: int, qrs_end: np.ndarray, interval: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return peak and end of T in samples, NaN where there is none."""
    n_window = beats.shape[2]
    beats = _smooth(beats, 0.04, fs)
    stop = np.minimum(n_window - 5, r + np.minimum(0.48 * np.sqrt(interval), 0.70 * interval - 0.04) * fs).astype(int)
    peak = highest_peak(np.sqrt((beats**2).sum(axis=1)), qrs_end + round(0.06 * fs), stop)
    course, height = _along_peak(beats, peak)
    stop = np.minimum(n_window - 2, r + np.minimum(0.62 * np.sqrt(interval), 0.88 * interval) * fs).astype(int)
    steepest = highest(-np.gradient(course, axis=1), peak, stop)
    lowest = np.where(within(course, steepest, stop), course, np.inf).min(axis=1)
    foot = tangent_foot(course, steepest, np.clip(lowest, -0.15 * height, 0.15 * height))
    end = steepest + T_TANGENT * (foot - steepest)
    found = (peak >= 0) & (height > T_LEAST)
    known = found & (end > peak) & (end < stop)
    return np.where(found, peak, np.nan), np.where(known, end, np.nan)


def _find_p(
    beats: np.ndarray,
    level: np.ndarray,
    errors: np.ndarray | None,
    fs: float,
    qrs_onset: np.ndarray,
    last_t_end: np.ndarray,
) -> np.ndarray:
    """Return onset, peak and end of P in samples, (3, n_records), NaN where there is none."""
    margin = round(0.016 * fs)
    start = np.maximum(qrs_onset - round(P_REACH * fs), np.nan_to_num(last_t_end) + 0.02 * fs)
    start = np.clip(start, 2, None).astype(int)
    beats = _smooth(beats, 0.02, fs)
    begin = mean_within(beats, start, start + margin)
    rise = (np.arange(beats.shape[2]) - start[:, None] - margin / 2) / np.maximum(qrs_onset - start - margin, 1)[
        :, None
    ]
    line = np.clip(rise, -0.2, 1)[:, None].astype(beats.dtype)
    beats = beats - begin[:, :, None] - (level - begin)[:, :, None] * line
    peak = highest_peak(np.sqrt((beats**2).sum(axis=1)), start + margin, qrs_onset - margin)
    course, height = _along_peak(beats, peak)
    clear = height / np.sqrt(beats.shape[1]) > P_LEAST
    if errors is not None:  # as if they had one cause in all leads
        direction = np.abs(beats[np.arange(len(beats)), :, peak]) / np.where(height > 0, height, 1)[:, None]
        clear &= height > P_CLEAR * (errors[np.arange(len(beats)), :, peak] * direction).sum(axis=1)
    slope = np.gradient(course, axis=1)
    onset = tangent_foot(course, highest(slope, start, peak), np.zeros(len(beats)))
    end = tangent_foot(course, highest(-slope, peak, qrs_onset), np.zeros(len(beats)))
    clear &= (peak >= 0) & (onset >= start - 2 * margin) & (onset < peak) & (end > peak)
    return np.where(clear, np.stack([onset, peak, np.minimum(end, qrs_onset)]), np.nan)


def _along_peak(beats: np.ndarray, peak: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project the leads on what they are at their peak; return the course and its height there."""
    direction = beats[np.arange(len(beats)), :, peak]
    height = np.linalg.norm(direction, axis=1)
    course = np.einsum("rlt,rl->rt", beats, direction / np.where(height > 0, height, 1)[:, None])
    return course, height


def _smooth(beats: np.ndarray, duration: float, fs: float) -> np.ndarray:
    return uniform_filter1d(beats, 2 * round(duration / 2 * fs) + 1, axis=-1, mode="nearest")

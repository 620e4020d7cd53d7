"""Find onset, peak and end of the waves of a beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from ._search import first, highest, highest_peak, last, mean_within, tangent_foot, within

__all__ = ["FIDUCIALS", "average_beats", "delineate"]

FIDUCIALS = ("p_onset", "p_peak", "p_end", "qrs_onset", "qrs_end", "t_peak", "t_end")

# These values were chosen for skecg, on synthetic ECGs with given intervals and on intervals of healthy people.
BEFORE, AFTER = 0.40, 0.70  # s of a beat before and after its R peak
MOST_BEATS = 60  # more beats hardly change an average, but take time
FEW_BEATS = 24  # up to this number a sorting network is faster than `numpy.median`
PREMATURE = 0.8  # of the usual interval; the average leaves out beats after a shorter one
QRS_REACH = (0.12, 0.18)  # s; longest time from the R peak to onset and end of QRS
QRS_SLOPE = 0.055  # of the steepest slope of QRS; outside QRS the slope is lower
QRS_PAUSE = 0.012  # s; longest part of QRS with a lower slope
QRS_NOISE = 2.0  # of the 20 % quantile of the slopes of the beat; the slope of QRS must be higher
P_REACH = 0.28  # s; longest time from the onset of P to QRS
P_LEAST, P_CLEAR = 0.02, 4.0  # least P peak: mV, root mean square of the leads; and standard errors of the beats
T_LEAST = 0.05  # mV; least norm of the vector of leads at the T peak
T_TANGENT = 1.2  # times the distance to the foot of the tangent; without it T ends about 10 ms early


def average_beats(
    signals: np.ndarray, fs: float, peaks: Sequence[np.ndarray], *, before: float = BEFORE, after: float = AFTER
) -> tuple[np.ndarray, np.ndarray]:
    """Return the median over the beats of each record.

    `average_beats` leaves out beats that reach beyond the record, and premature beats, which follow an interval
    below 0.8 of the usual one or of both neighbours. If fewer than three beats remain, it keeps the premature
    beats. If no beat remains, it leaves out only the premature beats, and extends the record by its first and
    last values.

    Parameters
    ----------
    signals : ndarray of shape (n_records, n_leads, n_times)
        Voltages without baseline wander.
    fs : float
        Sampling rate in Hz.
    peaks : sequence of n_records ndarrays of int
        R peaks, for example from `find_r_peaks_batch`.
    before : float, default=0.4
        Seconds before the R peak.
    after : float, default=0.7
        Seconds after the R peak.

    Returns
    -------
    beats : ndarray of shape (n_records, n_leads, n_window), float32
        The R peak is sample `round(before * fs)`. NaN for records without beats.
    errors : ndarray of shape (n_records, n_leads, n_window), float32
        Standard error of the mean over the beats; 0 if there is only one beat.

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
    """Return the median of arrays; a sorting network over whole arrays is fast for a few arrays."""
    n = len(parts)
    if n > FEW_BEATS:
        return np.median(parts, axis=0)
    parts = list(parts)
    for turn in range(n):
        for i in range(turn % 2, n - 1, 2):
            parts[i], parts[i + 1] = np.minimum(parts[i], parts[i + 1]), np.maximum(parts[i], parts[i + 1])
    return (parts[(n - 1) // 2] + parts[n // 2]) / 2


def _typical(peaks: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Return the R peaks of the beats to average; prefer on-time beats with `start` <= peak < `stop`."""
    intervals = np.diff(peaks)
    on_time = np.append(True, ~is_premature(intervals)) if len(intervals) else peaks >= 0
    inside = (peaks >= start) & (peaks < stop)
    for wanted, least in ((inside & on_time, 3), (inside, 1), (on_time, 1)):
        if wanted.sum() >= least:
            chosen = peaks[wanted]
            return chosen[:: -(-len(chosen) // MOST_BEATS)]
    return peaks[:0]


def is_premature(intervals: np.ndarray) -> np.ndarray:
    """Return which intervals between beats are shorter than 0.8 of the usual one, or of both neighbours.

    If each second beat is premature, there may be more short intervals than long ones. So the usual interval is
    the median of the intervals that are not short compared with their neighbours.

    Parameters
    ----------
    intervals : ndarray of shape (n_intervals,)
        At least one interval, in samples. Whole numbers make the comparisons exact; seconds would not.

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
        One beat per record in mV, for example from `average_beats`.
    fs : float
        Sampling rate in Hz. At least 250 Hz is recommended: resample beats of lower rates first.
    interval : float or ndarray of shape (n_records,), default=None
        Seconds from beat to beat, which limit the search for P and T. By default, and for NaN, 0.9.
    errors : ndarray of shape (n_records, n_leads, n_window), default=None
        Standard errors from `average_beats`. If a P wave does not clearly exceed its errors, as in atrial
        fibrillation, it counts as not found.
    before : float, default=0.4
        Seconds before the R peak.

    Returns
    -------
    fiducials : dict of ndarray of shape (n_records,)
        Seconds from the R peak: p_onset, p_peak, p_end, qrs_onset, qrs_end, t_peak, t_end. NaN if
        a wave is not found.

    Notes
    -----
    The leads of a beat are the components of a vector. QRS is the part where the slope of this vector
    exceeds 5.5 % of its maximum. The peak of T is where the vector is furthest from its level before
    QRS. The peak of P is where the vector is furthest from the line between the end of the last T and the
    level before QRS. `delineate` then projects the leads onto the direction of the peak, and finds onset
    and end of the wave with tangents. The end of T is 1.2 times as far from the steepest point as the foot of
    its tangent. On synthetic ECGs the results agree with the true intervals within some milliseconds.

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
    """Return onset and end of QRS, (2, n_records), and whether there is any slope."""
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
    """Return peak and end of T in samples, NaN if not found."""
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
    has_end = found & (end > peak) & (end < stop)
    return np.where(found, peak, np.nan), np.where(has_end, end, np.nan)


def _find_p(
    beats: np.ndarray,
    level: np.ndarray,
    errors: np.ndarray | None,
    fs: float,
    qrs_onset: np.ndarray,
    last_t_end: np.ndarray,
) -> np.ndarray:
    """Return onset, peak and end of P in samples, (3, n_records), NaN if not found."""
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
    if errors is not None:  # an upper limit, as if all leads had the same errors
        direction = np.abs(beats[np.arange(len(beats)), :, peak]) / np.where(height > 0, height, 1)[:, None]
        clear &= height > P_CLEAR * (errors[np.arange(len(beats)), :, peak] * direction).sum(axis=1)
    slope = np.gradient(course, axis=1)
    onset = tangent_foot(course, highest(slope, start, peak), np.zeros(len(beats)))
    end = tangent_foot(course, highest(-slope, peak, qrs_onset), np.zeros(len(beats)))
    clear &= (peak >= 0) & (onset >= start - 2 * margin) & (onset < peak) & (end > peak)
    return np.where(clear, np.stack([onset, peak, np.minimum(end, qrs_onset)]), np.nan)


def _along_peak(beats: np.ndarray, peak: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project the leads onto their values at the peak; return the projection and its height at the peak."""
    direction = beats[np.arange(len(beats)), :, peak]
    height = np.linalg.norm(direction, axis=1)
    course = np.einsum("rlt,rl->rt", beats, direction / np.where(height > 0, height, 1)[:, None])
    return course, height


def _smooth(beats: np.ndarray, duration: float, fs: float) -> np.ndarray:
    return uniform_filter1d(beats, 2 * round(duration / 2 * fs) + 1, axis=-1, mode="nearest")

"""Find onset, peak and end of the waves of a beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._fiducials import QRS_EARLY, find_qrs, find_t
from ._p_wave import find_p
from ._search import mean_within, within
from ._spikes import bridge_spikes, find_early_spikes

__all__ = ["FIDUCIALS", "average_beats", "delineate"]

FIDUCIALS = ("p_onset", "p_peak", "p_end", "qrs_onset", "qrs_end", "t_onset", "t_peak", "t_end")

# These values were chosen for skecg, on synthetic ECGs with given intervals and on intervals of healthy people.
BEFORE, AFTER = 0.40, 0.70  # s of a beat before and after its R peak
BEFORE_QRS = 0.06  # s before the R peak; before it there is no QRS
LEAST_LINE = 0.1  # s; shortest part of a beat that shows its baseline
MOST_BEATS = 60  # more beats hardly change an average, but take time
FEW_BEATS = 24  # up to this number a sorting network is faster than `numpy.median`
PREMATURE = 0.8  # of the usual interval; the average leaves out beats after a shorter one


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
        Standard error of the mean over the beats, without the straight line through the part of each beat before
        QRS, which is baseline wander; 0 if there is only one beat.

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
        error[:] = np.sqrt(sum(_without_line(part - mean, before, fs) ** 2 for part in parts)) / len(parts)
    return beats, errors


def _without_line(rest: np.ndarray, before: float, fs: float) -> np.ndarray:
    """Subtract the straight line through the part before QRS: the baseline of this beat."""
    n = round((before - BEFORE_QRS) * fs)
    if n < LEAST_LINE * fs:  # too short for a line
        return rest
    times, part = np.arange(rest.shape[1]) - (n - 1) / 2, rest[:, :n]
    slope = (part @ times[:n]) / (times[:n] @ times[:n])
    return rest - part.mean(axis=1, keepdims=True) - slope[:, None] * times.astype(rest.dtype)


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
        Seconds from the R peak: p_onset, p_peak, p_end, qrs_onset, qrs_end, t_onset, t_peak, t_end. NaN if
        a wave is not found.

    Notes
    -----
    The leads of a beat are the components of a vector. QRS consists of the parts around the R peak whose slope
    exceeds 12 % of its maximum (40 % in one or two leads), with pauses of at most 60 ms, as in bundle branch block,
    and ends where the slope falls below 5.5 %. T ends after the last steep slope behind QRS, so that an ST segment
    that sags is not taken for T. P is the candidate furthest from the line between the end of the last T and the level
    before QRS; its onset and end come from tangents. A candidate is no P wave if it does not exceed the errors of the
    beats, is shorter than 55 ms or longer than 165 ms, or if waves as steep lie next to it, as in flutter and
    fibrillation. Straight lines replace the spikes of pacemakers ahead of QRS, which are part of no wave.

    On the odd records of LUDB, against the median of the annotations of the leads, mean and standard deviation are,
    in ms: P onset 2.5 and 8.2, P end 0.9 and 9.6, onset of QRS 1.9 and 9.1, end of QRS 0.9 and 9.1, onset of T -8.6
    and 28.4, end of T -0.9 and 16.7.

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
    spikes = find_early_spikes(beats, fs, r)
    beats = bridge_spikes(beats, fs, spikes)
    qrs, seen = find_qrs(beats, fs, r)
    level = mean_within(beats, qrs[0] - round(0.024 * fs), qrs[0] - round(0.004 * fs))
    t = find_t(beats - level[:, :, None], fs, r, qrs[1], usual)
    p = find_p(beats, level, errors, fs, qrs[0], t[2], usual * fs)
    p[:, (spikes & within(spikes, p[0], p[2])).any(axis=1)] = np.nan  # the spike of a pacemaker is no P wave
    samples = np.stack([*p, qrs[0] - QRS_EARLY * fs, qrs[1], *t]).astype(np.float64)
    samples[:, missing | ~seen] = np.nan
    return dict(zip(FIDUCIALS, (samples - r) / fs, strict=True))

"""Find R peaks."""

from __future__ import annotations

import numpy as np

from .._warn import warn
from ._artefacts import find_true_beats
from ._qrs import to_working_rate
from ._rate import check_rate
from ._spikes import without_spikes
from .faults import look_transposed

__all__ = ["find_r_peaks", "find_r_peaks_batch"]

LOWEST_FS = 50.0  # Hz
BLOCK = 2**20  # samples of all leads in one block, whose arrays fit into the cache
QRS_HALF = 0.08  # s on each side of the middle of QRS; the peak lies in this window
FINE_HALF = 0.024  # s on each side of that peak; the peak at the full rate lies in this window
FINE_SMOOTHING = 0.006  # s; reduces noise at high rates
UNKNOWN = "The signals contain NaN or infinity; replace these values or leave the record out."


def find_r_peaks(signal: np.ndarray, fs: float) -> np.ndarray:
    """Find the R peaks of one signal.

    `find_r_peaks` uses all leads together. "R" means the largest deflection of QRS, upwards or downwards.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record, in any unit; neither filtered nor normalised.
    fs : float
        Sampling rate in Hz, at least 50.

    Returns
    -------
    peaks : ndarray of shape (n_beats,), int
        Samples of the R peaks, ascending; empty if there is no beat.

    Raises
    ------
    ValueError
        If the shape is different, there are no samples, a value is NaN or infinite, or `fs` is too low.

    Notes
    -----
    `find_r_peaks` first removes the spikes of pacemakers. The envelope of the signal between 8 and 22 Hz (Elgendi et
    al. 2010) has a peak at each beat; a lead counts the more, the more clearly its peaks stand out. As in Pan &
    Tompkins (1985), `find_r_peaks` compares peaks with a level that follows the signal, drops T waves, which are blunt,
    and double peaks, and accepts lower peaks where the rhythm lacks a beat. In noise, it filters the record again,
    matched to its mean QRS and its noise. It uses the signal before and after each peak, and finds rates up to 320
    beats per minute. A record of noise, whose peaks have no common shape, has no beat; shorter than ten seconds it
    may have some.

    `find_r_peaks` takes out steps of an electrode, after which the signal stays, and drops peaks that a burst of noise
    adds to the rhythm. With two or three leads, the clearest lead decides between two of its beats, unless it is
    disturbed there.

    References
    ----------
    J. Pan and W. J. Tompkins, "A real-time QRS detection algorithm", IEEE Transactions on
    Biomedical Engineering 32 (1985) 230-236.

    M. Elgendi, M. Jonkman and F. De Boer, "Frequency bands effects on QRS detection", 3rd
    International Conference on Bio-inspired Systems and Signal Processing (2010) 428-431.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import find_r_peaks
    >>> time = np.arange(2500) / 500
    >>> signal = sum(np.exp(-(((time - beat) / 0.02) ** 2)) for beat in (0.5, 1.4, 2.2, 3.1, 4.0))
    >>> find_r_peaks(signal, fs=500)
    array([ 250,  700, 1100, 1550, 2000])
    """
    signal = np.asarray(signal)
    _check_one(signal)
    return find_r_peaks_batch(signal.reshape(1, -1, signal.shape[-1]) if signal.size else signal[None], fs)[0]


def _check_one(signal: np.ndarray) -> None:
    refuse_object(signal)
    if signal.ndim not in (1, 2):
        raise ValueError(f"signal must have the shape (n_leads, n_times) or (n_times,); got {signal.shape}.")
    if signal.ndim == 2 and look_transposed(*signal.shape):
        warn(
            f"signal has {len(signal)} leads of {signal.shape[1]} samples; its axes are read as (n_leads, n_times). "
            "If they are transposed, signal.T corrects them.",
            UserWarning,
        )


def refuse_object(signal: np.ndarray) -> None:
    """Raise a TypeError if a signal is an object, such as a record, that is no array."""
    signal = np.asarray(signal)
    if signal.dtype == object and signal.ndim == 0:
        raise TypeError(
            f"signal must be an array, got one {type(signal.item()).__name__}; of a record, pass record.signal and "
            "record.fs."
        )


def with_peaks(signal: np.ndarray, fs: float, peaks: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return a record as (n_leads, n_times), and the given peaks after checks, or those that `find_r_peaks` finds."""
    signal = np.asarray(signal)
    if peaks is None:
        found = find_r_peaks(signal, fs)  # checks the signal first
        return np.atleast_2d(signal), found
    _check_one(signal)
    _check(np.atleast_2d(signal)[None], fs)
    if not np.isfinite(signal).all():
        raise ValueError(UNKNOWN)
    peaks = np.asarray(peaks)
    whole = peaks.astype(np.int64)
    inside = (whole == peaks) & (whole >= 0) & (whole < signal.shape[-1])
    if peaks.ndim != 1 or not inside.all() or (np.diff(peaks) <= 0).any():
        raise ValueError(
            f"The peaks must be samples of the signal, 0 to {signal.shape[-1] - 1}, ascending; got {peaks}."
        )
    return np.atleast_2d(signal), whole


def find_r_peaks_batch(signals: np.ndarray, fs: float, *, reject_noise: bool = True) -> list[np.ndarray]:
    """Find the R peaks of many signals of the same length and rate at once.

    Parameters
    ----------
    signals : array-like of shape (n_records, n_leads, n_times)
        Voltages, in any unit; neither filtered nor normalised.
    fs : float
        Sampling rate in Hz, at least 50.
    reject_noise : bool, default=True
        Whether a record has no beats if its peaks have no common shape. Set to False to measure the agreement of
        the peaks.

    Returns
    -------
    peaks : list of ndarray of int
        The output of `find_r_peaks` for each record.

    Raises
    ------
    ValueError
        If the shape is different, there are no samples, a value is NaN or infinite, or `fs` is too low.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import find_r_peaks_batch
    >>> time = np.arange(1000) / 500
    >>> beat = np.exp(-(((time - 1) / 0.02) ** 2))
    >>> find_r_peaks_batch(np.stack([beat, 0 * beat, -beat])[:, None], fs=500)
    [array([500]), array([], dtype=int64), array([500])]
    """
    signals = np.asarray(signals)
    _check(signals, fs)
    n_block = max(1, BLOCK // signals[0].size) if len(signals) else 1
    found: list[np.ndarray] = []
    for first in range(0, len(signals), n_block):
        found += _find(signals[first : first + n_block], fs, reject_noise)
    return found


def _check(signals: np.ndarray, fs: float) -> None:
    if signals.ndim != 3 or 0 in signals.shape[1:]:
        raise ValueError(
            "signals must have the shape (n_records, n_leads, n_times), with at least one lead and one sample; "
            f"got {signals.shape}."
        )
    check_rate(fs)
    if fs < LOWEST_FS:
        raise ValueError(f"R peaks need a rate of at least {LOWEST_FS:g} Hz; got fs={fs} Hz.")


def _find(signals: np.ndarray, fs: float, reject_noise: bool) -> list[np.ndarray]:
    """Find the R peaks of a block of records."""
    signals = without_spikes(signals, fs)
    low, rate = to_working_rate(signals, fs)
    if not np.isfinite(low).all():
        raise ValueError(UNKNOWN)
    rows, columns, weights, low, band = find_true_beats(low, rate, reject_noise)
    if not len(rows):
        return [np.zeros(0, np.int64) for _ in signals]
    columns, direction = _locate(band, rate, rows, columns, weights)
    reach = np.abs(low - low[..., :1]).max(axis=-1)
    direction = direction / np.where(reach > 0, reach, 1)[rows]  # from the units of `band` to those of the signals
    samples = _refine(signals, fs, rows, np.round((columns + 0.5) * fs / rate - 0.5).astype(np.int64), direction)
    inside = (samples > 0) & (samples < signals.shape[-1] - 1)  # at an end of the record the peak itself may be missing
    return np.split(samples[inside], np.cumsum(np.bincount(rows[inside], minlength=len(signals)))[:-1])


def _locate(
    band: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move each beat to the peak of QRS.

    The leads of the mean beat of a record, at its largest point, give a direction. The peak of a beat is where its
    leads reach furthest in this direction, or in the opposite direction if they reach more than 1.3 times as far there.

    Returns
    -------
    columns : ndarray of shape (n_beats,)
    direction : ndarray of shape (n_beats, n_leads)
        Weights of the leads in the sum that is highest at the peak.
    """
    beats, at = _around(band, rows, columns, round(QRS_HALF * rate))
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    n_beats = np.diff(np.append(starts, len(rows)))
    mean = np.add.reduceat(beats, starts) / n_beats[:, None, None]  # (n_records with beats, n_leads, n_around)
    size = np.einsum("rlt,rl->rt", mean**2, weights[rows[starts]])
    largest = np.take_along_axis(mean, size.argmax(axis=1)[:, None, None], axis=2)[:, :, 0]
    direction = np.repeat(largest * weights[rows[starts]], n_beats, axis=0).astype(np.float32)
    course = np.einsum("blt,bl->bt", beats, direction)
    high, low = course.max(axis=1), course.min(axis=1)
    other = -low > 1.3 * high
    direction[other] *= -1
    course[other] *= -1
    return np.take_along_axis(at, course.argmax(axis=1)[:, None], axis=1)[:, 0], direction


def _refine(signals: np.ndarray, fs: float, rows: np.ndarray, samples: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Move each peak to the highest of the nearest samples at the full rate."""
    half = max(1, round(FINE_HALF * fs))
    smoothing = round(FINE_SMOOTHING * fs / 2)
    beats, at = _around(signals, rows, samples, half + smoothing)
    course = np.einsum("blt,bl->bt", beats - beats[:, :, :1], direction)
    if smoothing:
        total = np.cumsum(np.pad(course, ((0, 0), (1, 0))), axis=1)
        course = total[:, 2 * smoothing + 1 :] - total[:, : -2 * smoothing - 1]
        at = at[:, smoothing:-smoothing]
    return np.take_along_axis(at, course.argmax(axis=1)[:, None], axis=1)[:, 0]


def _around(signals: np.ndarray, rows: np.ndarray, centres: np.ndarray, half: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the values around each centre, (n_beats, n_leads, 2 * half + 1), and their samples."""
    at = np.clip(centres[:, None] + np.arange(-half, half + 1), 0, signals.shape[2] - 1)
    return signals[rows[:, None, None], np.arange(signals.shape[1])[:, None], at[:, None, :]], at

"""Classify beats: normal, supraventricular, ventricular, paced."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._beat_shapes import BeatShapes
from ._spikes import find_spikes
from .delineation import BEFORE, average_beats
from .filtering import apply_filter, design_filter
from .peaks import with_peaks

__all__ = ["BEAT_CLASSES", "classify_beats"]

BEAT_CLASSES = ("normal", "supraventricular", "ventricular", "paced")
NORMAL, SUPRAVENTRICULAR, VENTRICULAR, PACED = BEAT_CLASSES
_TYPE = "<U16"

# Chosen on eleven records of the first half (DS1) of the MIT-BIH Arrhythmia Database; STEADY_P and IRREGULAR also on
# folds 1 to 3 of PTB-XL, because these records of DS1 have no atrial fibrillation.
NEIGHBOURS = 8  # intervals on each side that the usual interval includes
FEWEST = 4  # beats; with fewer beats, no beat is unusual
ON_TIME = (0.85, 1.2)  # of the usual interval; the usual shape is that of these beats
EARLY, VERY_EARLY = 0.87, 0.78  # of the usual interval; a very early beat is premature with any P wave
SAME_SHAPE = 0.88  # least correlation of QRS with the usual one, in beats from above the ventricles
OTHER_SHAPE, REPEATED = 0.5, 0.9  # correlation of QRS that is not early, but ventricular; of two such beats
WIDE = (0.72, 1.2, 0.9)  # correlation, width and size of other beats that are not early, but ventricular
SAME_P, NO_P = 0.6, 1.0  # correlation with the usual P wave of a sinus beat; distance from it where it is absent
STEADY_P = 0.65  # least usual correlation of the parts with P waves, in sinus rhythm
IRREGULAR = (0.06, 0.03)  # of the usual interval; least change to each of three intervals before, with and without P
FEWEST_PACED = 2  # beats; a single spike is an artefact
SPIKE = (-0.13, 0.02)  # s from the R peak; in these beats, the pacemaker stimulates the ventricles


def classify_beats(signal: np.ndarray, fs: float, peaks: np.ndarray | None = None) -> np.ndarray:
    """Classify each beat of one record as normal, supraventricular, ventricular or paced.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record, in any unit; neither filtered nor normalised.
    fs : float
        Sampling rate in Hz, at least 50. The spikes of pacemakers need 250 Hz or more.
    peaks : ndarray of shape (n_beats,), default=None
        Samples of the R peaks, ascending; by default those of `find_r_peaks`.

    Returns
    -------
    classes : ndarray of shape (n_beats,), str
        Entries of `BEAT_CLASSES`. "normal" means the usual beat of the record, also with a bundle branch block or
        in atrial fibrillation; "supraventricular" and "ventricular" mean ectopic beats.

    Raises
    ------
    ValueError
        If the shape is different, a value is NaN or infinite, `fs` is too low, or the peaks do not ascend within the
        signal.

    See Also
    --------
    find_r_peaks : The search for beats.
    heart_rate_variability : Statistics of the intervals between normal beats.

    Notes
    -----
    The template of a record is the median QRS of the beats that come on time and resemble each other; in long records,
    of each 300 beats. The usual interval is the running median of the mean of two consecutive intervals, which a
    premature beat with its pause hardly changes. A beat is

    - paced, if there is a spike from 130 ms before to 20 ms after its R peak, and at another beat as well;
    - ventricular, if its QRS correlates with the template below 0.88 and it comes before 0.87 of the usual interval; or
      below 0.5, or wider than the template and without its P wave, if it repeats the shape of other such beats;
    - supraventricular, if it has the QRS of the template and comes before 0.78 of the usual interval, or before 0.87
      without the usual P wave. Where all intervals are irregular, as in atrial fibrillation, no beat is
      supraventricular;
    - normal otherwise.

    With both leads of half of the MIT-BIH Arrhythmia Database (`benchmarks/beat_classes.py`), sensitivity and positive
    predictivity are, in %,

    ================  ==================  ==================  =====================================
    records           ventricular         supraventricular    role
    ================  ==================  ==================  =====================================
    11 of DS1         99.4, 93.7          85.6, 97.1          thresholds were chosen on them
    11 of DS2         93.1, 90.2          31.3, 47.5          nothing was chosen on them
    ================  ==================  ==================  =====================================

    These halves are those of de Chazal et al. (2004), counted as in ANSI/AAMI EC57. In DS2, 94 of the 103 missed
    supraventricular beats are in three records, of which two show atrial fibrillation.

    A record in one ectopic rhythm throughout has no other beats for comparison, and all of them count as normal. An
    aberrant supraventricular beat counts as ventricular, a fusion beat as either normal or ventricular.

    References
    ----------
    P. de Chazal, M. O'Dwyer and R. B. Reilly, "Automatic classification of heartbeats using ECG morphology and
    heartbeat interval features", IEEE Transactions on Biomedical Engineering 51 (2004) 1196-1206.

    ANSI/AAMI EC57, "Testing and reporting performance results of cardiac rhythm and ST segment measurement
    algorithms" (2012).

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import classify_beats
    >>> time = np.arange(5000) / 500
    >>> bell = lambda centre, width: np.exp(-0.5 * ((time - centre) / width) ** 2)
    >>> signal = sum(bell(beat, 0.012) for beat in (1, 2, 3, 4, 6, 7, 8, 9)) - 1.5 * bell(4.6, 0.04)
    >>> classes = classify_beats(signal, fs=500)
    >>> [(str(name), int((classes == name).sum())) for name in ("normal", "ventricular")]
    [('normal', 8), ('ventricular', 1)]
    """
    signal, peaks = with_peaks(signal, fs, peaks)
    filtered = apply_filter(signal[None], design_filter("highpass", fs, low=0.5))
    medians, _ = average_beats(filtered, fs, [peaks])
    return classify_filtered(filtered, fs, [peaks], medians, find_spikes(signal[None], fs))[0][0]


def classify_filtered(
    signals: np.ndarray, fs: float, peaks: Sequence[np.ndarray], medians: np.ndarray, spikes: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Classify the beats of records without baseline wander.

    Parameters
    ----------
    signals : ndarray of shape (n_records, n_leads, n_times)
    fs : float
        Sampling rate in Hz.
    peaks : sequence of n_records ndarrays of int
        Samples of the R peaks.
    medians : ndarray of shape (n_records, n_leads, n_window)
        The median beats from `average_beats`.
    spikes : sequence of n_records ndarrays of int
        Samples of the spikes of a pacemaker, from `find_spikes`.

    Returns
    -------
    classes : list of n_records ndarrays of str
    correlations : list of n_records ndarrays of shape (2, n_beats)
        Of QRS, and of the part with the P wave, with those of the usual beat.
    """
    if not sum(map(len, peaks)):
        return [np.zeros(0, _TYPE) for _ in peaks], [np.zeros((2, 0)) for _ in peaks]
    records = np.split(np.arange(sum(map(len, peaks))), np.cumsum([len(found) for found in peaks])[:-1])
    interval, on_time, shapes = compare_beats(signals, fs, peaks, medians)
    ventricular = _are_ventricular(interval, shapes, records)
    classes = np.full(len(interval), NORMAL, _TYPE)
    classes[_are_supraventricular(interval, shapes, ventricular, on_time, records)] = SUPRAVENTRICULAR
    classes[ventricular] = VENTRICULAR
    for own, found, times in zip(records, peaks, spikes, strict=True):
        if len(times):
            first, after = (np.searchsorted(times, found + time * fs) for time in SPIKE)
            if (after > first).sum() >= FEWEST_PACED:
                classes[own[after > first]] = PACED
    correlations = np.stack([shapes.correlation, shapes.p_correlation])
    return [classes[own] for own in records], [correlations[:, own] for own in records]


def compare_beats(
    signals: np.ndarray, fs: float, peaks: Sequence[np.ndarray], medians: np.ndarray
) -> tuple[np.ndarray, np.ndarray, BeatShapes]:
    """Return the relative intervals before the beats of all records, which beats come on time, and their shapes."""
    interval = np.concatenate([relative_intervals(found) for found in peaks])
    on_time = (interval > ON_TIME[0]) & (interval < ON_TIME[1])
    return interval, on_time, BeatShapes(signals, fs, peaks, on_time, np.nan_to_num(medians), BEFORE)


def relative_intervals(peaks: np.ndarray) -> np.ndarray:
    """Return the interval before each beat, relative to the usual interval around it; 1 for the first beat."""
    if len(peaks) < FEWEST:
        return np.ones(len(peaks))
    return np.append(1.0, np.diff(peaks) / usual_intervals(peaks)[1:])


def usual_intervals(peaks: np.ndarray) -> np.ndarray:
    """Return the usual interval around each of three beats or more, in samples."""
    intervals = np.diff(peaks).astype(float)
    pairs = (intervals[1:] + intervals[:-1]) / 2
    usual = running_median(np.append(pairs, pairs[-1]))
    return np.append(usual[0], usual)


def running_median(values: np.ndarray) -> np.ndarray:
    """Return the median of the values around each value."""
    if len(values) <= 2 * NEIGHBOURS + 1:
        return np.full(len(values), np.median(values))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, NEIGHBOURS, mode="reflect"), 2 * NEIGHBOURS + 1)
    return np.median(around, axis=1)


def _are_ventricular(interval: np.ndarray, shapes: BeatShapes, records: list[np.ndarray]) -> np.ndarray:
    odd = shapes.correlation < SAME_SHAPE
    wide = (shapes.correlation < WIDE[0]) & (shapes.width > WIDE[1]) & (shapes.size > WIDE[2])
    wide &= (shapes.p_correlation < SAME_P) & (shapes.p_distance > NO_P)
    late = odd & (interval >= EARLY) & (wide | (shapes.correlation < OTHER_SHAPE))
    for own in records:
        if late[own].any():
            among = own[odd[own]]
            late[among] &= shapes.repetition(among) > REPEATED
    return (odd & (interval < EARLY)) | late


def _are_supraventricular(
    interval: np.ndarray,
    shapes: BeatShapes,
    ventricular: np.ndarray,
    on_time: np.ndarray,
    records: list[np.ndarray],
) -> np.ndarray:
    premature = (interval < VERY_EARLY) | ((interval < EARLY) & (shapes.p_correlation < SAME_P))
    premature &= shapes.correlation >= SAME_SHAPE
    # after an interpolated or late beat of another shape, a normal beat comes on time
    odd = ventricular | (shapes.correlation < SAME_SHAPE)
    premature[1:] &= ~(odd[:-1] & (interval[1:] + interval[:-1] > EARLY))
    for own in records:
        if premature[own].any():
            premature[own] &= ~_is_irregular(interval[own], shapes.p_correlation[own], on_time[own])
    return premature


def _is_irregular(interval: np.ndarray, p_correlation: np.ndarray, on_time: np.ndarray) -> np.ndarray:
    """Return where most intervals differ from those before: much, or less and without a steady P wave."""
    change = irregularity(interval)
    steady = np.zeros(len(interval), bool)
    if on_time.any():
        beats = np.flatnonzero(on_time)
        steady = np.interp(np.arange(len(interval)), beats, running_median(p_correlation[beats])) > STEADY_P
    return change > np.where(steady, *IRREGULAR)


def irregularity(interval: np.ndarray) -> np.ndarray:
    """Return the usual change around each beat: the least difference of an interval from the three before."""
    padded = np.pad(interval, 3, mode="reflect")
    return running_median(np.min([np.abs(interval - padded[k : k + len(interval)]) for k in range(3)], axis=0))

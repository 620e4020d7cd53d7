"""Measure each beat of one record against the other beats of the record, as a table."""

import numpy as np

from ..signal._beat_shapes import QRS, P
from ..signal.beat_classes import FEWEST, SAME_SHAPE, compare_beats, irregularity, usual_intervals
from ..signal.delineation import average_beats
from ..signal.filtering import apply_filter, design_filter
from ..signal.peaks import with_peaks
from ._average import HIGH_PASS

NEIGHBOURS = ("qrs_correlation", "p_correlation")  # columns that a row also has of the beats before and after


def beat_table(signal, fs, r_peaks=None):
    """Return intervals, size and shape of each beat of one record, relative to the usual beat of the record.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record in mV, neither filtered nor normalised.
    fs : float
        Sampling rate in Hz, at least 50.
    r_peaks : array-like of shape (n_beats,), default=None
        Samples of the R peaks, ascending; by default those of `skecg.signal.find_r_peaks`.

    Returns
    -------
    table : DataFrame of shape (n_beats, 24)
        One row per beat. The Notes define the columns, which are the same for any number of leads.

    Raises
    ------
    ValueError
        If the shape is different, a value is NaN or infinite, `fs` is too low, or the peaks do not ascend within the
        signal.

    See Also
    --------
    skecg.signal.classify_beats : Rules on some of these columns.
    wave_table : Onset, peak and end of the waves of each beat.
    BeatFeatures : Measurements of the median beat of each record.

    Notes
    -----
    The usual beat is that of `skecg.signal.classify_beats`: the mean of the beats that come on time and resemble each
    other; in long records, of each 300 beats. Shapes are compared at about 125 Hz, after a zero-phase high-pass at
    0.5 Hz, over all leads together. The columns are:

    - r_peak: the time of the R peak in s.
    - rr_previous and rr_next: the intervals to the neighbouring beats in s; rr_usual, the running median of the mean of
      two consecutive intervals in s, which a premature beat with its pause hardly changes.
    - rr_previous_ratio and rr_next_ratio: these intervals, relative to rr_usual; rr_before_ratio, that of the interval
      before the previous one; rr_pair_ratio, the mean of rr_previous and rr_next, relative to rr_usual (1 if the pause
      compensates); rr_change, rr_next relative to rr_previous.
    - rr_irregularity: the running median of the least difference of rr_previous_ratio from the three before it.
    - qrs_width in s, between 8 and 92 % of the sum of the slopes from 100 ms before to 140 ms after the R peak;
      qrs_amplitude in mV, the range in the lead where it is largest; qrs_area in mV s, the mean over the leads of the
      area between QRS and its mean.
    - qrs_width_ratio and qrs_size_ratio: width and root mean square of QRS, relative to those of the usual QRS.
    - qrs_correlation with the usual QRS; qrs_distance from it, relative to its size; qrs_repetition, the second highest
      correlation with the other beats that correlate below 0.88 with the usual QRS, NaN for all other beats.
    - p_correlation of the part from 260 to 70 ms before the R peak with the usual one; p_distance from it, relative to
      its size. NaN if the record has no usual part, for example because no beats resemble each other.
    - qrs_correlation_before and qrs_correlation_after, p_correlation_before and p_correlation_after: those of the
      neighbouring beats.

    A value that needs a beat beyond the ends of the record is NaN. With fewer than four beats, no beat is usual: the
    columns relative to rr_usual are NaN.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import beat_table
    >>> record = make_ecg(1, classes=["PVC"], fs=360, leads=["II", "V1"], random_state=0).data[0]
    >>> table = beat_table(record.signal, record.fs)
    >>> odd = table["qrs_correlation"].idxmin()
    >>> bool(table.loc[odd, "rr_previous_ratio"] < 0.9), bool(table.loc[odd, "qrs_width_ratio"] > 1.1)
    (True, True)
    """
    import pandas as pd  # slow to import, so only where it is needed

    signal, peaks = with_peaks(signal, fs, r_peaks)
    columns = {"r_peak": peaks / fs, **_intervals(peaks, fs), **_shapes(signal, fs, peaks)}
    for name in NEIGHBOURS:
        columns[f"{name}_before"], columns[f"{name}_after"] = _shifted(columns[name], 1), _shifted(columns[name], -1)
    return pd.DataFrame(columns)


def _intervals(peaks, fs):
    """Return the columns that the R peaks alone decide."""
    gaps = np.diff(peaks) / fs
    before, after = np.append(np.nan, gaps)[: len(peaks)], np.append(gaps, np.nan)[: len(peaks)]
    usual = np.full(len(peaks), np.nan)
    change = usual.copy()
    if len(peaks) >= FEWEST:
        usual = usual_intervals(peaks) / fs
        change = irregularity(np.append(1.0, gaps / usual[1:]))
    return {
        "rr_previous": before,
        "rr_next": after,
        "rr_usual": usual,
        "rr_previous_ratio": before / usual,
        "rr_next_ratio": after / usual,
        "rr_before_ratio": _shifted(before, 1) / usual,
        "rr_pair_ratio": (before + after) / (2 * usual),
        "rr_change": after / before,
        "rr_irregularity": change,
    }


def _shapes(signal, fs, peaks):
    """Return the columns of QRS and of the part with the P wave; NaN where the record ends in one of these parts."""
    names = ("width", "amplitude", "area", "width_ratio", "size_ratio", "correlation", "distance", "repetition")
    if not len(peaks):
        return dict.fromkeys([*(f"qrs_{name}" for name in names), "p_correlation", "p_distance"], np.zeros(0))
    filtered = apply_filter(signal[None], design_filter("highpass", fs, low=HIGH_PASS))
    _, _, shapes = compare_beats(filtered, fs, [peaks], average_beats(filtered, fs, [peaks])[0])
    flat = shapes.qrs - shapes.qrs.mean(axis=-1, keepdims=True)
    area = np.abs(flat).mean(axis=(1, 2)) * (QRS[1] - QRS[0])
    odd, repetition = shapes.correlation < SAME_SHAPE, np.full(len(peaks), np.nan)
    repetition[odd] = shapes.repetition(np.flatnonzero(odd))
    values = (shapes.duration, np.ptp(flat, axis=-1).max(axis=-1), area, shapes.width, shapes.size)
    values += (shapes.correlation, shapes.distance, repetition)
    whole = (peaks >= -QRS[0] * fs) & (peaks + QRS[1] * fs < signal.shape[-1])
    columns = {f"qrs_{name}": np.where(whole, part, np.nan) for name, part in zip(names, values, strict=True)}
    whole = (peaks >= -P[0] * fs) & shapes.has_p
    for name in ("p_correlation", "p_distance"):
        columns[name] = np.where(whole, getattr(shapes, name), np.nan)
    return columns


def _shifted(values, by):
    """Return the values of the beats before (1) or after (-1) each beat; NaN where there is none."""
    shifted = np.full(len(values), np.nan)
    if by > 0:
        shifted[by:] = values[:-by]
    else:
        shifted[:by] = values[-by:]
    return shifted

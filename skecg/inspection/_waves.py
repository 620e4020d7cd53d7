"""The wave that each sample of an ECG belongs to."""

from __future__ import annotations

import numpy as np

from ..records.buffer import as_floats
from ..signal import apply_filter, average_beats, delineate, design_filter, find_r_peaks, rate_ratio, resample

_FS = 500.0  # sampling rate in Hz at which `_waves` delineates the beats


def wave_labels(signal, fs):
    """Return the name of the wave of each sample: "P", "QRS", "ST", "T", or "" between waves.

    `wave_labels` places the waves of the average beat (`skecg.signal.delineate`) around every R peak.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record in mV, not normalised.
    fs : float
        Sampling rate in Hz, at least 50.

    Returns
    -------
    labels : ndarray of shape (n_times,), str
        Names of the waves. All names are empty if no beat is found.

    Raises
    ------
    ValueError
        If the signal has another number of dimensions, or contains NaN or infinity.

    Notes
    -----
    ST lies between QRS and T. A beat that differs from the average, such
    as a ventricular beat, gets the waves of the average beat.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.inspection import wave_labels
    >>> record = make_ecg(1, classes=["NORM"], fs=500, random_state=0).data[0]
    >>> labels = wave_labels(record.signal, record.fs)
    >>> labels.shape, sorted(set(labels.tolist()))
    ((5000,), ['', 'P', 'QRS', 'ST', 'T'])
    """
    signal = np.atleast_2d(as_floats(signal))
    if signal.ndim != 2:
        raise ValueError(f"signal must have the shape (n_leads, n_times) of one record; got {signal.shape}.")
    labels = np.full(signal.shape[1], "", dtype="<U3")
    peaks = find_r_peaks(signal, fs)
    if not len(peaks):
        return labels
    for name, begin, end in _waves(signal, fs, peaks):
        for peak in peaks:
            first, last = round(peak + begin * fs), round(peak + end * fs)
            labels[max(0, first) : max(0, last + 1)] = name
    return labels


def _waves(signal, fs, peaks):
    """Yield (name, begin, end) of the waves of the average beat, in s from the R peak."""
    fine = signal[None] if fs == _FS else resample(signal[None], *rate_ratio(fs, _FS))
    fine = apply_filter(fine, design_filter("highpass", _FS, low=0.5))
    at = [np.round(peaks * _FS / fs).astype(np.int64).clip(0, fine.shape[2] - 1)]
    interval = float(np.median(np.diff(peaks))) / fs if len(peaks) > 1 else np.nan
    beats, errors = average_beats(fine, _FS, at)
    found = {name: float(value[0]) for name, value in delineate(beats, _FS, interval=interval, errors=errors).items()}
    waves = (
        ("P", found["p_onset"], found["p_end"]),
        ("ST", found["qrs_end"], found["t_onset"]),
        ("T", found["t_onset"], found["t_end"]),
        ("QRS", found["qrs_onset"], found["qrs_end"]),
    )
    return [wave for wave in waves if np.isfinite(wave[1:]).all()]

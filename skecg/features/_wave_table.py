"""Delineate each beat of a record, in all leads together and in each lead, as a table."""

import numpy as np

from ..records.buffer import as_floats, lead_names
from ..signal.delineation import AFTER, BEFORE, FIDUCIALS, average_beats, delineate
from ..signal.filtering import apply_filter, design_filter
from ..signal.peaks import find_r_peaks
from ..signal.resampling import rate_ratio, resample
from ._average import FS, HIGH_PASS

NEAR = 0.03  # s; a wave of one beat that lies further from that of the median beat is noise
NEIGHBOURS = (0.25, 0.5, 0.25)  # weights of a beat and its neighbours, which a wave has in common
TOGETHER = "all"  # the name of all leads together


def wave_table(signal, fs, leads=None):
    """Return onset, peak and end of P, QRS and T of each beat, in all leads together and in each lead.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record in mV, not normalised.
    fs : float
        Sampling rate in Hz, at least 50.
    leads : sequence of str, default=None
        Names of the leads. By default the standard names for twelve leads, else "lead 0", "lead 1", ...

    Returns
    -------
    table : DataFrame
        One row per beat and lead, and one per beat for all leads together, whose `lead` is "all". The columns are
        beat (its number), lead, r_peak and the names of `skecg.signal.FIDUCIALS`, times in seconds from the start of
        the record. NaN if the median beat does not have the wave.

    Raises
    ------
    ValueError
        If the signal has another number of dimensions, contains NaN or infinity, or if `leads` has another length.

    See Also
    --------
    BeatFeatures : Measurements of the median beat of each record.
    skecg.signal.delineate : The search for onset, peak and end.

    Notes
    -----
    All rows have the R peaks of all leads together. The median beat of the leads of a row decides which waves exist.
    Each beat is averaged with its neighbours, with the weights 1/4, 1/2 and 1/4, and delineated. A time that differs
    by more than 30 ms from that of the median beat is replaced by the latter, as in noise, and in beats of another
    origin, whose waves are those of the median beat.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import wave_table
    >>> record = make_ecg(1, classes=["NORM"], fs=500, random_state=0).data[0]
    >>> table = wave_table(record.signal, record.fs, record.leads)
    >>> list(table.columns[:5])
    ['beat', 'lead', 'r_peak', 'p_onset', 'p_peak']
    >>> beats = table[table["lead"] == "all"]
    >>> bool(0.08 < (beats["qrs_end"] - beats["qrs_onset"]).median() < 0.12)
    True
    """
    import pandas as pd  # slow to import, so only where it is needed

    signal = np.atleast_2d(as_floats(signal))
    if signal.ndim != 2:
        raise ValueError(f"signal must have the shape (n_leads, n_times) of one record; got {signal.shape}.")
    names = lead_names(leads, len(signal))
    peaks = find_r_peaks(signal, fs)
    fine = signal if fs == FS else resample(signal, *rate_ratio(fs, FS))
    fine = apply_filter(fine, design_filter("highpass", FS, low=HIGH_PASS))
    peaks = np.round(peaks * FS / fs).astype(np.int64).clip(0, fine.shape[1] - 1)
    groups = [(TOGETHER, fine), *((name, lead[None]) for name, lead in zip(names, fine, strict=True))]
    parts = []
    for name, lead in groups:
        times = _times(lead, peaks) if len(peaks) else {key: [] for key in FIDUCIALS}
        parts.append(pd.DataFrame({"beat": np.arange(len(peaks)), "lead": name, "r_peak": peaks / FS, **times}))
    return pd.concat(parts).sort_values("beat", kind="stable", ignore_index=True)


def _times(signal, peaks):
    """Return the times of the waves of each beat in s, {name: (n_beats,)}."""
    interval = np.median(np.diff(peaks)) / FS if len(peaks) > 1 else np.nan
    beats, errors = average_beats(signal[None], FS, [peaks])
    usual = delineate(beats, FS, interval=interval, errors=errors)
    around = np.arange(-round(BEFORE * FS), round(AFTER * FS))
    single = signal[:, np.clip(peaks[:, None] + around, 0, signal.shape[1] - 1)].swapaxes(0, 1)
    padded = np.concatenate([single[:1], single, single[-1:]])
    single = sum(weight * padded[k : len(single) + k] for k, weight in enumerate(NEIGHBOURS))
    found = delineate(single, FS, interval=interval)
    near = {name: np.abs(found[name] - usual[name]) < NEAR for name in FIDUCIALS}  # False for NaN
    return {name: peaks / FS + np.where(near[name], found[name], usual[name]) for name in FIDUCIALS}

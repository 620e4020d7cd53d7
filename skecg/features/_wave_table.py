"""Delineate each beat of a record, in all leads together and in each lead, as a table."""

import numpy as np

from ..records.buffer import as_floats, lead_names
from ..signal.delineation import AFTER, BEFORE, FIDUCIALS, average_beats, delineate
from ..signal.filtering import apply_filter, design_filter
from ..signal.peaks import find_r_peaks, refuse_object
from ..signal.resampling import rate_ratio, resample
from ._average import FS, HIGH_PASS

NEAR = 0.03  # s; a wave of one beat that lies further from that of the median beat is noise
NEIGHBOURS = (0.25, 0.5, 0.25)  # weights of a beat and its neighbours, which a wave has in common
TOGETHER = "all"  # the name of all leads together
DELINEATIONS = ("rules", "network")


def wave_table(signal, fs, leads=None, *, delineation="rules"):
    """Return onset, peak and end of P, QRS and T of each beat, in all leads together and in each lead.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record in mV, not normalised.
    fs : float
        Sampling rate in Hz, at least 50.
    leads : sequence of str, default=None
        Names of the leads. By default the standard names for twelve leads, else "lead 0", "lead 1", ...
    delineation : {"rules", "network"}, default="rules"
        The rules of `skecg.signal.delineate`, or a small network that was trained on LUDB. The network is closer to
        annotations, above all in single leads.

    Returns
    -------
    table : DataFrame
        One row per beat and lead, and one per beat for all leads together, whose `lead` is "all". The columns are
        beat (its number), lead, r_peak and the names of `skecg.signal.FIDUCIALS`, times in seconds from the start of
        the record. NaN if the median beat does not have the wave; the network decides for each beat.

    Raises
    ------
    ValueError
        If the signal has another number of dimensions, contains NaN or infinity, if `leads` has another length, or if
        `delineation` is unknown.

    See Also
    --------
    BeatFeatures : Measurements of the median beat of each record.
    skecg.signal.delineate : The search for onset, peak and end.

    Notes
    -----
    All rows have the R peaks of all leads together.

    Rules: the median beat of the leads of a row decides which waves exist. Each beat is averaged with its neighbours,
    with the weights 1/4, 1/2 and 1/4, and delineated. A time that differs by more than 30 ms from that of the median
    beat is replaced by the latter, as in noise, and in beats of another origin, whose waves are those of the median
    beat.

    Network: a U-Net (Ronneberger et al. 2015) with 70,000 weights sees each beat and the mean of the beats of its kind,
    in all leads, at 250 Hz. A beat is likelier to have a P wave if the rules find one in the median beat. A time of all
    leads together is the median of the leads. The network was trained on the odd records of LUDB (Kalyakulina et al.
    2020), which annotates each lead; its weights contain information from LUDB, which is available under the Open Data
    Commons Attribution License. The page "Measurements" of the guide has the errors in records that did not train it.

    References
    ----------
    A. I. Kalyakulina et al., "LUDB: a new open-access validation tool for electrocardiogram delineation algorithms",
    IEEE Access 8 (2020) 186181-186190.

    O. Ronneberger, P. Fischer and T. Brox, "U-Net: convolutional networks for biomedical image segmentation", MICCAI
    (2015) 234-241.

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

    if delineation not in DELINEATIONS:
        raise ValueError(f"delineation must be one of {DELINEATIONS}; got {delineation!r}.")
    refuse_object(signal)
    signal = np.atleast_2d(as_floats(signal))
    if signal.ndim != 2:
        raise ValueError(f"signal must have the shape (n_leads, n_times) of one record; got {signal.shape}.")
    names = [TOGETHER, *lead_names(leads, len(signal))]
    signal, peaks = prepare(signal, fs)
    parts = []
    for name, rows in zip(names, _times(signal, peaks, delineation), strict=True):
        waves = dict(zip(FIDUCIALS, rows.T, strict=True))
        parts.append(pd.DataFrame({"beat": np.arange(len(peaks)), "lead": name, "r_peak": peaks / FS, **waves}))
    return pd.concat(parts).sort_values("beat", kind="stable", ignore_index=True)


def prepare(signal, fs):
    """Return a signal at 500 Hz without baseline wander, and its R peaks in samples."""
    peaks = find_r_peaks(signal, fs)
    fine = signal if fs == FS else resample(signal, *rate_ratio(fs, FS))
    fine = apply_filter(fine, design_filter("highpass", FS, low=HIGH_PASS))
    return fine, np.round(peaks * FS / fs).astype(np.int64).clip(0, fine.shape[1] - 1)


def _times(signal, peaks, delineation):
    """Return the times of the waves in s, of all leads together and of each lead, (1 + n_leads, n_beats, 8)."""
    if not len(peaks):
        return np.empty((1 + len(signal), 0, len(FIDUCIALS)))
    interval = np.median(np.diff(peaks)) / FS if len(peaks) > 1 else np.nan
    if delineation == "network":
        from ._wave_network import place_waves  # imports torch

        return place_waves(signal, peaks, interval)
    return [_by_rules(rows, peaks, interval) for rows in (signal, *signal[:, None])]


def _by_rules(signal, peaks, interval):
    """Return the times of the waves of each beat in s, (n_beats, 8)."""
    beats, errors = average_beats(signal[None], FS, [peaks])
    usual = delineate(beats, FS, interval=interval, errors=errors)
    around = np.arange(-round(BEFORE * FS), round(AFTER * FS))
    single = signal[:, np.clip(peaks[:, None] + around, 0, signal.shape[1] - 1)].swapaxes(0, 1)
    padded = np.concatenate([single[:1], single, single[-1:]])
    single = sum(weight * padded[k : len(single) + k] for k, weight in enumerate(NEIGHBOURS))
    found = delineate(single, FS, interval=interval)
    near = {name: np.abs(found[name] - usual[name]) < NEAR for name in FIDUCIALS}  # False for NaN
    return np.stack([peaks / FS + np.where(near[name], found[name], usual[name]) for name in FIDUCIALS], axis=1)

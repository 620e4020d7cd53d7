"""Compute statistics of the intervals between beats."""

import numpy as np

from ..signal.delineation import is_premature

RHYTHM = (
    "n_beats",
    "heart_rate",
    "rr_mean",
    "rr_median",
    "rr_std",
    "rr_min",
    "rr_max",
    "rmssd",
    "pnn50",
    "sd1",
    "sd2",
    "rr_irregularity",
    "premature_share",
)


def measure_rhythm(peaks, fs):
    """Return statistics of the intervals of one record, in the order of `RHYTHM`.

    Parameters
    ----------
    peaks : ndarray of shape (n_beats,)
        Samples of the R peaks.
    fs : float
        Sampling rate in Hz.

    Returns
    -------
    values : ndarray of shape (n_features,)
        In seconds, beats per minute, numbers or shares of beats. NaN if there are too few beats.
    """
    samples = np.diff(peaks)  # whole numbers, so that a value equal to a limit is compared exactly
    rr = samples / fs
    values = np.full(len(RHYTHM), np.nan)
    values[0] = len(peaks)
    if len(rr):
        mean, median = rr.mean(), np.median(rr)
        values[1:7] = 60 / mean, mean, median, np.nan, rr.min(), rr.max()
        values[12] = is_premature(samples).mean()
    if len(rr) > 1:
        std, steps = rr.std(ddof=1), np.diff(rr)
        rmssd = np.sqrt((steps**2).mean())
        # Brennan et al. 2001: both axes of the Poincare plot follow from rmssd and std
        sd1 = rmssd / np.sqrt(2)
        sd2 = np.sqrt(max(0.0, 2 * std**2 - sd1**2))
        values[4] = std
        values[7:12] = rmssd, (np.abs(np.diff(samples)) > 0.05 * fs).mean(), sd1, sd2, rmssd / mean
    return values

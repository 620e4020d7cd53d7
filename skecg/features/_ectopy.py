"""Measure what the single beats of a record show: ectopic beats, intervals between normal beats, and the atrial rate.

The definitions stand in the docstring of `BeatFeatures`.
"""

import numpy as np

from ..signal._two_to_one import two_to_one
from ..signal.atrial import atrial_rate_of
from ..signal.beat_classes import NORMAL, PACED, SUPRAVENTRICULAR, VENTRICULAR, classify_filtered
from ..signal.leads import mix_leads, resolve_leads
from ..signal.variability import ALMOST, SHORTEST, are_nn
from ._average import FS

ECTOPY = (
    "supraventricular_share",
    "ventricular_share",
    "paced_share",
    "longest_ventricular_run",
    "nn_mean",
    "nn_rmssd",
    "atrial_rate",
)

ATRIAL_LEADS = ("V1", "V2", "II", "III")  # the largest waves of flutter and fibrillation
LEAST_CONFIDENCE = 0.1  # of an atrial rate; in sinus rhythm, 75 % of PTB-XL's normal records have less
AGREES = 0.9  # correlation of QRS with the usual one


def measure_ectopy(signals, peaks, beats, spikes, leads, has_p):
    """Return the values in the order of `ECTOPY`, (n_records, 7), and how far beats agree, (n_records, 4).

    Beats agree in rhythm, P and QRS; the last column is the confidence of the atrial rate.

    Parameters
    ----------
    signals : ndarray of shape (n_records, n_leads, n_times)
        At 500 Hz, without baseline wander.
    peaks, spikes : sequence of n_records ndarrays of int
    beats : ndarray of shape (n_records, n_leads, n_window)
        Median beats.
    leads : sequence of str
    has_p : bool ndarray of shape (n_records,)
        Which median beats have a P wave.
    """
    classes, correlations = classify_filtered(signals, FS, peaks, beats, spikes)
    values = np.full((len(signals), len(ECTOPY)), np.nan)
    agreement = np.full((len(signals), 4), np.nan)
    for k, (found, names, correlation) in enumerate(zip(peaks, classes, correlations, strict=True)):
        if not len(found):
            continue
        values[k, :4] = _shares(names)
        agreement[k, :3] = _agreement(names, correlation, has_p[k])
        rate = 60 * FS / np.median(np.diff(found)) if len(found) > 1 else np.nan
        flutter, confidence = two_to_one(signals[k], FS, found)  # whose waves pass for P
        if confidence >= LEAST_CONFIDENCE:
            values[k, 6], agreement[k, 3] = flutter, confidence
        elif has_p[k]:
            values[k, 4:] = *_nn(np.diff(found) / FS, names), rate
            agreement[k, 3] = agreement[k, 1]
        else:
            waves, agreement[k, 3] = atrial_rate_of(_atrial_leads(signals[k], leads), FS, found)
            values[k, 6] = waves if agreement[k, 3] >= LEAST_CONFIDENCE else np.nan
    return values, agreement


def _shares(names):
    """Return the shares of the ectopic and paced beats, and the length of the longest ventricular run."""
    run = longest = 0
    ventricular = names == VENTRICULAR
    for beat in ventricular:
        run = run + 1 if beat else 0
        longest = max(longest, run)
    return (names == SUPRAVENTRICULAR).mean(), ventricular.mean(), (names == PACED).mean(), longest


def _nn(rr, names):
    """Return mean and RMSSD of the intervals between normal beats, as `heart_rate_variability` does."""
    good = are_nn(rr, names == NORMAL)
    steps = np.diff(rr)[good[1:] & good[:-1]]
    enough = len(steps) > 1 and rr[good].sum() >= ALMOST * SHORTEST["rmssd"]
    return rr[good].mean() if good.any() else np.nan, np.sqrt((steps**2).mean()) if enough else np.nan


def _agreement(names, correlation, has_p):
    """Return how many beats have the usual shape or are ectopic, and how well normal beats agree in P and in QRS."""
    qrs, p = np.clip(correlation, 0, 1)
    normal = names == NORMAL
    known = (~normal | (qrs >= AGREES)).mean()
    if not normal.any():
        return known, np.nan, np.nan
    return known, np.median(p[normal]) if has_p else np.nan, np.median(qrs[normal])


def _atrial_leads(signal, leads):
    """Return the leads that show the waves of the atria best, or all leads where one of them is absent."""
    try:
        weights = resolve_leads(leads, ATRIAL_LEADS)[1]
    except ValueError:
        return signal
    return mix_leads(signal, weights)

"""Measure how far beats and leads agree: confidences from 0 to 1.

The definitions stand in the docstring of `BeatFeatures`.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..signal._search import within

CONFIDENCE = ("rhythm_confidence", "p_confidence", "qrs_confidence", "t_confidence", "atrial_confidence")

NEAR = 0.03  # s between an end of a wave in one lead and in all leads, if the lead agrees
STEEP = 0.1  # of the steepest slope of QRS of a lead; QRS of this lead begins and ends there
AROUND = 0.06  # s before and after QRS of all leads
SMOOTHING = 0.01  # s


def measure_confidence(waves, beats, t_ends):
    """Return the values in the order of `CONFIDENCE`, (n_records, 5).

    Parameters
    ----------
    waves : Waves
    beats : ndarray of shape (n_records, 4)
        How far the beats agree in rhythm, P and QRS, and the confidence of the atrial rate, as from `measure_ectopy`.
    t_ends : ndarray of shape (n_records, n_leads)
        As from `lead_t_ends`.
    """
    rhythm, p, qrs, atrial = beats.T
    return np.stack([rhythm, p, np.minimum(qrs, _qrs_leads(waves)), _t_leads(t_ends), atrial], axis=1)


def _t_leads(t_ends):
    """Return the share of the leads whose T ends near that of all leads, (n_records,); NaN without any T wave."""
    seen = np.isfinite(t_ends).any(axis=1)
    return np.where(seen, (np.abs(t_ends) <= NEAR).mean(axis=1), np.nan)


def _qrs_leads(waves):
    """Return the share of the leads whose QRS begins and ends near that of all leads, (n_records,)."""
    fs, onset, end = waves.fs, waves.at["qrs_onset"], waves.at["qrs_end"]
    seen = np.isfinite(onset)
    if not seen.any():
        return np.full(len(onset), np.nan)
    first = max(0, int(np.nanmin(onset) - 2 * AROUND * fs))
    beats = waves.beats[:, :, first : int(np.nanmax(end) + 2 * AROUND * fs)]
    slope = uniform_filter1d(
        np.abs(np.gradient(np.nan_to_num(beats), axis=2)), 2 * round(SMOOTHING / 2 * fs) + 1, axis=2
    )
    start, stop = (np.nan_to_num(time - first) for time in (onset - AROUND * fs, end + AROUND * fs))
    slope *= within(slope[:, 0], start, stop)[:, None]
    steep = slope > STEEP * slope.max(axis=2, keepdims=True)
    begins = steep.argmax(axis=2) + first - onset[:, None]
    ends = steep.shape[2] - 1 - steep[:, :, ::-1].argmax(axis=2) + first - end[:, None]
    agrees = steep.any(axis=2) & (np.maximum(np.abs(begins), np.abs(ends)) <= NEAR * fs)
    return np.where(seen, agrees.mean(axis=1), np.nan)

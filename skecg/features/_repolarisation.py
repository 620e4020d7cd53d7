"""Measure the angle between QRS and T, and how far the leads differ in the end of T.

The definitions stand in the docstring of `BeatFeatures`.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..signal.vectorcardiogram import to_vectorcardiogram

REPOLARISATION = ("qrs_t_angle", "qrs_t_angle_spatial", "qt_dispersion")

SMOOTHING = 0.02  # s
WINDOW = (-0.16, 0.08)  # s around the end of T in all leads; that of one lead lies there
STEEPEST = (-0.12, 0.03)  # s around the end of T; the steepest slope lies there
LEAST_T = 0.05  # mV; the end of a lower T wave is uncertain
FEWEST = 6  # leads with a T wave that a dispersion needs


def measure_repolarisation(waves, leads, axes, t_ends):
    """Return the values in the order of `REPOLARISATION`, (3, n_records); NaN if a lead is absent.

    Parameters
    ----------
    waves : Waves
    leads : sequence of str
    axes : ndarray of shape (3, n_records)
        As from `measure_axes`.
    t_ends : ndarray of shape (n_records, n_leads)
        As from `lead_t_ends`.
    """
    apart = np.abs(axes[1] - axes[2])
    values = [np.minimum(apart, 360 - apart), np.full(len(t_ends), np.nan), np.full(len(t_ends), np.nan)]
    vectors = [waves.areas(*ends)[:, :, None] for ends in (("qrs_onset", "qrs_end"), ("qrs_end", "t_end"))]
    try:
        qrs, t = (to_vectorcardiogram(vector, leads)[:, :, 0] for vector in vectors)
    except ValueError:  # a lead is absent
        pass
    else:
        sizes = np.linalg.norm(qrs, axis=1) * np.linalg.norm(t, axis=1)
        cosine = (qrs * t).sum(axis=1) / np.where(sizes > 0, sizes, np.nan)
        values[1] = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    seen = np.isfinite(t_ends)
    enough = seen.sum(axis=1) >= FEWEST
    spread = np.where(seen, t_ends, -np.inf).max(axis=1) - np.where(seen, t_ends, np.inf).min(axis=1)
    values[2] = np.where(enough, spread, np.nan)
    return np.stack(values)


def lead_t_ends(waves):
    """Return the end of T of each lead in s after that of all leads, (n_records, n_leads); NaN without a clear T.

    The end is where the tangent at the steepest slope of the end of T meets the level before QRS.
    """
    fs, around = waves.fs, np.arange(*(round(time * waves.fs) for time in WINDOW))
    end = waves.at["t_end"]
    at = np.clip(np.round(np.nan_to_num(end)).astype(int)[:, None] + around, 0, waves.beats.shape[2] - 1)
    course = np.take_along_axis(waves.beats, at[:, None, :], axis=2)
    course = uniform_filter1d(np.nan_to_num(course), 2 * round(SMOOTHING / 2 * fs) + 1, axis=2, mode="nearest")
    slope = np.gradient(course, axis=2)
    inside = (around >= STEEPEST[0] * fs) & (around < STEEPEST[1] * fs)
    steepest = (np.abs(slope) * inside).argmax(axis=2)[:, :, None]
    value, rate = (np.take_along_axis(each, steepest, axis=2)[:, :, 0] for each in (course, slope))
    ends = around[steepest[:, :, 0]] - value / np.where(rate == 0, np.nan, rate)
    clear = (np.abs(course).max(axis=2) >= LEAST_T) & (value * rate < 0) & (np.abs(ends) < WINDOW[1] * fs)
    return np.where(clear & np.isfinite(end)[:, None], ends / fs, np.nan)

"""Drop extra peaks, which are as high as beats but shorten the rhythm.

Peaks of a burst of noise do not stand out from their surroundings; P and T waves lie near a beat.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from ._choose import FAR, _local_median
from ._qrs import SMOOTHING

NEAR, REACH = 0.1, 0.28  # s from a peak, and from its neighbours: where its surroundings start and end
EXTRA = 1.15  # of the local median interval: two intervals together that hold an extra peak
LOUD = 0.25  # of the height of a peak: median of the envelope around it
WAVE = 0.25  # s; an extra peak so near to a higher one is its P or T wave


def without_extra(
    band: np.ndarray, weights: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return record and sample of the peaks without those that noise, P or T adds to the rhythm.

    Parameters
    ----------
    band : ndarray of shape (n_records, n_leads, n_low)
        The output of `qrs_band`.
    weights : ndarray of shape (n_records, n_leads)
        Weights of the leads.
    rate : float
        Samples per second.
    rows, columns : ndarray of shape (n_peaks,), int
        Record and sample of each peak, in order of the records.
    """
    for _ in range(2):  # a second extra peak may follow the first
        doubt = _doubt(band, weights, rate, rows, columns)
        most = (doubt > 1) & (doubt >= np.append(doubt[1:], 0)) & (doubt > np.append(0, doubt[:-1]))
        if not most.any():
            break
        rows, columns = rows[~most], columns[~most]
    return rows, columns


def _doubt(band: np.ndarray, weights: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return how doubtful each peak is: more than 1 if it is extra and either loud around or lower than a near peak."""
    doubt = np.zeros(len(rows))
    if len(rows) < 3:
        return doubt
    gap = np.diff(columns / rate + rows * FAR)
    usual = np.nan_to_num(_local_median(gap, gap))
    extra = 1 + np.flatnonzero(gap[1:] + gap[:-1] < EXTRA * np.minimum(usual[1:], usual[:-1]))
    at, envelope = _envelopes(band, weights, rate, rows[extra], columns[extra])
    around, half, near = at - columns[extra][:, None], round(SMOOTHING / 2 * rate), round(NEAR * rate)
    height = np.where(np.abs(around) <= half, envelope, 0).max(axis=1)
    free = (np.abs(around) >= near) & (np.abs(around) <= round(REACH * rate))
    free &= (at > columns[extra - 1][:, None] + near) & (at < columns[extra + 1][:, None] - near)
    some = free.any(axis=1)
    doubt[extra[some]] = np.nanmedian(np.where(free, envelope, np.nan)[some], axis=1) / height[some] / LOUD
    nearer = np.where(gap[extra - 1] < gap[extra], extra - 1, extra + 1)
    neighbour = _envelopes(band, weights, rate, rows[nearer], columns[nearer], SMOOTHING / 2)[1].max(axis=1)
    wave = (np.minimum(gap[extra - 1], gap[extra]) < WAVE) & (height < neighbour)
    doubt[extra[wave]] = 2
    return doubt


def _envelopes(
    band: np.ndarray, weights: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray, reach: float = REACH
) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples around each peak and the envelope there, (n_peaks, n_around) each."""
    half = round(SMOOTHING / 2 * rate)
    reach = round(reach * rate) + half
    at = columns[:, None] + np.arange(-reach, reach + 1)
    parts = band[rows[:, None], :, np.clip(at, 0, band.shape[2] - 1)]  # (n_peaks, n_around, n_leads)
    power = np.einsum("ktl,kl->kt", parts**2, weights[rows])
    return at, np.sqrt(np.maximum(uniform_filter1d(power, 2 * half + 1, axis=1), 0))

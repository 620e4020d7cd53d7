"""Drop extra peaks of bursts of noise, which are as high as beats but do not stand out from their surroundings."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from ._choose import FAR, _local_median
from ._qrs import SMOOTHING

NEAR, REACH = 0.1, 0.28  # s from a peak, and from its neighbours: where its surroundings start and end
EXTRA = 1.15  # of the local median interval: two intervals together that hold an extra peak
LOUD = 0.25  # of the height of a peak: median of the envelope around it


def without_bursts(
    band: np.ndarray, weights: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return record and sample of the peaks without those that noise adds to the rhythm.

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
        loud = _loudness(band, weights, rate, rows, columns)
        most = (loud > LOUD) & (loud >= np.append(loud[1:], 0)) & (loud > np.append(0, loud[:-1]))
        if not most.any():
            break
        rows, columns = rows[~most], columns[~most]
    return rows, columns


def _loudness(band: np.ndarray, weights: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the envelope around each extra peak in heights of the peak, 0 at other peaks."""
    loud = np.zeros(len(rows))
    if len(rows) < 3:
        return loud
    gap = np.diff(columns / rate + rows * FAR)
    usual = np.nan_to_num(_local_median(gap, gap))
    extra = 1 + np.flatnonzero(gap[1:] + gap[:-1] < EXTRA * np.minimum(usual[1:], usual[:-1]))
    near, reach, half = round(NEAR * rate), round(REACH * rate), round(SMOOTHING / 2 * rate)
    around = np.arange(-reach - half, reach + half + 1)
    at = columns[extra][:, None] + around
    parts = band[rows[extra], :, :][np.arange(len(extra))[:, None], :, np.clip(at, 0, band.shape[2] - 1)]
    power = np.einsum("ktl,kl->kt", parts**2, weights[rows[extra]])
    envelope = np.sqrt(np.maximum(uniform_filter1d(power, 2 * half + 1, axis=1), 0))
    height = envelope[:, np.abs(around) <= half].max(axis=1)
    apart = (np.abs(around) >= near) & (np.abs(around) <= reach)
    free = apart & (at > columns[extra - 1][:, None] + near) & (at < columns[extra + 1][:, None] - near)
    some = free.any(axis=1)
    middle = np.nanmedian(np.where(free, envelope, np.nan)[some], axis=1)
    loud[extra[some]] = middle / height[some]
    return loud

"""Detect QRS complexes in spite of steps of an electrode, bursts of noise, and one disturbed lead.

The thresholds of these three were chosen on eleven records of the first half (DS1) of the MIT-BIH Arrhythmia Database.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from ._clearest import MOST_LEADS, clearest_lead, let_decide
from ._extra import without_extra
from ._qrs import SMOOTHING, find_beats, qrs_band
from ._steps import without_steps

Beats = tuple[np.ndarray, np.ndarray]


def find_true_beats(
    low: np.ndarray, rate: float, reject_noise: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find the beats of all records, without the artefacts among them.

    Parameters
    ----------
    low : ndarray of shape (n_records, n_leads, n_low), float32
        The output of `to_working_rate`.
    rate : float
        Its rate in Hz.
    reject_noise : bool
        Whether records whose beats have no common shape have no beats.

    Returns
    -------
    rows, columns : ndarray of shape (n_beats,), int
        Record and sample of each beat, in order.
    weights : ndarray of shape (n_records, n_leads)
        Weight of each lead.
    low : ndarray of shape (n_records, n_leads, n_low)
        The signals without steps.
    band : ndarray of shape (n_records, n_leads, n_low)
        These signals in the band of QRS.
    """
    band = qrs_band(low, rate)
    rows, columns, weights = find_beats(low, band, rate, reject_noise)
    part, flat = without_steps(low, rate, rows, columns)
    if len(part):
        low = low.copy()  # it may be the caller's array
        low[part], band[part] = flat, qrs_band(flat, rate)
        found, at, weights[part] = find_beats(flat, band[part], rate, reject_noise)
        others = ~np.isin(rows, part)
        rows, columns = np.append(rows[others], part[found]), np.append(columns[others], at)
        order = np.lexsort((columns, rows))
        rows, columns = rows[order], columns[order]
    rows, columns = without_extra(band, weights, rate, rows, columns)
    if 1 < low.shape[1] <= MOST_LEADS:
        rows, columns = _with_clearest(low, band, rate, (rows, columns), reject_noise)
    return rows, columns, weights, low, band


def _with_clearest(low: np.ndarray, band: np.ndarray, rate: float, together: Beats, reject_noise: bool) -> Beats:
    """Take the beats of the clearest lead where this lead is undisturbed."""
    envelopes = np.sqrt(np.maximum(uniform_filter1d(band * band, max(1, round(SMOOTHING * rate)), mode="nearest"), 0))
    lead = clearest_lead(envelopes, *together)[:, None, None]
    low, band, envelopes = (np.take_along_axis(each, lead, axis=1) for each in (low, band, envelopes))
    rows, columns, weights = find_beats(low, band, rate, reject_noise)
    own = without_extra(band, weights, rate, rows, columns)
    return let_decide(envelopes[:, 0], rate, together, own)

"""Remove steps of an electrode, which look like QRS complexes to a filter but do not return."""

from __future__ import annotations

import numpy as np

APART = (0.12, 0.24, 0.30)  # s from a peak: where its surroundings start, and where they end before and after it
STRIDE = 0.02  # s between the samples that are compared
STAYS = 0.75  # of the range of the peak: least difference of all that lies before from all that lies after
HIGH = 1.2  # of the median range of the peaks of the lead: lowest step
FEW = (-0.24, -0.18, -0.12, -0.04, 0, 0.04, 0.12, 0.2, 0.28)  # s from a peak: samples that tell most peaks from steps
MOST = (2, 0.05)  # steps in a lead, and share of its peaks; if both are exceeded, they are beats of another shape
HALF = 0.05  # s on each side of the middle of a step that lose their slope


def without_steps(low: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take steps out of the records in which some peaks are steps.

    Parameters
    ----------
    low : ndarray of shape (n_records, n_leads, n_low)
    rate : float
        Samples per second.
    rows, columns : ndarray of shape (n_peaks,), int
        Record and sample of each peak, in order of the records.

    Returns
    -------
    part : ndarray of shape (n_part,), int
        Records with a step.
    flat : ndarray of shape (n_part, n_leads, n_low)
        These records without their steps.
    """
    peaks, leads = np.nonzero(_find_steps(low, rate, rows, columns))
    part, place = np.unique(rows[peaks], return_inverse=True)
    slope = np.diff(low[part], axis=-1)
    half = round(HALF * rate)
    at = np.clip(columns[peaks][:, None] + np.arange(-half, half), 0, max(0, slope.shape[-1] - 1))
    if len(part):
        slope[place[:, None], leads[:, None], at] = 0
    return part, np.concatenate([low[part, :, :1], low[part, :, :1] + np.cumsum(slope, axis=-1)], axis=-1)


def _find_steps(low: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return which peaks are steps in which leads, (n_peaks, n_leads)."""
    found = np.zeros((len(rows), low.shape[1]), bool)
    stride = max(1, round(STRIDE * rate))
    around = np.arange(-round(APART[1] * rate), round(APART[2] * rate) + 1, stride)
    few = around[np.searchsorted(around, np.array(FEW) * rate - stride / 2)]
    step, size = _compare(low, rate, rows, columns, few)  # at least the step, and at most the range, of all samples
    likely = np.isin(rows, rows[_is_step(step, size, rows).any(axis=1)])
    if likely.any():
        step, size = _compare(low, rate, rows[likely], columns[likely], around)
        found[likely] = _is_step(step, size, rows[likely])
        found &= ~_too_many(found, rows)
    return found


def _is_step(step: np.ndarray, size: np.ndarray, rows: np.ndarray) -> np.ndarray:
    found = step > STAYS * size
    for row in np.unique(rows[found.any(axis=1)]):
        peaks = slice(*np.searchsorted(rows, (row, row + 1)))
        found[peaks] &= step[peaks] > HIGH * np.median(size[peaks], axis=0)
    return found


def _too_many(found: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return which peaks are in a lead with so many steps that they are beats."""
    n_rows = rows[-1] + 1
    n_found = np.stack([np.bincount(rows, lead, minlength=n_rows) for lead in found.T], axis=1)
    n_peaks = np.bincount(rows, minlength=n_rows)[:, None]
    return (n_found > np.maximum(MOST[0], MOST[1] * n_peaks))[rows]


def _compare(
    low: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray, around: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the height of a step, and the range of the peak, at each peak in each lead, (n_peaks, n_leads)."""
    at = np.clip(columns[:, None] + around, 0, low.shape[2] - 1)
    parts = low[rows[:, None], :, at]  # (n_peaks, n_around, n_leads)
    left, right = around <= -APART[0] * rate, around >= APART[0] * rate
    earlier, later, middle = parts[:, left], parts[:, right], parts[:, ~left & ~right]
    step = np.maximum(later.min(axis=1) - earlier.max(axis=1), earlier.min(axis=1) - later.max(axis=1))
    return step, np.ptp(middle, axis=1)

"""Search along the last axis, each row within its own limits; a result of -1 means that nothing was found.

`course` has the shape (n_rows, n_times); `start` and `stop` have (n_rows,), `stop` excluded.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d


def within(course: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return which samples lie within the limits."""
    times = np.arange(course.shape[-1])
    return (times >= start[:, None]) & (times < stop[:, None])


def first(found: np.ndarray) -> np.ndarray:
    """Return the first sample of each row that is True."""
    return np.where(found.any(axis=1), found.argmax(axis=1), -1)


def last(found: np.ndarray) -> np.ndarray:
    """Return the last sample of each row that is True."""
    return np.where(found.any(axis=1), found.shape[1] - 1 - found[:, ::-1].argmax(axis=1), -1)


def highest(course: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the sample at which each row is highest."""
    inside = within(course, start, stop)
    return np.where(inside.any(axis=1), np.where(inside, course, -np.inf).argmax(axis=1), -1)


def highest_peak(course: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the sample of the highest local maximum of each row."""
    peak = np.zeros(course.shape, bool)
    peak[:, 1:-1] = (course[:, 1:-1] >= course[:, :-2]) & (course[:, 1:-1] > course[:, 2:])
    peak &= within(course, start, stop)
    return np.where(peak.any(axis=1), np.where(peak, course, -np.inf).argmax(axis=1), -1)


def value_at(course: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return the value of each row at one sample."""
    return np.take_along_axis(course, np.clip(where, 0, course.shape[-1] - 1)[:, None], axis=1)[:, 0]


def mean_within(signals: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the mean within the limits, (n_rows, n_leads, n_times) to (n_rows, n_leads)."""
    inside = within(signals[:, 0], start, stop).astype(signals.dtype)
    count = np.maximum(inside.sum(axis=1), 1)
    return np.einsum("rlt,rt->rl", signals, inside) / count[:, None]


def tangent_foot(course: np.ndarray, where: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return the time at which the tangent at `where` meets `level`, in fractional samples."""
    slope = value_at(np.gradient(course, axis=1), where)
    return where - (value_at(course, where) - level) / np.where(slope == 0, np.nan, slope)


def along_peak(beats: np.ndarray, peak: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project the leads onto their values at the peak; return the projection and its height at the peak."""
    direction = beats[np.arange(len(beats)), :, peak]
    height = np.linalg.norm(direction, axis=1)
    course = np.einsum("rlt,rl->rt", beats, direction / np.where(height > 0, height, 1)[:, None])
    return course, height


def smooth(beats: np.ndarray, duration: float, fs: float) -> np.ndarray:
    """Average over a duration in s."""
    return uniform_filter1d(beats, 2 * round(duration / 2 * fs) + 1, axis=-1, mode="nearest")

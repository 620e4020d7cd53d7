"""Compute statistics of signals that are read in parts, for data sets larger than the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

import numpy as np

__all__ = ["dataset_location_and_scale", "streamed_quantiles"]

Parts = Callable[[], Iterable[np.ndarray]]


def dataset_location_and_scale(parts: Parts, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Compute location and scale over many signals that are read in parts.

    Parameters
    ----------
    parts : callable
        Each call returns an iterable of the same float32 arrays `(n_groups, n_values)`. There is
        one statistic per group; a group is one lead, or all leads together.
    method : {"zscore", "minmax", "robust"}
        Mean and standard deviation, minimum and range, or median and interquartile range.

    Returns
    -------
    location, scale : ndarray of shape (n_groups,), float64
        The same as if all parts were one array.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import dataset_location_and_scale
    >>> parts = lambda: (np.array([values], np.float32) for values in ([1, 2, 3], [4, 9]))
    >>> dataset_location_and_scale(parts, "robust")
    (array([3.]), array([2.]))
    """
    if method == "minmax":
        extremes = [(part.min(axis=1), part.max(axis=1)) for part in parts()]
        low = np.min([low for low, _ in extremes], axis=0).astype(np.float64)
        return low, np.max([high for _, high in extremes], axis=0) - low
    if method == "robust":
        first, median, third = streamed_quantiles(parts, (0.25, 0.5, 0.75))
        return median, third - first
    return _mean_and_std(parts)


def _mean_and_std(parts: Parts) -> tuple[np.ndarray, np.ndarray]:
    """Merge means and sums of squares part by part (Chan, Golub & LeVeque 1983)."""
    n, mean, squares = 0, np.zeros(()), np.zeros(())
    for part in parts():
        n_part = part.shape[1]
        mean_part = part.mean(axis=1, dtype=np.float64)
        squares_part = np.square(part - mean_part[:, None]).sum(axis=1)
        shift = mean_part - mean
        mean = mean + shift * n_part / (n + n_part)
        squares = squares + squares_part + shift**2 * n * n_part / (n + n_part)
        n += n_part
    return mean, np.sqrt(squares / n)


def streamed_quantiles(parts: Parts, q: Iterable[float]) -> np.ndarray:
    """Compute exact quantiles in two passes, without storing the values.

    The bits of float32 values have the order of the values, after the bits of negative values
    are inverted. The first pass counts the upper 16 bits of all values, which gives the upper
    half of each order statistic. The second pass counts the lower 16 bits of the values with
    this upper half.

    Parameters
    ----------
    parts : callable
        As in `dataset_location_and_scale`.
    q : iterable of float
        Probabilities between 0 and 1.

    Returns
    -------
    quantiles : ndarray of shape (n_quantiles, n_groups), float64
        Interpolated linearly between order statistics, as in `numpy.quantile`.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import streamed_quantiles
    >>> parts = lambda: (np.array([values], np.float32) for values in ([1, -2], [4, 8]))
    >>> streamed_quantiles(parts, [0.5, 1.0])
    array([[2.5],
           [8. ]])
    """
    upper = reduce(np.add, (_count(_keys(part) >> 16) for part in parts()))  # (n_groups, 65536)
    n = upper[0].sum()
    positions = np.asarray(list(q)) * (n - 1)
    below = positions.astype(np.int64)
    ranks = np.union1d(below, np.minimum(below + 1, n - 1))
    values = _order_statistics(parts, upper, ranks)
    low, high = values[np.searchsorted(ranks, below)], values[np.searchsorted(ranks, np.minimum(below + 1, n - 1))]
    return low + (high - low) * (positions - below)[:, None]


def _order_statistics(parts: Parts, upper: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return the values with these ranks, `(n_ranks, n_groups)`, from the counts of the upper halves."""
    totals = upper.cumsum(axis=1)
    halves = np.array([np.searchsorted(total, ranks, side="right") for total in totals])  # (n_groups, n_ranks)
    lower = np.zeros((*halves.shape, 2**16), np.int64)
    for part in parts():
        keys = _keys(part)
        for group, half in enumerate(halves):
            for rank in range(len(ranks)):
                if rank and half[rank] == half[rank - 1]:
                    lower[group, rank] = lower[group, rank - 1]
                    continue
                inside = keys[group][keys[group] >> 16 == half[rank]]
                lower[group, rank] += np.bincount(inside & 0xFFFF, minlength=2**16)
    before = np.take_along_axis(totals - upper, halves, axis=1)
    rest = (lower.cumsum(axis=2) <= (ranks - before)[..., None]).sum(axis=2)
    return _values((halves << 16 | rest).astype(np.uint32)).T


def _keys(values: np.ndarray) -> np.ndarray:
    """Map float32 values to unsigned integers with the same order."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(2**31))


def _values(keys: np.ndarray) -> np.ndarray:
    bits = np.where(keys >> 31, keys & np.uint32(2**31 - 1), ~keys)
    return bits.view(np.float32).astype(np.float64)


def _count(halves: np.ndarray) -> np.ndarray:
    return np.array([np.bincount(half, minlength=2**16) for half in halves])

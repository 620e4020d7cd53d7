"""Normalise signals by their own statistics or by given ones."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .windowing import missing_leads, unpadded_lengths

__all__ = ["METHODS", "location_and_scale", "normalize", "rescale"]

METHODS = ("zscore", "minmax", "robust", "log", "l2", "none")
CONSTANT = 1e-8  # mV; eps in Marques & Oliveira (2025)
ROUNDING = 1e-6  # of the location; rounding errors of a constant signal in float32


def normalize(signal: np.ndarray, method: str = "zscore", *, per: Literal["lead", "record"] = "lead") -> np.ndarray:
    """Normalise each lead or each record by its own statistics.

    Parameters
    ----------
    signal : ndarray of shape (..., n_leads, n_times)
        Signals in mV. The statistics ignore zero padding at the end (see
        `unpadded_lengths`), and the padding stays zero. So it is with the leads that are missing
        in a record (see `missing_leads`).
    method : {"zscore", "minmax", "robust", "log", "l2", "none"}, default="zscore"
        `(x - mean) / std`; `(x - min) / (max - min)`; `(x - median) / (q75 - q25)`;
        `log(1 + |x|)`, which loses the sign; `x / sqrt(sum(x**2))`; or nothing.
    per : {"lead", "record"}, default="lead"
        Whether to compute the statistics of each lead, or of all leads of a record together.

    Returns
    -------
    normalized : ndarray of shape (..., n_leads, n_times)
        A new array of the same floating type; for "none", `signal` itself. With "zscore",
        "minmax" and "robust", a constant lead or record becomes zero.

    Raises
    ------
    ValueError
        If `method` or `per` has another value.

    References
    ----------
    J. Marques and A. Oliveira, "Are ECGs enough? Deep learning classification of pulmonary
    embolism using electrocardiograms", arXiv:2503.08960, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import normalize
    >>> signal = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    >>> normalize(signal, "minmax").round(2)
    array([[0. , 0.5, 1. ],
           [0. , 0. , 0. ]])
    """
    if method not in METHODS or per not in ("lead", "record"):
        raise ValueError(
            f"method must be one of {', '.join(METHODS)} and per lead or record; got {method!r} and {per!r}."
        )
    if method == "none":
        return signal
    if not np.issubdtype(signal.dtype, np.floating):
        signal = signal.astype(np.float64)
    if method == "log":
        out = np.abs(signal)
        return np.log1p(out, out=out)
    lengths = unpadded_lengths(signal)
    if (lengths == signal.shape[-1]).all():
        return _normalize(signal, method, per)
    out = np.zeros_like(signal)
    for length in np.unique(lengths):
        rows = lengths == length
        out[rows, ..., :length] = _normalize(signal[rows][..., :length], method, per)
    return out


def _normalize(signal: np.ndarray, method: str, per: str) -> np.ndarray:
    if per == "lead":
        return rescale(signal, *location_and_scale(signal, method))
    missing = missing_leads(signal)
    if not missing.any():
        flat = signal.reshape(*signal.shape[:-2], -1)
        return rescale(flat, *location_and_scale(flat, method)).reshape(signal.shape)
    out = np.zeros_like(signal)
    for pattern in np.unique(missing.reshape(-1, missing.shape[-1]), axis=0):
        rows = (missing == pattern).all(axis=-1)
        leads = _normalize(signal[rows][:, ~pattern], method, per)
        out[rows[..., None] & ~pattern] = leads.reshape(-1, signal.shape[-1])
    return out


def location_and_scale(signal: np.ndarray, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Compute the location to subtract and the scale to divide by.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals in mV.
    method : {"zscore", "minmax", "robust", "l2"}
        As in `normalize`.

    Returns
    -------
    location, scale : ndarray of shape (..., 1)
        Mean and standard deviation, minimum and range, median and interquartile range
        (linear between order statistics, as `numpy.percentile`), or zero and the norm.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import location_and_scale
    >>> location_and_scale(np.array([1.0, 2.0, 3.0, 4.0, 9.0]), "robust")
    (array([3.]), array([2.]))
    """
    n_times = signal.shape[-1]
    if method == "minmax":
        low = signal.min(axis=-1, keepdims=True)
        return low, signal.max(axis=-1, keepdims=True) - low
    if method == "robust":
        ordered = np.sort(signal, axis=-1)
        first, median, third = (_quantile(ordered, q) for q in (0.25, 0.5, 0.75))
        return median, third - first
    if method == "l2":
        norm = np.sqrt(np.einsum("...t,...t->...", signal, signal))[..., None]
        return np.zeros_like(norm), norm
    mean = signal.mean(axis=-1, keepdims=True)
    centred = signal - mean
    return mean, np.sqrt(np.einsum("...t,...t->...", centred, centred)[..., None] / n_times)


def rescale(signal: np.ndarray, location: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Compute `(signal - location) / scale`; return zeros where the scale is close to zero.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals in mV.
    location, scale : ndarray, to be broadcast against `signal`
        The result is zero where the scale is at most 1e-8, or at most 1e-6 of the location
        (the rounding errors of a constant signal in float32).

    Returns
    -------
    rescaled : ndarray of shape (..., n_times)

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import rescale
    >>> rescale(np.array([[1.0, 2.0], [3.0, 4.0]]), 1.0, np.array([[2.0], [0.0]]))
    array([[0. , 0.5],
           [0. , 0. ]])
    """
    constant = scale <= np.maximum(CONSTANT, ROUNDING * np.abs(location))
    factor = np.where(constant, 0, 1 / np.where(constant, 1, scale)).astype(signal.dtype)
    out = signal - np.asarray(location, signal.dtype)
    out *= factor
    return out


def _quantile(ordered: np.ndarray, q: float) -> np.ndarray:
    """Interpolate linearly between the order statistics of sorted signals."""
    position = q * (ordered.shape[-1] - 1)
    below = int(position)
    above = min(below + 1, ordered.shape[-1] - 1)
    low, high = ordered[..., below, None], ordered[..., above, None]
    return low + (high - low) * ordered.dtype.type(position - below)

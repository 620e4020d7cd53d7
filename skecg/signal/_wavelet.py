"""The discrete wavelet transform with db4 of many signals, as products of frames with small matrices."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ._frames import multiply_frames

# I. Daubechies, "Ten Lectures on Wavelets", SIAM 1992, table 6.1, N = 4; in the order of `pywt.Wavelet("db4").rec_lo`
LOWPASS = np.array(
    [
        0.23037781330885523,
        0.7148465705525415,
        0.6308807679295904,
        -0.02798376941698385,
        -0.18703481171888114,
        0.030841381835986965,
        0.032883011666982945,
        -0.010597401784997278,
    ]
)
STEP = 16  # samples from frame to frame in the analysis; wider frames waste more, narrower ones are slower
COEFFICIENTS = 8  # the same in the synthesis
SHORT = 64  # samples; up to this length one matrix is faster than frames
LEVELS = 6  # levels that one matrix of the synthesis reconstructs


def analyze(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Decompose signals by one level.

    Parameters
    ----------
    signal : ndarray of shape (n_signals, n_times), float32 or float64
        Signals of at least one sample, continued symmetrically as by `pywt.dwt`.

    Returns
    -------
    approximation, detail : ndarray of shape (n_signals, (n_times + 7) // 2)
    """
    if signal.shape[1] <= SHORT:
        lowpass, highpass = _short_matrices(signal.shape[1], signal.dtype)
        return signal @ lowpass, signal @ highpass
    return _analyze_frames(signal)


def _analyze_frames(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n_signals, n_times = signal.shape
    n_out = (n_times + 7) // 2
    n_pairs = -(-n_out // STEP) + 1
    before, after = _mirror(n_times)
    buffer = np.empty((n_signals, n_pairs * 2 * STEP), signal.dtype)
    buffer[:, :6] = signal[:, before]
    buffer[:, 6 : 6 + n_times] = signal
    buffer[:, 6 + n_times : 13 + n_times] = signal[:, after]
    buffer[:, 13 + n_times :] = 0
    lowpass, highpass = _analysis_matrices(signal.dtype)  # one product with both would need a copy to separate them
    approximation = multiply_frames(buffer, lowpass).reshape(n_signals, -1)[:, :n_out]
    return approximation, multiply_frames(buffer, highpass).reshape(n_signals, -1)[:, :n_out]


def synthesize(approximation: np.ndarray, level: int) -> np.ndarray:
    """Reconstruct signals from their approximation, with all details zero.

    Parameters
    ----------
    approximation : ndarray of shape (n_signals, n_coefficients), float32 or float64
        The approximation after `level` calls of `analyze`.
    level : int
        Number of levels to reconstruct.

    Returns
    -------
    signal : ndarray of shape (n_signals, n_times)
        At least as long as the analysed signals; the caller cuts the rest.
    """
    while level:
        levels = min(level, LEVELS)
        n_signals, n_coefficients = approximation.shape
        n_pairs = -(-n_coefficients // (2 * COEFFICIENTS)) + 1
        buffer = np.zeros((n_signals, n_pairs * 2 * COEFFICIENTS), approximation.dtype)
        buffer[:, :n_coefficients] = approximation
        frames = multiply_frames(buffer, _synthesis_matrix(levels, approximation.dtype))
        n_out = 2**levels * n_coefficients - 6 * (2**levels - 1)
        approximation = frames.reshape(n_signals, -1)[:, :n_out]
        level -= levels
    return approximation


@lru_cache(maxsize=64)
def _mirror(n_times: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples that extend a signal before its start and after its end."""
    mirror = np.pad(np.arange(n_times), (6, 7), "symmetric")
    return mirror[:6], mirror[-7:]


@lru_cache(maxsize=2 * SHORT)
def _short_matrices(n_times: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the samples of a short signal in approximations and details, with the reflections."""
    return _analyze_frames(np.eye(n_times, dtype=dtype))


@lru_cache(maxsize=2)
def _analysis_matrices(dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the samples of a frame in `STEP // 2` approximations and in as many details."""
    k = np.arange(STEP // 2)
    lowpass, highpass = np.zeros((2, 2 * STEP, STEP // 2), dtype)
    for j in range(8):
        lowpass[2 * k + j, k] = LOWPASS[j]
        highpass[2 * k + j, k] = (-1) ** j * LOWPASS[7 - j]
    return lowpass, highpass


@lru_cache(maxsize=2 * LEVELS)
def _synthesis_matrix(levels: int, dtype: np.dtype) -> np.ndarray:
    """Return the weights of the approximations of a frame in `COEFFICIENTS * 2**levels` samples."""
    taps = np.ones(1)
    for _ in range(levels):
        spread = np.zeros(2 * len(taps) - 1)
        spread[::2] = taps
        taps = np.convolve(spread, LOWPASS)
    n_out, n_in = COEFFICIENTS * 2**levels, 2 * COEFFICIENTS
    tap = np.arange(n_out) + 6 * (2**levels - 1) - 2**levels * np.arange(n_in)[:, None]
    inside = (tap >= 0) & (tap < len(taps))
    return np.where(inside, taps[np.clip(tap, 0, len(taps) - 1)], 0).astype(dtype)

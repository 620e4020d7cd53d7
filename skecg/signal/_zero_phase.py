"""`scipy.signal.sosfiltfilt` by way of the Fourier transform: the same values, many signals at once.

Filtering there and back multiplies the spectrum by |H|^2. The ends are made those of
`sosfiltfilt` in three steps, all exact.

1. `sosfiltfilt` starts each pass in the steady state of a constant signal. So its odd extension of
   the signal is split into its first value c, which contributes H(0)^2 c, and a rest that starts from 0.
2. The transform is periodic: what rings beyond one end comes in again at the other. The ringing is
   fixed by the state in which the filter leaves the signal, a few numbers, and is subtracted.
3. The second pass of `sosfiltfilt` knows the first one only up to its last sample, and holds that;
   the transform goes on with the ringing of the first pass. The same state tells the difference.

Steps 2 and 3 are matrix products over the samples that the filter remembers, as thin as its order.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft
from scipy.signal import sosfilt, sosfiltfilt

MEMORY = 1e-6  # an impulse is forgotten when the slowest pole has brought it down to this


def filter_zero_phase(signal: np.ndarray, sos: np.ndarray) -> np.ndarray:
    """Filter there and back.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times), float32 or float64
        Any signals of at least one sample.
    sos : ndarray of shape (n_sections, 6)
        A stable filter.

    Returns
    -------
    filtered : ndarray of shape (..., n_times)
        What `sosfiltfilt` gives with its own padding, or with what the signal has room for.
    """
    n_times = signal.shape[-1]
    padding = min(_default_padding(sos), n_times - 1)
    memory = _memory(sos.tobytes())
    if memory > 3 * n_times:  # the transform would be mostly zeros
        return sosfiltfilt(sos, signal, axis=-1, padlen=padding).astype(signal.dtype, copy=False)
    n_extended = n_times + 2 * padding
    n_fft = fft.next_fast_len(max(n_extended, (n_extended + memory + 1) // 2), real=True)
    extended, first = _extend(signal.reshape(-1, n_times), padding, n_fft)
    key = sos.tobytes()
    after, before_and_after, at_start, at_end = _ring(
        extended[:, :n_extended], *_ends(key, signal.dtype, memory), n_fft - n_extended
    )

    spectrum = fft.rfft(extended, axis=-1)
    spectrum *= _power(key, signal.dtype, n_fft)
    filtered = fft.irfft(spectrum, n=n_fft, axis=-1, overwrite_x=True)[:, :n_extended]
    n = at_start.shape[1]
    filtered[:, :n] -= after @ at_start
    filtered[:, -n:] -= before_and_after @ at_end
    filtered = filtered[:, padding : padding + n_times]
    gain = _constant_gain(sos) ** 2
    if gain:
        filtered += (gain * first).astype(signal.dtype)
    return filtered.reshape(signal.shape)


def _extend(signal: np.ndarray, padding: int, n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Continue signals oddly at both ends, subtract their first value, append zeros up to `n_fft`."""
    n_times = signal.shape[1]
    end = padding + n_times
    buffer = np.empty((len(signal), n_fft), signal.dtype)
    first = 2 * signal[:, :1] - signal[:, padding, None]
    np.subtract(signal, first, out=buffer[:, padding:end])
    inside = buffer[:, padding:end]
    buffer[:, :padding] = 2 * inside[:, :1] - inside[:, padding:0:-1]
    buffer[:, end : end + padding] = 2 * inside[:, -1:] - inside[:, -2 : -2 - padding : -1]
    buffer[:, end + padding :] = 0
    return buffer, first


def _ring(
    extended: np.ndarray, weights: np.ndarray, beyond: np.ndarray, unknown: np.ndarray, n_zeros: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the states in which the filter leaves the signal, and what they add to its first and last outputs.

    "Before" is the state at the start, where the filter arrives on its way back; "after" that at the end.
    """
    n = min(extended.shape[1], len(weights))
    before = extended[:, :n] @ weights[-n:][::-1]
    after = extended[:, -n:] @ weights[-n:]
    entering = np.zeros((len(beyond), n), beyond.dtype)  # from beyond the other end, `n_zeros` away
    n_entering = max(0, min(n, beyond.shape[1] - n_zeros))
    entering[:, :n_entering] = beyond[:, n_zeros : n_zeros + n_entering]
    at_end = np.vstack([entering[:, ::-1], unknown[:, -n:]])
    return after, np.hstack([before, after]), entering, at_end


@lru_cache(maxsize=64)
def _power(sos: bytes, dtype: np.dtype, n_fft: int) -> np.ndarray:
    """Return |H|^2 at the frequencies of `rfft`."""
    sections = np.frombuffer(sos).reshape(-1, 6)
    powers = np.exp(-2j * np.pi * np.arange(n_fft // 2 + 1) / n_fft) ** np.arange(3)[:, None]
    response = np.prod((sections[:, :3] @ powers) / (sections[:, 3:] @ powers), axis=0)
    return (np.abs(response) ** 2).astype(dtype)


@lru_cache(maxsize=64)
def _ends(key: bytes, dtype: np.dtype, memory: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the end of a signal leaves in the filter, and what that makes of the output.

    Returns
    -------
    weights : ndarray of shape (memory, n_states)
        What the last inputs weigh in the state: the two values of each section, and the
        last output of the first pass.
    beyond : ndarray of shape (n_states, memory)
        The output of both passes after the end, for each value of the state.
    unknown : ndarray of shape (n_states, memory)
        How the outputs before the end exceed those of `sosfiltfilt`, for each value of the state.
    """
    sos = np.frombuffer(key).reshape(-1, 6).copy()
    x = np.zeros(memory)
    x[0] = 1
    weights, both = [], []
    for section, (_, b1, b2, _, a1, a2) in enumerate(sos):
        y = sosfilt(sos[section : section + 1], x)
        second = b2 * x - a2 * y  # the states of the transposed direct form II
        weights += [b1 * x - a1 * y + np.append(0, second[:-1]), second]
        x = y
        for i in range(2):
            state = np.zeros((len(sos), 2))
            state[section, i] = 1
            ringing, _ = sosfilt(sos, np.zeros(memory), zi=state)
            both.append(sosfilt(sos, np.append(ringing[::-1], np.zeros(memory)))[::-1])
    both.append(np.append((np.cumsum(x) - _constant_gain(sos))[::-1], np.zeros(memory)))
    mixed, mixing = np.linalg.qr(np.array([*weights, x])[:, ::-1].T)  # in float32 the states would cancel each other
    unknown, beyond = np.split(mixing @ np.array(both), 2, axis=1)
    return mixed.astype(dtype), beyond.astype(dtype), unknown.astype(dtype)


def _default_padding(sos: np.ndarray) -> int:
    """Return the `padlen` that `sosfiltfilt` takes by default."""
    return int(3 * (2 * len(sos) + 1 - min((sos[:, 2] == 0).sum(), (sos[:, 5] == 0).sum())))


@lru_cache(maxsize=64)
def _memory(sos: bytes) -> int:
    """Count the samples until the filter has forgotten an impulse."""
    sections = np.frombuffer(sos).reshape(-1, 6)
    radius = max(np.abs(np.roots(section[3:])).max(initial=0) for section in sections)
    if radius >= 1:
        raise ValueError("The filter is not stable: it has a pole on or outside the unit circle.")
    return int(np.ceil(np.log(MEMORY) / np.log(max(radius, 1e-3)))) + 1


def _constant_gain(sos: np.ndarray) -> float:
    return float(np.prod(sos[:, :3].sum(axis=1) / sos[:, 3:].sum(axis=1)))

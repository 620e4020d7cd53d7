"""Compute `scipy.signal.sosfiltfilt` with the Fourier transform: the same values, for many signals at once.

Filtering forwards and backwards multiplies the spectrum by |H|^2. Three exact steps make the ends
equal to those of `sosfiltfilt`.

1. `sosfiltfilt` starts each pass in the steady state of a constant signal. So the oddly extended
   signal is split into its first value c, which contributes H(0)^2 c, and a rest that starts from 0.
2. The transform is periodic: ringing after one end enters the signal again at the other end. The
   state of the filter at the end of the signal, a few numbers, determines the ringing, which is subtracted.
3. The second pass of `sosfiltfilt` gets the output of the first pass only up to its last sample, and
   continues it with that value. The transform continues it with the ringing of the first pass. The
   same state determines the difference.

Steps 2 and 3 are products of thin matrices: the memory of the filter in samples times its order.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft
from scipy.signal import sosfilt, sosfiltfilt

MEMORY = 1e-6  # the memory of a filter ends where the slowest pole has reduced an impulse to this


def filter_zero_phase(signal: np.ndarray, sos: np.ndarray) -> np.ndarray:
    """Filter forwards and backwards.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times), float32 or float64
        Any signals of at least one sample.
    sos : ndarray of shape (n_sections, 6)
        A stable filter.

    Returns
    -------
    filtered : ndarray of shape (..., n_times)
        The output of `sosfiltfilt` with its default padding, or with less for a short signal.
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
    """Extend signals oddly at both ends, subtract their first value, append zeros up to `n_fft`."""
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
    extended: np.ndarray, weights: np.ndarray, beyond: np.ndarray, excess: np.ndarray, n_zeros: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the states of the filter at the ends of the signal, and what they add to the first and last outputs.

    "Before" is the state at the start, where the filter arrives backwards; "after" is the state at the end.
    """
    n = min(extended.shape[1], len(weights))
    before = extended[:, :n] @ weights[-n:][::-1]
    after = extended[:, -n:] @ weights[-n:]
    entering = np.zeros((len(beyond), n), beyond.dtype)  # ringing from after the other end, `n_zeros` away
    n_entering = max(0, min(n, beyond.shape[1] - n_zeros))
    entering[:, :n_entering] = beyond[:, n_zeros : n_zeros + n_entering]
    at_end = np.vstack([entering[:, ::-1], excess[:, -n:]])
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
    """Return the state of the filter after the end of a signal, and the effect of this state on the output.

    Returns
    -------
    weights : ndarray of shape (memory, n_states)
        Weights of the last inputs in the state, which holds two values of each section and the
        last output of the first pass.
    beyond : ndarray of shape (n_states, memory)
        The output of both passes after the end, for each value of the state.
    excess : ndarray of shape (n_states, memory)
        The outputs before the end minus those of `sosfiltfilt`, for each value of the state.
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
    mixed, mixing = np.linalg.qr(np.array([*weights, x])[:, ::-1].T)  # else the states cancel out in float32
    excess, beyond = np.split(mixing @ np.array(both), 2, axis=1)
    return mixed.astype(dtype), beyond.astype(dtype), excess.astype(dtype)


def _default_padding(sos: np.ndarray) -> int:
    """Return the default `padlen` of `sosfiltfilt`."""
    return int(3 * (2 * len(sos) + 1 - min((sos[:, 2] == 0).sum(), (sos[:, 5] == 0).sum())))


@lru_cache(maxsize=64)
def _memory(sos: bytes) -> int:
    """Return the number of samples until an impulse has decayed to `MEMORY`."""
    sections = np.frombuffer(sos).reshape(-1, 6)
    radius = max(np.abs(np.roots(section[3:])).max(initial=0) for section in sections)
    if radius >= 1:
        raise ValueError("The filter is not stable: it has a pole on or outside the unit circle.")
    return int(np.ceil(np.log(MEMORY) / np.log(max(radius, 1e-3)))) + 1


def _constant_gain(sos: np.ndarray) -> float:
    return float(np.prod(sos[:, :3].sum(axis=1) / sos[:, 3:].sum(axis=1)))

"""Frames of a signal times a matrix: the fast form of a filter that also changes the rate."""

from __future__ import annotations

import numpy as np


def multiply_frames(signal: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Multiply overlapping frames of every signal with one matrix.

    The frames with even and those with odd numbers each lie side by side in memory, so that
    two matrix products serve all signals at once. (Frames that reach from one signal into
    the next are computed with the others and left out.)

    Parameters
    ----------
    signal : ndarray of shape (n_signals, n_times)
        Contiguous; `n_times` is a multiple of the frame length.
    matrix : ndarray of shape (2 * step, n_out)
        A frame holds `2 * step` samples, and the next one starts `step` samples later.

    Returns
    -------
    out : ndarray of shape (n_signals, n_times // step, n_out)
        The outputs of each frame. The very last frame of a signal, of which it holds one half
        only, is not set.
    """
    step, n_out = len(matrix) // 2, matrix.shape[1]
    out = np.empty((signal.size // (2 * step), 2, n_out), signal.dtype)
    np.matmul(signal.reshape(-1, 2 * step), matrix, out=out[:, 0])
    np.matmul(signal.reshape(-1)[step:-step].reshape(-1, 2 * step), matrix, out=out[:-1, 1])
    return out.reshape(len(signal), -1, n_out)

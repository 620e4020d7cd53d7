"""Multiply frames of a signal by a matrix, a fast way to filter a signal and change its rate."""

from __future__ import annotations

import numpy as np


def multiply_frames(signal: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Multiply the overlapping frames of each signal by one matrix.

    The frames with even numbers lie next to each other in memory, and so do the frames with odd
    numbers. So two matrix products are enough for all signals. (Frames that reach from one signal
    into the next are computed as well, but are not used.)

    Parameters
    ----------
    signal : ndarray of shape (n_signals, n_times)
        Contiguous; `n_times` is a multiple of the frame length.
    matrix : ndarray of shape (2 * step, n_out)
        A frame holds `2 * step` samples, and the next one starts `step` samples later.

    Returns
    -------
    out : ndarray of shape (n_signals, n_times // step, n_out)
        The outputs of each frame. The output of the last frame of a signal is undefined, because
        the signal holds only half of that frame.
    """
    step, n_out = len(matrix) // 2, matrix.shape[1]
    out = np.empty((signal.size // (2 * step), 2, n_out), signal.dtype)
    np.matmul(signal.reshape(-1, 2 * step), matrix, out=out[:, 0])
    np.matmul(signal.reshape(-1)[step:-step].reshape(-1, 2 * step), matrix, out=out[:-1, 1])
    return out.reshape(len(signal), -1, n_out)

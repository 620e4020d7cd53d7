"""Records in blocks of equal length and rate, so that a function meets one 3-D array at a time."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from .records import ECGRecords

BLOCK_BYTES = 2 * 2**20  # fits the caches with its temporaries, and bounds the memory of a stream


def iter_blocks(X):
    """Yield X in blocks that share length and rate.

    Parameters
    ----------
    X : ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords

    Yields
    ------
    rows : ndarray of shape (n_block,)
        Which records these are.
    block : ndarray of shape (n_block, n_leads, n_times)
        Their signals; a view wherever the records lie side by side.
    fs : float or None
        Their rate in Hz; None for an array, which has none.
    """
    if not isinstance(X, ECGRecords):
        X = X[:, None] if X.ndim == 2 else X
        for rows in _chunks(np.arange(len(X)), X[0].size * X.itemsize):
            yield rows, X[rows[0] : rows[-1] + 1], None
        return
    signals = X.signals
    for rows in _groups(X.lengths, X.fs):
        length, fs = int(X.lengths[rows[0]]), float(X.fs[rows[0]])
        for part in _chunks(rows, length * len(X.leads) * 4):
            yield part, signals.block(part), fs


def map_blocks(function, X):
    """Apply a function to the blocks of X, several at a time in threads.

    Most of numpy and scipy lets go of the interpreter while it computes. As many threads are used as
    there are cores for this process, or `OMP_NUM_THREADS` if that is less, which joblib sets in its workers.

    Parameters
    ----------
    function : callable
        Takes a block and its rate.
    X : ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords

    Yields
    ------
    rows : ndarray of shape (n_block,)
        Which records these are.
    result : object
        What the function returns for them.
    """
    n_threads = _n_threads()
    # more threads of BLAS, or threads for products as small as these, cost several times what they gain
    with _threadpools().limit(limits=1, user_api="blas"), ThreadPoolExecutor(n_threads) as pool:
        pending = deque()
        for rows, block, fs in iter_blocks(X):
            pending.append((rows, pool.submit(function, block, fs)))
            if len(pending) > n_threads:  # no more blocks in memory than needed to keep the threads busy
                rows, future = pending.popleft()
                yield rows, future.result()
        for rows, future in pending:
            yield rows, future.result()


@cache
def _threadpools():
    return ThreadpoolController()  # looks through all loaded libraries, so once is enough


def _n_threads():
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cpu_count(), int(limit) if limit.isdigit() and int(limit) else cpu_count()))


def _groups(lengths, fs):
    """Return the rows of every pair of length and rate, in order of first appearance."""
    _, first, which = np.unique(np.column_stack([lengths, fs]), axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    rows = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
    return [rows[i] for i in np.argsort(first)]


def _chunks(rows, record_bytes):
    n = max(1, BLOCK_BYTES // max(1, record_bytes))
    return (rows[i : i + n] for i in range(0, len(rows), n))

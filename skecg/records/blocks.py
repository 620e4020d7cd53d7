"""Blocks of records of equal length and rate, so that a function can work on one 3-D array at a time."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from .records import ECGRecords

BLOCK_BYTES = 2 * 2**20  # a block and its temporaries fit into the caches; small blocks also limit memory


def iter_blocks(X):
    """Yield blocks of X whose records have the same length and rate.

    Parameters
    ----------
    X : ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords

    Yields
    ------
    rows : ndarray of shape (n_block,)
        The numbers of the records in the block.
    block : ndarray of shape (n_block, n_leads, n_times)
        The signals of the records; a view if these records lie next to each other in memory.
    fs : float or None
        The rate of the records in Hz; None if X is an array, which has no rate.
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


def for_each_block(function, X):
    """Call a function with each block of X, in several threads.

    Most functions of numpy and scipy release the interpreter lock while they compute. A function that writes its result
    into its place of a large array lets the threads share this work too. The number of threads is
    the number of cores that this process may use, or `OMP_NUM_THREADS` if that is less; joblib sets
    `OMP_NUM_THREADS` in its workers.

    Parameters
    ----------
    function : callable
        The function takes the rows of a block, the block, and its rate, as `iter_blocks` yields them.
    X : ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
    """
    if len(X) == 1:  # a thread would cost more than it saves
        for block in iter_blocks(X):
            function(*block)
        return
    n_threads = _n_threads()
    # BLAS threads on top of these threads, or for such small products, cost several times the time that they save
    with _threadpools().limit(limits=1, user_api="blas"), ThreadPoolExecutor(n_threads) as pool:
        pending = deque()
        for block in iter_blocks(X):
            pending.append(pool.submit(function, *block))
            if len(pending) > n_threads:  # enough blocks to keep the threads busy; more would waste memory
                pending.popleft().result()
        for future in pending:
            future.result()


@cache
def _threadpools():
    return ThreadpoolController()  # slow, because it searches all loaded libraries


def _n_threads():
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cpu_count(), int(limit) if limit.isdigit() and int(limit) else cpu_count()))


def _groups(lengths, fs):
    """Return the rows of each pair of length and rate; the pairs are in order of first appearance."""
    if len(lengths) == 1:
        return [np.zeros(1, np.int64)]
    _, first, which = np.unique(np.column_stack([lengths, fs]), axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    rows = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
    return [rows[i] for i in np.argsort(first)]


def _chunks(rows, record_bytes):
    n = max(1, BLOCK_BYTES // max(1, record_bytes))
    return (rows[i : i + n] for i in range(0, len(rows), n))

import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg import ECGRecords
from skecg.records import blocks as _blocks
from skecg.records.blocks import for_each_block, iter_blocks


@pytest.fixture
def ragged():
    lengths, fs = [30, 20, 30, 30, 20, 30], [100, 100, 100, 200, 100, 100]
    return ECGRecords([np.full((2, n), i, np.float32) for i, n in enumerate(lengths)], fs)


def test_blocks_share_length_and_rate(ragged):
    blocks = {tuple(rows.tolist()): (block, fs) for rows, block, fs in iter_blocks(ragged)}
    assert sorted(blocks) == [(0, 2, 5), (1, 4), (3,)]
    for rows, (block, fs) in blocks.items():
        assert fs == ragged.fs[rows[0]]
        for row, signal in zip(rows, block, strict=True):
            assert_array_equal(signal, ragged.signals[row])


def test_neighbours_and_arrays_are_not_copied():
    X = np.zeros((4, 2, 50), np.float32)
    for data in (X, X[:, 0], ECGRecords(X, 100)):
        ((rows, block, _),) = iter_blocks(data)
        assert_array_equal(rows, range(4))
        assert np.shares_memory(block, X) and block.ndim == 3


@pytest.mark.parametrize("form", [lambda X: X, lambda X: ECGRecords(X, 100)])
def test_blocks_are_bounded(monkeypatch, form):
    X = np.arange(10 * 2 * 50, dtype=np.float32).reshape(10, 2, 50)
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 3 * X[0].nbytes)
    blocks = list(iter_blocks(form(X)))
    assert [len(rows) for rows, _, _ in blocks] == [3, 3, 3, 1]
    assert_array_equal(np.concatenate([block for _, block, _ in blocks]), X)
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 1)
    assert [len(rows) for rows, _, _ in iter_blocks(form(X))] == [1] * 10


@pytest.mark.parametrize("n_threads", ["1", "3"])
def test_any_number_of_threads_sees_each_block_once(monkeypatch, n_threads):
    monkeypatch.setattr(_blocks, "cpu_count", lambda: 4)
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 1)
    X = np.arange(20.0, dtype=np.float32).reshape(20, 1, 1)
    threads, results = set(), []

    def double(rows, block, fs):
        threads.add(threading.get_ident())
        results.append((rows.tolist(), 2 * float(block[0, 0, 0])))

    for_each_block(double, X)
    assert sorted(results) == [([i], 2.0 * i) for i in range(20)]
    assert len(threads) <= int(n_threads)


@pytest.mark.parametrize(("setting", "expected"), [("", 4), ("1", 1), ("2", 2), ("16", 4), ("0", 4), ("many", 4)])
def test_number_of_threads(monkeypatch, setting, expected):
    monkeypatch.setattr(_blocks, "cpu_count", lambda: 4)
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert _blocks._n_threads() == expected


def test_an_error_in_a_block_is_raised(ragged):
    def refuse(rows, block, fs):
        if fs == 200:
            raise ValueError("not at 200 Hz")

    with pytest.raises(ValueError, match="not at 200 Hz"):
        for_each_block(refuse, ragged)

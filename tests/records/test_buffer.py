"""Views of the signals in a flat buffer as arrays."""

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.records.buffer import ScaledBuffer


def test_a_block_of_neighbours_is_a_view():
    X = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    signals = ECGRecords(X, 100).signals
    for rows in (np.array([1, 2, 3]), np.array([2])):
        block = signals.block(rows)
        np.testing.assert_array_equal(block, X[rows])
        assert np.shares_memory(block, X) and not block.flags.writeable


def test_a_block_of_scattered_signals_is_a_copy_in_order():
    X = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    rows = np.array([3, 0, 0])
    block = ECGRecords(X, 100).signals.block(rows)
    np.testing.assert_array_equal(block, X[rows])
    assert not np.shares_memory(block, X)


def test_a_block_among_signals_of_other_lengths():
    signals = [np.full((2, n), i, np.float32) for i, n in enumerate((3, 4, 3, 3))]
    block = ECGRecords(signals, 100).signals.block(np.array([0, 2, 3]))
    np.testing.assert_array_equal(block, np.stack([signals[i] for i in (0, 2, 3)]))


@pytest.mark.parametrize("rows", [[0, 1], [2, 0]])
def test_a_block_of_integers_is_decoded(rows):
    values = np.arange(12, dtype=np.int16)
    records = ECGRecords.from_buffer(ScaledBuffer(values, 10), [2, 2, 2], 100, leads=["I", "II"])
    block = records.signals.block(np.array(rows))
    assert block.dtype == np.float32
    np.testing.assert_allclose(block, values.reshape(3, 2, 2)[rows] / 10)

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.signal import crop, pad, unpadded_lengths, unpadded_parts


@pytest.mark.parametrize(
    ("position", "expected"), [("start", [0, 1, 2, 3]), ("center", [1, 2, 3, 4]), ("end", [3, 4, 5, 6])]
)
def test_crop(position, expected):
    signal = np.arange(14).reshape(2, 7)
    part = crop(signal, 4, position=position)
    assert_array_equal(part[0], expected)
    assert np.shares_memory(part, signal)
    assert_array_equal(crop(signal, 9, position=position), signal)


def test_pad_only_what_is_short():
    signal = np.ones((2, 3), np.float32)
    padded = pad(signal, 5)
    assert_array_equal(padded, [[1, 1, 1, 0, 0]] * 2)
    assert padded.dtype == np.float32
    assert pad(signal, 2) is signal


def test_padding_is_two_zeros_or_more_in_all_leads_at_the_end():
    X = np.ones((6, 2, 6))
    X[1, :, 3:] = 0
    X[2, 0, 3:] = 0  # one lead only
    X[3, :, 5] = 0  # a single zero is a value
    X[4, :, :4] = 0  # silence at the start
    X[5] = 0  # a dead record is a record
    assert_array_equal(unpadded_lengths(X), [6, 3, 6, 6, 6, 6])
    assert_array_equal(unpadded_lengths(X[1]), 3)
    assert_array_equal(unpadded_lengths(X[..., :1]), [1] * 6)


def test_parts_hold_every_value_but_the_padding():
    X = np.random.default_rng(0).normal(size=(5, 2, 9)) + 5
    for record, length in enumerate([9, 4, 4, 7, 9]):
        X[record, :, length:] = 0
    parts = list(unpadded_parts(X))
    assert sorted(part.shape for part in parts) == [(1, 2, 7), (2, 2, 4), (2, 2, 9)]
    assert sorted(np.concatenate([part.ravel() for part in parts])) == sorted(X[X != 0])
    assert np.shares_memory(next(unpadded_parts(X[:1])), X)  # no copy without padding

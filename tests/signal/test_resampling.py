from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import resample_poly

from skecg.signal import rate_ratio, resample, resampled_length


@pytest.mark.parametrize(
    ("fs", "target_fs", "ratio"),
    [(500, 100, (1, 5)), (360, 100, (5, 18)), (257, 100, (100, 257)), (100, 100, (1, 1)), (1000 / 3, 250, (3, 4))],
)
def test_ratios_are_exact(fs, target_fs, ratio):
    assert rate_ratio(fs, target_fs) == ratio


@pytest.mark.parametrize(("fs", "target_fs"), [(0, 100), (100, -1), (1e6, 1), (1, 1e6), (float("nan"), 1)])
def test_impossible_rates(fs, target_fs):
    with pytest.raises(ValueError, match=r"fs must be a sampling rate in Hz, a positive number|too far"):
        rate_ratio(fs, target_fs)


@pytest.mark.parametrize(
    ("up", "down"), [(1, 5), (5, 1), (5, 18), (18, 5), (18, 25), (100, 257), (257, 100), (1000, 999), (1, 50), (2, 10)]
)
def test_values_are_those_of_resample_poly(up, down, subtests):
    for dtype, n_times in product(("float32", "float64"), (2, 5, 101, 1001, 5000)):
        with subtests.test(dtype=dtype, n_times=n_times):
            rng = np.random.default_rng(0)
            signal = (2 + rng.standard_normal((2, 3, n_times)).cumsum(axis=-1)).astype(dtype)
            resampled = resample(signal, up, down)
            expected = resample_poly(signal.astype(np.float64), up, down, axis=-1, padtype="line")
            assert resampled.dtype == dtype
            assert resampled.shape == expected.shape
            assert resampled.shape[-1] == resampled_length(n_times, up, down)
            assert_allclose(resampled, expected, atol=(3e-6 if dtype == "float32" else 1e-10) * np.abs(signal).max())


@pytest.mark.parametrize(("up", "down"), [(1, 5), (18, 25), (5, 1)])
def test_a_line_stays_a_line(up, down):
    line = np.linspace(-1, 4, 1000)
    expected = line[0] + (line[1] - line[0]) * np.arange(resampled_length(1000, up, down)) * down / up
    assert_allclose(resample(line, up, down), expected, atol=5e-3)


def test_waves_keep_their_phase_and_what_no_longer_fits_goes():
    times = np.arange(5000) / 500
    kept, lost = np.sin(2 * np.pi * 12 * times + 1), np.sin(2 * np.pi * 90 * times)
    resampled = resample(kept + lost, 1, 5)
    middle = slice(100, -100)
    assert_allclose(resampled[middle], np.sin(2 * np.pi * 12 * np.arange(1000) / 100 + 1)[middle], atol=5e-3)


def test_one_sample_and_one_rate():
    assert_array_equal(resample(np.array([[7.0]]), 5, 2), [[7.0] * 3])
    signal = np.arange(10.0)
    same = resample(signal, 3, 3)
    assert_array_equal(same, signal)
    assert not np.shares_memory(same, signal)


def test_nothing_to_resample():
    with pytest.raises(ValueError, match="time axis is empty"):
        resample(np.zeros((2, 0)), 1, 5)


def test_lengths_round_up():
    for up, down in ((1, 5), (5, 18), (7, 3)):
        for n_times in range(1, 40):
            assert resampled_length(n_times, up, down) == -((-n_times * Fraction(up, down)) // 1)

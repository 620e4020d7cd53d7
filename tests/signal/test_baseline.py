import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import median_filter

from skecg.signal import apply_filter, design_filter, median_baseline, wavelet_baseline
from skecg.signal._wavelet import LOWPASS

pywt = pytest.importorskip("pywt")


def loop(signal, max_level=100):
    """Apply the method of Marques & Oliveira to one signal, level by level with PyWavelets."""
    approximations, energies = [signal], []
    while len(energies) < max_level:
        approximation, detail = pywt.dwt(approximations[-1], "db4")
        approximations.append(approximation)
        energies.append((detail**2).sum())
        if len(energies) > 2 and energies[-3] > energies[-2] < energies[-1]:
            break
    else:
        return np.zeros_like(signal), 0
    level = len(energies) - 1
    approximation = approximations[level]
    for _ in range(level):
        approximation = pywt.idwt(approximation, None, "db4")
    return approximation[: len(signal)], level


def ecg_like(shape, fs=500, seed=0):
    """Peaks of many frequencies over a wander, free of noise above 50 Hz."""
    rng = np.random.default_rng(seed)
    times = np.arange(shape[-1]) / fs
    beats = np.cos(np.pi * times + rng.uniform(0, 6, (*shape[:-1], 1))) ** 60
    wander = np.sin(2 * np.pi * 0.2 * times + rng.uniform(0, 6, (*shape[:-1], 1)))
    noise = 0.02 * rng.standard_normal(shape) + 0.001 * rng.standard_normal(shape).cumsum(-1)
    return apply_filter(beats + 0.3 * wander + noise, design_filter("lowpass", fs, high=50))


def test_the_wavelet_is_db4():
    assert_allclose(LOWPASS, pywt.Wavelet("db4").rec_lo, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-10)])
def test_wavelet_values_are_those_of_the_loop(dtype, tolerance, subtests):
    for n_times in (2, 3, 6, 7, 8, 13, 64, 65, 128, 255, 256, 257, 1000, 5000, 30_001):
        with subtests.test(n_times=n_times):
            signal = ecg_like((2, 3, n_times)).astype(dtype)
            expected = np.array([[loop(lead)[0] for lead in record] for record in signal.astype(np.float64)])
            baseline = wavelet_baseline(signal)
            assert baseline.dtype == dtype
            assert_allclose(baseline, expected, atol=tolerance * np.abs(signal).max())


def test_every_signal_finds_its_own_level():
    times = np.arange(5000) / 500
    signal = np.array([np.sin(2 * np.pi * f * times) + 0.5 * np.sin(2 * np.pi * f / 30 * times) for f in (3, 12, 24)])
    expected, levels = zip(*(loop(lead) for lead in signal), strict=True)
    assert len(set(levels)) == 3
    assert_allclose(wavelet_baseline(signal), expected, atol=1e-10)


def test_no_minimum_no_baseline():
    assert_array_equal(wavelet_baseline(np.zeros((2, 1000))), 0)
    signal = ecg_like((1, 5000))
    assert loop(signal[0], max_level=3)[1] == 0
    assert_array_equal(wavelet_baseline(signal, max_level=3), 0)


def test_wavelet_takes_the_wander_and_leaves_the_beats():
    times = np.arange(10_000) / 500  # three periods of the wander, twenty beats
    beats, wander = np.cos(np.pi * times) ** 400, 0.5 * np.sin(2 * np.pi * 0.15 * times)
    clean = beats + wander - wavelet_baseline(beats + wander)
    assert abs(2 * np.mean(clean * np.exp(-2j * np.pi * 0.15 * times))) < 0.05  # of 0.5
    assert abs(2 * np.mean((clean - beats) * np.exp(-2j * np.pi * 10 * times))) < 0.01
    heights = clean[500:-500:500]
    assert_allclose(heights, heights.mean(), atol=0.1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_median_values_are_those_of_ndimage(dtype, subtests):
    fs = 250
    for n_times in (1, 5, 140, 151, 1000):
        with subtests.test(n_times=n_times):
            signal = np.random.default_rng(0).standard_normal((3, 2, n_times)).astype(dtype)
            first = median_filter(signal, size=(1, 1, 51))
            assert_array_equal(median_baseline(signal, fs), median_filter(first, size=(1, 1, 151)))
            assert_array_equal(median_baseline(signal, fs, durations=[0.2]), first)


@pytest.mark.parametrize("baseline", [wavelet_baseline, lambda signal: median_baseline(signal, 500)])
def test_nothing_to_level(baseline):
    with pytest.raises(ValueError, match="time axis is empty"):
        baseline(np.zeros((2, 0)))

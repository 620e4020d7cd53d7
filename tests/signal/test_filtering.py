from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import butter, iirnotch, sosfilt, sosfilt_zi, sosfiltfilt, sosfreqz, tf2sos

from skecg.signal import apply_filter, design_filter
from skecg.signal._zero_phase import _default_padding

KINDS = {
    "bandpass": {"low": 0.5, "high": 40},
    "lowpass": {"high": 40},
    "highpass": {"low": 0.5},
    "notch": {"low": 49, "high": 51},
}


def drifting(shape, seed=0):
    """Signals with a random walk and an offset, whose ends differ much: difficult for edges and for float32."""
    rng = np.random.default_rng(seed)
    return 3 + 0.05 * rng.standard_normal(shape) + 0.02 * rng.standard_normal(shape).cumsum(-1)


def reference(signal, sos):
    return sosfiltfilt(sos, signal, axis=-1, padlen=min(_default_padding(sos), signal.shape[-1] - 1))


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_those_of_sosfiltfilt(kind, subtests):
    sos = design_filter(kind, 500, **KINDS[kind])
    for dtype, n_times in product(("float32", "float64"), (2, 5, 40, 300, 1001, 5000)):
        with subtests.test(dtype=dtype, n_times=n_times):
            signal = drifting((2, 3, n_times)).astype(dtype)
            expected = reference(signal.astype(np.float64), sos)
            filtered = apply_filter(signal, sos)
            assert filtered.dtype == dtype
            assert filtered.shape == signal.shape
            assert_allclose(filtered, expected, atol=1e-3 * expected.std(axis=-1).min() + 1e-6)


@pytest.mark.parametrize(
    "sos",
    [
        butter(4, [1, 45], "bandpass", fs=500, output="sos"),
        butter(1, 0.05, "highpass", fs=500, output="sos"),
        butter(3, 15, "lowpass", fs=500, output="sos"),
        tf2sos(*iirnotch(50, 30, fs=500)),
    ],
    ids=["order 4", "slow", "odd order", "narrow"],
)
def test_any_stable_filter(sos):
    signal = drifting((3, 5000))
    expected = reference(signal, sos)
    assert_allclose(apply_filter(signal, sos), expected, atol=1e-4 * expected.std())


def test_an_hour():
    signal = drifting((2, 360 * 3600)).astype(np.float32)
    sos = design_filter("bandpass", 360, low=0.5, high=40)
    expected = reference(signal.astype(np.float64), sos)
    assert_allclose(apply_filter(signal, sos), expected, atol=1e-3 * expected.std())


def test_one_sample_is_a_constant():
    assert_allclose(apply_filter(np.array([[3.0]]), design_filter("lowpass", 500, high=40)), [[3.0]])
    assert_allclose(apply_filter(np.array([[3.0]]), design_filter("bandpass", 500, low=1, high=40)), [[0.0]], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_attenuation_is_that_of_theory(kind, subtests):
    fs, n_times = 500, 60_000
    sos = design_filter(kind, fs, **KINDS[kind])
    middle = slice(n_times // 4, -n_times // 4)  # half of the time: whole periods of all the frequencies
    for frequency, zero_phase in product((0.2, 0.5, 5.0, 40.0, 49.0, 50.0, 51.0, 120.0), (True, False)):
        with subtests.test(frequency=frequency, zero_phase=zero_phase):
            wave = np.exp(2j * np.pi * frequency * np.arange(n_times) / fs)
            filtered = apply_filter(wave.real, sos, zero_phase=zero_phase)
            measured = 2 * np.mean(filtered[middle] * wave.conj()[middle])
            _, response = sosfreqz(sos, [frequency], fs=fs)
            assert_allclose(measured, np.abs(response[0]) ** 2 if zero_phase else response[0], atol=1e-4)


def test_edges_are_at_3_dB_and_6_dB_there_and_back():
    sos = design_filter("bandpass", 500, low=0.5, high=40)
    _, response = sosfreqz(sos, [0.5, 4.5, 40], fs=500)
    assert_allclose(20 * np.log10(np.abs(response)), [-3.01, 0, -3.01], atol=0.01)


def test_zero_phase_keeps_symmetry_and_a_causal_filter_knows_no_future():
    impulse = np.zeros(4001)
    impulse[2000] = 1
    sos = design_filter("bandpass", 500, low=0.5, high=40)
    there_and_back = apply_filter(impulse, sos)
    assert_allclose(there_and_back, there_and_back[::-1], atol=1e-6)
    assert there_and_back.argmax() == 2000
    causal = apply_filter(impulse, sos, zero_phase=False)
    assert_array_equal(causal[:2000], 0)
    assert 2000 < causal.argmax() < 2020


def test_causal_values_are_those_of_sosfilt_in_its_steady_state():
    signal = drifting((2, 3, 1000))
    sos = design_filter("bandpass", 500, low=0.5, high=40)
    for row in np.ndindex(2, 3):
        expected, _ = sosfilt(sos, signal[row], zi=sosfilt_zi(sos) * signal[row][0])
        assert_allclose(apply_filter(signal, sos, zero_phase=False)[row], expected, atol=1e-12)


def test_input_is_not_changed():
    signal = drifting((2, 1000)).astype(np.float32)
    before = signal.copy()
    for zero_phase in (True, False):
        apply_filter(signal, design_filter("lowpass", 500, high=40), zero_phase=zero_phase)
    assert_array_equal(signal, before)


@pytest.mark.parametrize(
    ("kind", "edges", "message"),
    [
        ("bandpass", {"low": 0.5, "high": 60}, r"high=60 Hz .* half the rate, 50 Hz"),
        ("bandpass", {"low": 0.5, "high": 50}, "half the rate"),
        ("bandpass", {"low": 40, "high": 0.5}, "low must be below high"),
        ("bandpass", {"low": 5, "high": 5}, "low must be below high"),
        ("bandpass", {"high": 5}, "low=None"),
        ("highpass", {"low": 0}, "low=0 Hz"),
        ("lowpass", {"low": 5}, "high=None"),
        ("notch", {"low": 0.5, "high": 40}, "remove the ECG"),
        ("allpass", {}, "kind must be one of bandpass, lowpass, highpass, notch"),
    ],
)
def test_impossible_filters(kind, edges, message):
    with pytest.raises(ValueError, match=message):
        design_filter(kind, 100, **edges)


def test_nothing_to_filter():
    with pytest.raises(ValueError, match="time axis is empty"):
        apply_filter(np.zeros((2, 0)), design_filter("lowpass", 500, high=40))


def test_an_unstable_filter():
    with pytest.raises(ValueError, match="not stable"):
        apply_filter(np.zeros((2, 100)), np.array([[1.0, 0, 0, 1, -2.1, 1.1]]))

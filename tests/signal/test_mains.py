import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.preprocessing import ECGFilter
from skecg.signal import apply_filter, design_filter, remove_mains

FS = 500
TIME = np.arange(5000) / FS
END = FS // 5  # samples


def ecgs():
    return make_ecg(6, classes=["NORM"], fs=FS, difficulty=0.0, leads=["II", "V2"], random_state=0)


def hum(frequency, fs=FS, n_times=5000):
    """Return a hum of 0.2 mV at three phases, (3, n_times)."""
    return 0.2 * np.sin(2 * np.pi * frequency / fs * np.arange(n_times) + np.array([[0.0], [1.0], [2.0]]))


@pytest.mark.parametrize("frequency", [49.8, 50, 50.1])
def test_little_hum_stays_at_the_ends_and_in_the_middle(frequency):
    signal = np.asarray(ecgs().data[0].signal[:1], float)
    left = remove_mains(signal + hum(frequency), FS) - remove_mains(signal, FS)
    assert np.abs(left[:, :END]).max() < 0.02
    assert np.abs(left[:, -END:]).max() < 0.02
    assert np.abs(left[:, FS:-FS]).max() < 0.003
    if abs(frequency - 50) < 0.15:
        assert np.abs(left).max() < 0.008
        notch = apply_filter(hum(frequency), design_filter("notch", FS, low=49, high=51))
        assert np.abs(notch[:, :END]).max() > 0.1  # what a notch leaves


def test_qrs_keeps_its_height():
    ecg = ecgs()
    clean = remove_mains(ecg.data.to_array(), FS)
    for before, after, beats in zip(ecg.data.to_array(), clean, ecg.r_peaks, strict=True):
        for beat in beats[(beats > END) & (beats < 5000 - END)]:
            near = slice(beat - 25, beat + 26)
            np.testing.assert_allclose(np.ptp(after[:, near], axis=1), np.ptp(before[:, near], axis=1), rtol=0.02)
    heights = [np.ptp(X[:, :, 200:-200], axis=2) for X in (ecg.data.to_array(), clean)]
    assert np.median(heights[1] / heights[0]) > 0.995


def test_offset_drift_and_pause_stay():
    signal = 5 + 0.3 * TIME + 0.5 * np.sin(2 * np.pi * 0.3 * TIME)
    np.testing.assert_allclose(remove_mains(signal, FS), signal, atol=0.002)


@pytest.mark.parametrize(("fs", "mains"), [(128, 50), (250, 60), (360, 60), (1000, 50)])
def test_rates_and_frequencies(fs, mains):
    left = remove_mains(hum(mains + 0.05, fs, 8 * fs), fs, mains)
    assert np.abs(left).max() < 0.015


@pytest.mark.parametrize("n_times", [1, 2, 3, 7, 12, 40])
def test_short_signals(n_times):
    assert remove_mains(np.ones((2, n_times)), FS).shape == (2, n_times)


def test_type_axes_and_unknown_values():
    signal = hum(50).astype(np.float32)
    assert remove_mains(signal, FS).dtype == np.float32
    np.testing.assert_allclose(remove_mains(signal[None, :, None], FS)[0, :, 0], remove_mains(signal, FS))
    signal[0, 100] = np.nan
    assert np.isfinite(remove_mains(signal, FS)[1:]).all()


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="mains=50 Hz must be above 0 and below half the rate, 50 Hz"):
        remove_mains(np.zeros(100), 100)
    with pytest.raises(ValueError, match="time axis is empty"):
        remove_mains(np.zeros((2, 0)), FS)
    with pytest.raises(ValueError, match="kind='mains_50' uses the whole record"):
        ECGFilter("mains_50", zero_phase=False, fs=FS).fit(np.zeros((1, 1, 1000)))
    with pytest.raises(ValueError, match="mains=60 Hz must be"):
        ECGFilter("mains_60", fs=100).fit(np.zeros((1, 1, 1000)))


def test_step_does_the_same():
    X = ecgs().data
    step = ECGFilter("mains_50")
    np.testing.assert_array_equal(step.fit_transform(X).to_array(), remove_mains(X.to_array(), FS))

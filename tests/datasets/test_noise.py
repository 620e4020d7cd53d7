import numpy as np
import pytest

from skecg.datasets import make_ecg


def clean(name, n_records=40, **settings):
    """Return textbook ECGs of one class, without noise and with the complete finding."""
    settings = {"fs": 500, "difficulty": 0, "n_patients": n_records, "random_state": 0} | settings
    return make_ecg(n_records, classes=[name], noise=0, **settings)


def test_einthoven_and_goldberger_hold_through_noise_and_faults():
    X = make_ecg(12, fault_rate=0.7, difficulty=1.0, fs=200, random_state=1).data.to_array()
    one, two, three, right, left, foot = (X[:, k] for k in range(6))
    np.testing.assert_array_equal(three, two - one)
    scale = np.abs(X[:, :6]).max() * np.finfo(np.float32).eps * 4
    for got, expected in ((right, -(one + two) / 2), (left, one - two / 2), (foot, two - one / 2)):
        np.testing.assert_allclose(got, expected, rtol=0, atol=scale)
    np.testing.assert_allclose(right + left + foot, 0, atol=scale)


def test_clean_signals_are_those_of_a_dipole():
    X = clean("NORM", n_records=3).data.to_array()
    for signal in X.astype(np.float64):
        values = np.linalg.svd(signal, compute_uv=False)
        assert values[3] < 1e-5 * values[0] < values[2]


def test_noise_leaves_the_hearts_alone_and_grows_with_difficulty():
    settings = {"classes": ["NORM"], "fs": 250, "random_state": 3}
    silent = make_ecg(8, noise=0, **settings)
    noisy = make_ecg(8, **settings)
    for a, b in zip(silent.r_peaks, noisy.r_peaks, strict=True):
        np.testing.assert_array_equal(a, b)
    assert silent.data.metadata.equals(noisy.data.metadata)
    levels = []
    for difficulty in (0, 0.5, 1):
        pair = [make_ecg(8, noise=n, difficulty=difficulty, **settings).data.to_array() for n in (0, 1)]
        levels.append((pair[1] - pair[0]).std())
    assert levels[0] < 0.03 < levels[1] < levels[2] < 0.5


@pytest.mark.parametrize("mains", [50.0, 60.0, None])
def test_mains_hum_wander_and_muscle_lie_in_their_bands(mains):
    settings = {"classes": ["NORM"], "fs": 500, "mains": mains, "difficulty": 1.0, "random_state": 0}
    noise = make_ecg(10, noise=1, **settings).data.to_array() - make_ecg(10, noise=0, **settings).data.to_array()
    power = (np.abs(np.fft.rfft(noise * np.hanning(5000), axis=2)) ** 2).mean(axis=(0, 1))
    f = np.fft.rfftfreq(5000, 1 / 500)

    def density(low, high):
        return power[(f >= low) & (f <= high)].mean()

    for line in (50.0, 60.0):
        hum = density(line - 0.3, line + 0.3) / density(line + 2, line + 6)
        assert hum > 5 if line == mains else hum < 2
    assert density(0.05, 0.6) > 100 * density(70, 120)
    assert density(70, 120) > 2 * density(2, 5)


def test_faults_are_told_and_do_what_they_say():
    settings = {"classes": ["NORM"], "fs": 100, "random_state": 5, "noise": 0}
    whole = make_ecg(60, **settings).data
    broken = make_ecg(60, fault_rate=0.5, **settings).data
    assert "fault" not in whole.metadata
    assert set(broken.metadata["fault"]) == {"none", "arms swapped", "loose", "off"}
    differs = [not np.allclose(a.signal, b.signal, atol=1e-4) for a, b in zip(whole, broken, strict=True)]
    np.testing.assert_array_equal(differs, broken.metadata["fault"] != "none")
    for a, b in zip(whole, broken, strict=True):
        if b.metadata["fault"] == "arms swapped":
            np.testing.assert_allclose(b.signal[0], -a.signal[0], atol=1e-5)
            np.testing.assert_allclose(b.signal[1], a.signal[2], atol=1e-5)
            np.testing.assert_allclose(b.signal[6:], a.signal[6:], atol=1e-5)


@pytest.mark.parametrize("fs", [100, 128.5, 250])
def test_the_rate_changes_the_samples_not_the_heart(fs):
    fine = clean("NORM", n_records=4, fs=1000)
    coarse = clean("NORM", n_records=4, fs=fs)
    for a, b in zip(fine.data, coarse.data, strict=True):
        time = np.arange(b.signal.shape[1]) / fs
        there = [np.interp(time, np.arange(a.signal.shape[1]) / 1000, lead) for lead in a.signal]
        inner = slice(5, -5)
        assert np.abs(np.array(there) - b.signal)[:, inner].max() < 0.25 * np.abs(a.signal).max()
        assert np.corrcoef(np.ravel(there), b.signal.ravel())[0, 1] > 0.98
    for a, b in zip(fine.r_peaks, coarse.r_peaks, strict=True):
        assert len(a) == len(b) and np.abs(a / 1000 - b / fs).max() <= 0.51 / fs + 0.001

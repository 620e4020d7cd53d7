import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.signal import find_atrial_rate
from skecg.signal._two_to_one import two_to_one

FS = 500
TIME = np.arange(10 * FS) / FS
BEATS = (0.5, 1.37, 2.4, 3.21, 4.3, 5.46, 6.5, 7.33, 9.0)


def beats(times=BEATS):
    """Return QRS and T at some times in s."""
    parts = [(0, 0.012, 1.0), (0.28, 0.04, 0.3)]
    return sum(h * np.exp(-0.5 * ((TIME - beat - c) / w) ** 2) for beat in times for c, w, h in parts)


def flutter(rate, height=0.1):
    angle = 2 * np.pi * rate / 60 * TIME
    return height * (np.sin(angle) + 0.4 * np.sin(2 * angle + 0.5))


@pytest.mark.parametrize("rate", [220, 250, 300, 350, 430])
def test_known_rates(rate):
    found, confidence = find_atrial_rate(beats() + flutter(rate), FS)
    assert found == pytest.approx(rate, rel=0.02) and confidence > 0.8


@pytest.mark.parametrize("fs", [100, 250])
def test_rates_at_other_sampling_rates(fs):
    signal = np.stack([beats() + flutter(280), -0.5 * beats() + flutter(280)])
    found, _ = find_atrial_rate(1000 * signal[:, :: FS // fs], fs)
    assert found == pytest.approx(280, rel=0.02)


def test_a_fixed_ratio_of_four_to_one():
    times = np.arange(0.4, 10, 0.8)  # 75 a minute
    found, confidence = find_atrial_rate(beats(times) + flutter(300), FS, np.round(times * FS).astype(int))
    assert found == pytest.approx(300, rel=0.03) and confidence > 0.2


def test_confidence_is_low_without_waves():
    noise = np.random.default_rng(0).normal(0, 0.02, TIME.shape)
    assert find_atrial_rate(beats() + noise, FS)[1] < 0.2
    normal = make_ecg(10, classes=["NORM"], random_state=0).data
    assert np.median([find_atrial_rate(record.signal, FS)[1] for record in normal]) < 0.25


@pytest.mark.parametrize("times", [(), (3, 5)])
def test_too_few_beats(times):
    assert np.isnan(find_atrial_rate(beats(times) + 0 * TIME, FS, np.array(times, int) * FS)).all()


def test_two_to_one_flutter_is_twice_the_rate_of_the_beats_and_sinus_tachycardia_is_not():
    ecg = make_ecg(24, classes=["AFLT"], difficulty=0.2, noise=0.5, n_patients=24, random_state=1)
    found = []
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        rate = 60 * FS / np.median(np.diff(peaks))
        if rate > 115:
            value, confidence = find_atrial_rate(record.signal, FS)
            found.append(abs(value / (2 * rate) - 1) < 0.03 and confidence > 0.1)
    assert len(found) > 6 and np.mean(found) > 0.5  # T hides the waves of the others
    fast = make_ecg(20, classes=["PE"], difficulty=0, n_patients=20, random_state=0)  # most have sinus tachycardia
    rates = np.array([60 * FS / np.median(np.diff(peaks)) for peaks in fast.r_peaks])
    assert (rates > 112).sum() > 6
    for record, peaks in zip(fast.data, fast.r_peaks, strict=True):
        assert two_to_one(record.signal, FS, peaks)[1] == 0

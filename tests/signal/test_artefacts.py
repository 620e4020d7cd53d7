import numpy as np
import pytest
from scipy.special import expit

from skecg.signal import find_r_peaks

FS = 250
BEATS = np.round(np.arange(0.5, 30, 0.85) * FS).astype(int)


def heart(height=1.0, width=0.012, n_times=30 * FS):
    time = np.arange(n_times)
    qrs = sum(np.exp(-0.5 * ((time - beat) / (width * FS)) ** 2) for beat in BEATS)
    t_wave = sum(np.exp(-0.5 * ((time - beat - 0.25 * FS) / (0.05 * FS)) ** 2) for beat in BEATS)
    noise = 0.01 * np.random.default_rng(0).standard_normal(n_times)
    return height * (qrs + 0.2 * t_wave) + noise


def step(second, height, n_times=30 * FS):
    return height * expit((np.arange(n_times) - second * FS) / 2)


def assert_all_beats(found):
    assert len(found) == len(BEATS)
    assert np.abs(found - BEATS).max() <= 3


@pytest.mark.parametrize("height", [-3, 2, 4])
def test_step_of_an_electrode_is_no_beat(height):
    assert_all_beats(find_r_peaks(heart() + step(10.3, height) - step(20.55, height), FS))


def test_step_leaves_the_signal_of_the_caller():
    signal = (heart() + step(10.1, 3)).astype(np.float32)[None]
    before = signal.copy()
    find_r_peaks(signal, 100)  # the working rate, at which nothing is averaged
    np.testing.assert_array_equal(signal, before)


def test_beats_with_a_high_plateau_are_beats():
    time = np.arange(30 * FS)
    plateau = sum(expit((time - beat) / 3) * expit(-(time - beat - 0.33 * FS) / 10) for beat in BEATS)
    found = find_r_peaks(plateau, FS)
    assert len(found) == len(BEATS)


def test_burst_of_muscle_noise_adds_no_beat():
    rng = np.random.default_rng(3)
    noise = np.zeros(30 * FS)
    for beat in BEATS[5:30:6]:
        noise[beat + 60 : beat + 180] = 0.25 * rng.standard_normal(120)
    assert_all_beats(find_r_peaks(heart() + noise, FS))


def test_p_wave_as_sharp_as_qrs_is_no_beat():
    time = np.arange(30 * FS)
    signal = heart()
    for beat in BEATS[8:30:7]:
        signal += 0.7 * np.exp(-0.5 * ((time - beat + 0.23 * FS) / (0.012 * FS)) ** 2)
    assert_all_beats(find_r_peaks(signal, FS))


def test_premature_beat_between_two_others_stays():
    time = np.arange(30 * FS)
    middle = (BEATS[12] + BEATS[13]) // 2
    found = find_r_peaks(heart() + 1.3 * np.exp(-0.5 * ((time - middle) / (0.03 * FS)) ** 2), FS)
    assert np.abs(found - middle).min() <= 3
    assert len(found) == len(BEATS) + 1


def test_artefacts_of_the_second_lead_neither_add_nor_hide_a_beat():
    artefact = np.zeros(30 * FS)
    for beat, after in ((BEATS[6], 0.4), (BEATS[15], -0.14), (BEATS[24], 0.5)):
        first = beat + int(after * FS)
        artefact[first : first + 20] = 3 * np.hanning(20)
    assert_all_beats(find_r_peaks(np.stack([heart(), heart(0.4) + artefact]), FS))


def test_second_lead_shows_the_beats_that_the_first_has_lost():
    first = heart()
    first[10 * FS : 18 * FS] = first[10 * FS] + 0.01 * np.random.default_rng(1).standard_normal(8 * FS)
    assert_all_beats(find_r_peaks(np.stack([first, heart(0.4)]), FS))


def test_beat_that_only_the_second_lead_shows_well_stays():
    time = np.arange(30 * FS)
    middle = (BEATS[12] + BEATS[13]) // 2
    extra = np.exp(-0.5 * ((time - middle) / (0.03 * FS)) ** 2)
    found = find_r_peaks(np.stack([heart() + 0.45 * extra, heart(0.5) + 1.2 * extra]), FS)
    assert np.abs(found - middle).min() <= 5

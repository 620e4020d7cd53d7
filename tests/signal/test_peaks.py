import os
from pathlib import Path

import numpy as np
import pytest

from skecg.datasets import fetch_mitdb, make_ecg
from skecg.signal import find_r_peaks, find_r_peaks_batch, rate_ratio, resample


def paired(true, found, tolerance):
    """Count hits (true peaks with a found peak within the tolerance), missed peaks and false peaks."""
    true, found = np.asarray(true), list(found)
    hit = 0
    for peak in true:
        near = [other for other in found if abs(other - peak) <= tolerance]
        if near:
            found.remove(min(near, key=lambda other: abs(other - peak)))
            hit += 1
    return np.array([hit, len(true) - hit, len(found)])


def heart(beats, n_times=5000, fs=500, width=0.012):
    time = np.arange(n_times) / fs
    return sum(np.exp(-0.5 * ((time - beat) / width) ** 2) for beat in beats)


@pytest.mark.parametrize("fs", [100, 128, 257, 360, 500, 1000])
def test_all_beats_of_known_hearts(fs):
    ecg = make_ecg(40, classes=["NORM", "AF", "PVC", "LBBB"], fs=fs, random_state=0)
    counts = sum(
        paired(true, found, 0.15 * fs)
        for true, found in zip(ecg.r_peaks, find_r_peaks_batch(ecg.data.to_array(), fs), strict=True)
    )
    hit, missed, false = counts.tolist()
    assert hit > 400
    assert missed <= 0.01 * hit  # for example beats that an end of the record cuts
    assert false <= 0.01 * hit


def test_peaks_of_sinus_rhythm_are_exact():
    ecg = make_ecg(20, classes=["NORM"], difficulty=0.0, fs=500, random_state=0)
    for true, found in zip(ecg.r_peaks, find_r_peaks_batch(ecg.data.to_array(), 500), strict=True):
        nearest = np.abs(true - found[:, None]).min(axis=1)
        assert np.median(nearest) <= 1
        assert nearest.max() <= 5  # 10 ms


def test_one_and_many_agree():
    X = make_ecg(5, fs=250, random_state=1).data.to_array()
    for signal, found in zip(X, find_r_peaks_batch(X, 250), strict=True):
        np.testing.assert_array_equal(find_r_peaks(signal, 250), found)
        assert found.dtype == np.int64 and (np.diff(found) > 0).all()
    np.testing.assert_array_equal(find_r_peaks(X[0, 1], 250), find_r_peaks(X[0, 1:2], 250))


def test_unit_offset_and_type_do_not_matter():
    signal = make_ecg(1, classes=["NORM"], fs=250, leads=["II"], random_state=0).data[0].signal[0]
    expected = find_r_peaks(signal, 250)
    assert len(expected) > 8
    for other in (1000 * signal.astype(float), signal.astype(float) + 1e6, signal * np.float32(1e-25), signal * 1e25):
        np.testing.assert_allclose(find_r_peaks(other, 250), expected, atol=1)
    np.testing.assert_allclose(find_r_peaks((1000 * signal).astype(np.int16), 250), expected, atol=1)
    np.testing.assert_allclose(find_r_peaks(signal.tolist(), 250), expected, atol=1)


def test_polarity_does_not_matter():
    X = make_ecg(5, fs=500, random_state=2).data.to_array()
    for found, turned in zip(find_r_peaks_batch(X, 500), find_r_peaks_batch(-X, 500), strict=True):
        np.testing.assert_array_equal(found, turned)


def test_a_beat_of_the_other_polarity_has_its_peak_too():
    beats = np.arange(0.5, 9.6, 0.9)
    signal = heart(np.delete(beats, 5)) - 2 * heart(beats[5:6], width=0.025)
    found = find_r_peaks(signal, 500)
    np.testing.assert_allclose(found, 500 * beats, atol=4)


def test_tall_t_waves_and_p_waves_are_no_beats():
    beats = np.arange(0.6, 9.5, 0.85)
    time = np.arange(5000) / 500
    waves = heart(beats) + 0.6 * heart(beats[beats < 9.2] + 0.3, width=0.045) + 0.2 * heart(beats - 0.16, width=0.02)
    waves = waves + 0.3 * np.sin(2 * np.pi * 0.2 * time)
    np.testing.assert_allclose(find_r_peaks(waves, 500), 500 * beats, atol=2)


def test_a_pause_stays_empty():
    rng = np.random.default_rng(0)
    beats = np.concatenate([np.arange(0.5, 6, 0.8), np.arange(10.3, 16, 0.8)])
    signal = heart(beats, 8000) + 0.02 * rng.normal(size=8000)
    np.testing.assert_allclose(find_r_peaks(signal, 500), 500 * beats, atol=3)


def test_low_beats_among_high_ones():
    beats = np.arange(0.5, 19.5, 0.7)
    heights = np.where(np.arange(len(beats)) % 2, 1.0, 0.45)
    signal = sum(height * heart([beat], 10_000) for beat, height in zip(beats, heights, strict=True))
    np.testing.assert_allclose(find_r_peaks(signal, 500), 500 * beats, atol=2)


def test_fast_and_slow_hearts():
    for interval in (0.28, 0.4, 2.0):
        beats = np.arange(0.4, 19.7, interval)
        np.testing.assert_allclose(find_r_peaks(heart(beats, 10_000), 500), 500 * beats, atol=2)


@pytest.mark.parametrize("rate", [240, 280, 300, 320])
def test_every_beat_of_the_fastest_hearts(rate):
    beats = np.arange(0.5, 29.5, 60 / rate)
    signal = heart(beats, 15_000, width=0.014) + 0.3 * heart(beats + 30 / rate, 15_000, width=0.035)
    signal = signal + 0.01 * np.random.default_rng(0).normal(size=15_000)
    _, missed, false = paired(500 * beats, find_r_peaks(signal, 500), 5)
    assert missed <= 1 and false == 0


@pytest.mark.parametrize("low", [0.3, 0.35, 0.5])
def test_heights_that_alternate(low):
    beats = np.arange(0.6, 22.6, 0.9)
    signal = (
        heart(beats[::2], 11_500) + low * heart(beats[1::2], 11_500) + 0.2 * heart(beats + 0.28, 11_500, width=0.07)
    )
    np.testing.assert_allclose(find_r_peaks(signal, 500), 500 * beats, atol=4)


@pytest.mark.parametrize("seconds", [5, 20, 60])
def test_no_beats_in_exact_zeros(seconds):
    beats = np.arange(0.6, 19.8, 0.9)
    signal = heart(beats, 10_000) + 0.01 * np.random.default_rng(0).normal(size=10_000)
    found = find_r_peaks(np.pad(signal, seconds * 500), 500)
    np.testing.assert_allclose(found, 500 * (beats + seconds), atol=4)


@pytest.mark.parametrize(("height", "width"), [(1.0, 0.045), (1.5, 0.03), (2.0, 0.04)])
def test_peaked_t_waves_are_no_beats(height, width):
    beats = np.arange(0.5, 29.5, 0.85)
    signal = heart(beats, 15_000, width=0.01) - 0.25 * heart(beats + 0.02, 15_000, width=0.008)
    signal = signal + height * heart(beats + 0.27, 15_000, width=width)
    signal = signal + 0.01 * np.random.default_rng(0).normal(size=15_000)
    np.testing.assert_allclose(find_r_peaks(signal, 500), 500 * beats, atol=4)


@pytest.mark.parametrize("height", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("delays", [(0.17,), (0.05,), (0.2, 0.05)], ids=str)
@pytest.mark.parametrize("fs", [360, 500, 1000])
def test_spikes_of_pacemakers_are_no_beats(fs, delays, height):
    beats = np.arange(0.6, 19.5, 0.8)
    signal = heart(beats, 20 * fs, fs, 0.025) + 0.01 * np.random.default_rng(0).normal(size=20 * fs)
    for delay in delays:
        for spike in np.round((beats - delay) * fs).astype(int):
            signal[spike : spike + max(1, round(0.002 * fs))] += height
    np.testing.assert_allclose(find_r_peaks(signal, fs) / fs, beats, atol=0.01)


def test_noise_is_no_beat():
    for fs in (100, 250, 500):
        noise = np.random.default_rng(0).normal(size=(8, 1, 30 * fs))
        assert [len(found) for found in find_r_peaks_batch(noise, fs)] == [0] * 8


def test_a_poor_second_lead_changes_little():
    rng = np.random.default_rng(0)
    beats = np.cumsum(rng.uniform(0.6, 1.1, 60))
    clear = heart(beats, 25_000) + 0.05 * rng.normal(size=25_000)
    bumps = sum(rng.normal() * heart([bump], 25_000, width=0.03) for bump in np.arange(0.3, 50, 0.37))
    found = find_r_peaks(np.stack([clear, 0.1 * clear + bumps]), 500)
    np.testing.assert_array_equal(paired(500 * beats[beats < 49.9], found, 20)[1:], [0, 0])


def test_bad_leads_do_not_spoil_good_ones():
    rng = np.random.default_rng(0)
    beats = np.arange(0.5, 9.6, 0.9)
    leads = np.stack([heart(beats), np.zeros(5000), 5 * rng.normal(size=5000), np.full(5000, 3.0)])
    found = find_r_peaks(leads, 500)
    np.testing.assert_allclose(found, 500 * beats, atol=10)


def test_a_lead_that_falls_off_leaves_no_beats():
    rng = np.random.default_rng(0)
    beats = np.arange(0.5, 60, 0.8)
    signal = heart(beats, 60_000) + 0.01 * rng.normal(size=60_000)
    assert len(find_r_peaks(signal, 500)) == len(beats)
    signal = heart(beats[beats < 60], 60_000)
    found = find_r_peaks(signal + 0.003 * rng.normal(size=60_000), 500)
    assert found.max() < 60 * 500 + 50


def test_noise():
    ecg = make_ecg(20, classes=["NORM"], fs=360, leads=["V5"], random_state=0)
    X = ecg.data.to_array() + 0.1 * np.random.default_rng(0).normal(size=(20, 1, 3600)).astype(np.float32)
    counts = sum(paired(true, found, 18) for true, found in zip(ecg.r_peaks, find_r_peaks_batch(X, 360), strict=True))
    assert counts[1] + counts[2] <= 0.02 * counts[0]


def test_among_noise_the_highest_peaks_remain():
    beats = np.arange(0.5, 9.6, 0.9)
    found = find_r_peaks(heart(beats) + 0.3 * np.random.default_rng(0).normal(size=5000), 500)
    _, missed, false = paired(500 * beats, found, 25)
    assert missed <= 2 and false <= 2


@pytest.mark.parametrize("fs", [50, 100, 500])
def test_a_few_samples_are_no_trouble(fs, subtests):
    for n_times in (1, 2, 3, 5, 10, 29, 30, 60, 120):
        with subtests.test(n_times=n_times):
            X = np.random.default_rng(n_times).normal(size=(3, 2, n_times))
            for found in find_r_peaks_batch(X, fs):
                assert found.dtype == np.int64
                assert ((found > 0) & (found < n_times - 1)).all()


def test_one_beat_is_enough():
    assert find_r_peaks(heart([0.3], 300), 500).tolist() == [150]


def test_nothing_in_a_flat_signal():
    assert find_r_peaks(np.full(1000, 7.3), 500).size == 0
    assert [len(found) for found in find_r_peaks_batch(np.zeros((2, 3, 500)), 100)] == [0, 0]
    assert find_r_peaks_batch(np.zeros((0, 3, 500)), 100) == []


@pytest.mark.parametrize(
    ("signal", "fs", "message"),
    [
        (np.zeros((2, 3, 4)), 500, r"\(n_leads, n_times\) or \(n_times,\); got \(2, 3, 4\)"),
        (np.zeros((2, 0)), 500, "at least one lead and one sample"),
        (np.zeros(0), 500, "at least one lead and one sample"),
        (np.zeros(100), 49, "at least 50 Hz; got fs=49"),
        (np.zeros(100), np.nan, "a positive number; got nan"),
        (np.where(np.arange(600) == 50, np.nan, 0.0), 500, "NaN or infinity"),
        (np.where(np.arange(600) == 50, np.inf, 0.0), 500, "NaN or infinity"),
    ],
)
def test_bad_input(signal, fs, message):
    with pytest.raises(ValueError, match=message), np.errstate(invalid="ignore"):
        find_r_peaks(signal, fs)


def test_mitdb():
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "mitdb"
    if not home.is_dir():
        pytest.skip("MIT-BIH is not in SKECG_DATA")
    named = ["101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122"]  # of DS1
    mitdb = fetch_mitdb(home, kind="records", subset=named)
    total = np.zeros(3, int)
    for record, table in zip(mitdb.data, mitdb.annotations, strict=True):
        for minute in range(0, 30, 10):  # matching in parts is quicker
            start, stop = minute * 60, (minute + 10) * 60
            time = table["time"].to_numpy()
            true = time[(time >= start) & (time < stop)] - start
            signal = record.signal[:, int(start * record.fs) : int(stop * record.fs)]
            total += paired(true * record.fs, find_r_peaks(signal, record.fs), 0.150 * record.fs)
    hit, missed, false = total.tolist()
    assert hit / (hit + missed) > 0.997
    assert hit / (hit + false) > 0.997


@pytest.mark.parametrize("fs", [100, 1000])
def test_the_rate_does_not_matter_on_real_signals(fs):
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "mitdb"
    if not home.is_dir():
        pytest.skip("MIT-BIH is not in SKECG_DATA")
    record = fetch_mitdb(home, kind="records", subset=["106"]).data[0]
    signal = record.signal[:, : 360 * 300]
    expected = find_r_peaks(signal, 360) / 360
    found = find_r_peaks(resample(signal, *rate_ratio(360, fs)), fs) / fs
    counts = paired(expected, found, 0.05)
    assert counts[1] + counts[2] <= 2

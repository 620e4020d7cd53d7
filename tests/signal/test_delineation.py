import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.signal import FIDUCIALS, apply_filter, average_beats, delineate, design_filter, find_r_peaks_batch

FS = 500
TIME = np.arange(-200, 350) / FS
REACH = 2.2  # standard deviations from the centre of a bell to its visible start or end


def wave(onset, end, leads):
    """Return a bell that starts and ends at two times in s, with the given height in mV in each lead."""
    centre, width = (onset + end) / 2, (end - onset) / 2 / REACH
    return np.array(leads)[:, None] * np.exp(-0.5 * ((TIME - centre) / width) ** 2)


def beat(pr=0.16, qrs=0.09, qt=0.40, p=0.1, t=0.3):
    """Return a beat of three leads with given intervals in s; QRS starts 0.4 of its length before R."""
    onset = -0.4 * qrs
    parts = [
        wave(onset - pr, onset - pr + 0.1, [p, 0.5 * p, -0.5 * p]),
        wave(onset, onset + 0.5 * qrs, [-0.1, 0.2, 0.3]),
        wave(onset + 0.1 * qrs, onset + 0.7 * qrs, [1.0, 0.6, -0.9]),
        wave(onset + 0.5 * qrs, onset + qrs, [-0.3, 0.1, 0.4]),
        wave(onset + qt - 0.18, onset + qt, [t, 0.5 * t, -0.3 * t]),
    ]
    return sum(parts)


def intervals(found):
    return {
        "pr": found["qrs_onset"] - found["p_onset"],
        "qrs": found["qrs_end"] - found["qrs_onset"],
        "qt": found["t_end"] - found["qrs_onset"],
    }


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"pr": 0.12},
        {"pr": 0.24},
        {"qrs": 0.07},
        {"qrs": 0.15, "qt": 0.44},
        {"qt": 0.32},
        {"qt": 0.48},
        {"p": -0.15, "t": -0.4},
    ],
)
def test_known_intervals(known):
    found = intervals(delineate(beat(**known)[None], FS, interval=1.0))
    for name, value in {"pr": 0.16, "qrs": 0.09, "qt": 0.40, **known}.items():
        if name in found:
            assert found[name][0] == pytest.approx(value, abs=0.015), name


def test_noise_moves_the_ends_a_little():
    rng = np.random.default_rng(0)
    clean = beat()
    beats = clean + 0.01 * rng.normal(size=(50, *clean.shape))  # the noise that is left in the median of ten beats
    expected, found = (intervals(delineate(signals, FS, interval=0.9)) for signals in (clean[None], beats))
    for name, allowed in {"pr": 0.02, "qrs": 0.012, "qt": 0.02}.items():
        assert np.abs(np.median(found[name]) - expected[name][0]) < allowed, name


def test_waves_come_in_order():
    found = delineate(np.stack([beat(), beat(qrs=0.14)]), FS)
    assert tuple(found) == FIDUCIALS
    times = np.stack(list(found.values()))
    assert (np.diff(times, axis=0) > 0).all()


def test_what_is_not_there_is_nan():
    found = delineate(np.stack([beat(p=0), beat(t=0), np.zeros((3, 550)), np.full((3, 550), np.nan)]), FS)
    assert np.isnan(found["p_onset"]).tolist() == [True, False, True, True]
    assert np.isnan(found["t_end"]).tolist() == [False, True, True, True]
    assert np.isnan(found["qrs_onset"]).tolist() == [False, False, True, True]


def test_a_p_wave_must_exceed_the_errors():
    signals, errors = np.stack([beat()] * 2), np.zeros((2, 3, 550))
    errors[1] = 0.05
    found = delineate(signals, FS, errors=errors)
    assert np.isnan(found["p_peak"]).tolist() == [False, True]


def test_the_unit_of_time_is_the_second():
    slow = beat()[:, ::2]
    once, twice = delineate(beat()[None], FS), delineate(slow[None], FS / 2)
    for name in FIDUCIALS:
        assert once[name][0] == pytest.approx(twice[name][0], abs=0.008), name


def test_one_record_does_not_depend_on_its_company():
    signals = np.stack([beat(), beat(qrs=0.15), beat(p=0)])
    together = delineate(signals, FS, interval=[0.8, 0.9, np.nan])
    alone = delineate(signals[1:2], FS, interval=0.9)
    for name in FIDUCIALS:
        np.testing.assert_allclose(together[name][1], alone[name][0])


def test_average_of_equal_beats_is_that_beat():
    signal = np.tile(beat(), 8)[None]
    peaks = [200 + 550 * np.arange(8)]
    beats, errors = average_beats(signal, FS, peaks)
    np.testing.assert_allclose(beats[0], beat(), atol=1e-6)
    assert errors.max() < 1e-6


@pytest.mark.parametrize("n_beats", [1, 2, 3, 10, 11, 24, 25, 60])
def test_average_is_the_median(n_beats):
    signal = np.random.default_rng(n_beats).normal(size=(1, 2, 100 * n_beats + 1000)).astype(np.float32)
    peaks = 500 + 100 * np.arange(n_beats)
    beats, errors = average_beats(signal, FS, [peaks])
    parts = np.stack([signal[0, :, peak - 200 : peak + 350] for peak in peaks])
    np.testing.assert_allclose(beats[0], np.median(parts, axis=0), atol=1e-6)
    rest = parts - parts.mean(axis=0)
    times = np.arange(rest.shape[2])
    lines = np.polynomial.polynomial.polyfit(times[:170], rest[:, :, :170].reshape(-1, 170).T, 1)  # before QRS
    rest = rest - np.polynomial.polynomial.polyval(times, lines).reshape(rest.shape)
    np.testing.assert_allclose(errors[0], np.sqrt((rest**2).sum(axis=0)) / n_beats, atol=1e-5)


def test_drift_of_the_baseline_is_no_error():
    signal = np.tile(beat(), 8)[None]
    drift = 0.3 * np.sin(np.arange(signal.shape[2]) / 1500)
    peaks = [200 + 550 * np.arange(8)]
    _, errors = average_beats(signal + drift, FS, peaks)
    assert errors[:, :, :170].max() < 0.005


def test_premature_beats_are_left_out():
    rng = np.random.default_rng(0)
    signal = 0.01 * rng.normal(size=(1, 1, 8000))
    regular = np.arange(500, 7500, 500)
    early = np.arange(800, 6800, 500)  # 300 samples after a regular beat
    signal[0, 0, regular] = 1
    signal[0, 0, early] = -5
    beats, _ = average_beats(signal, FS, [np.sort(np.append(regular, early[:4]))])
    assert beats[0, 0, 200] == pytest.approx(1, abs=0.02)


def test_a_record_without_beats_and_one_with_a_cut_beat():
    signal = np.zeros((2, 1, 300))
    signal[1, 0, 150] = 1
    beats, errors = average_beats(signal, FS, [np.zeros(0, int), np.array([150])])
    assert np.isnan(beats[0]).all()
    assert beats[1, 0, 200] == 1 and not errors[1].any()


def test_intervals_of_synthetic_hearts():
    ecg = make_ecg(60, classes=["NORM", "LBBB", "1AVB", "AF"], random_state=0)
    X = ecg.data.to_array()
    peaks = find_r_peaks_batch(X, FS)
    beats, errors = average_beats(apply_filter(X, design_filter("highpass", FS, low=0.5)), FS, peaks)
    usual = np.array([np.median(np.diff(found)) / FS for found in peaks])
    found = intervals(delineate(beats, FS, interval=usual, errors=errors))
    median = {
        name: {label: np.nanmedian(values[ecg.target == label]) for label in set(ecg.target)}
        for name, values in found.items()
        if name != "pr"
    }
    assert 0.07 < median["qrs"]["NORM"] < 0.11 < 0.13 < median["qrs"]["LBBB"] < 0.19
    assert 0.34 < median["qt"]["NORM"] < 0.44
    assert np.isnan(found["pr"][ecg.target == "AF"]).mean() > 0.8
    assert np.isnan(found["pr"][ecg.target == "NORM"]).mean() < 0.1
    assert (
        np.nanmedian(found["pr"][ecg.target == "NORM"]) < 0.19 < 0.2 < np.nanmedian(found["pr"][ecg.target == "1AVB"])
    )


def bell(centre, width, height):
    return height * np.exp(-0.5 * ((TIME - centre) / width) ** 2)


@pytest.mark.parametrize("pause", [0, 0.01, 0.02, 0.03, 0.04])
def test_qrs_with_a_pause(pause):
    """The top of R' in right bundle branch block is flat, and QRS goes on behind it."""
    late = np.where(TIME <= 0.05, TIME - 0.05, np.maximum(TIME - 0.05 - pause, 0))
    late = np.exp(-0.5 * (late / 0.012) ** 2)
    leads = [(0.12, -0.1, 0.9, -0.2, 0.25, -0.03), (0.05, 0, 0.2, -0.6, -0.1, 0.5), (0.1, -0.1, 1.5, -0.3, 0.3, 0)]
    places = [(-0.16, 0.02), (-0.02, 0.008), (0, 0.009), (0.02, 0.009), (0.28, 0.04)]
    signal = [sum(bell(*at, h) for at, h in zip(places, lead, strict=False)) + lead[5] * late for lead in leads]
    assert delineate(np.stack(signal)[None], FS)["qrs_end"][0] == pytest.approx(0.08 + pause, abs=0.015)


@pytest.mark.parametrize(("pr", "q"), [(0.16, 0), (0.2, 0.1), (0.24, 0.2), (0.24, 0.4)])
def test_p_ends_before_the_q_wave(pr, q):
    signal = bell(0.015 - pr, 0.02, 0.1) + bell(-0.023, 0.006, -q) + bell(0, 0.009, 1) + bell(0.27, 0.04, 0.3)
    found = delineate(np.stack([signal, 0.6 * signal])[None], FS)
    assert (found["p_end"] - found["p_onset"])[0] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(("st", "t"), [(0, 0.15), (-0.1, 0.15), (-0.2, 0.1), (-0.25, 0.15)])
def test_a_sagging_st_segment_is_no_t_wave(st, t):
    signal = bell(-0.16, 0.02, 0.12) + bell(0, 0.009, 1.3) + bell(0.16, 0.05, st) + bell(0.31, 0.03, t)
    found = delineate(np.stack([signal, -0.4 * signal])[None], FS, interval=0.9)
    assert found["t_end"][0] == pytest.approx(0.375, abs=0.02)
    assert found["t_peak"][0] == pytest.approx(0.31, abs=0.02)
    assert 0.16 < found["t_onset"][0] < 0.28


def atrial(activity, n_times=5000):
    """Return a record of two leads with QRS and T every 0.8 s, and this atrial activity."""
    times = np.arange(n_times) / FS
    rest = 0.005 * np.random.default_rng(0).normal(size=(2, n_times))
    for r in np.arange(0.5, n_times / FS, 0.8):
        activity = activity + np.exp(-0.5 * ((times - r) / 0.01) ** 2)
        activity = activity + 0.25 * np.exp(-0.5 * ((times - r - 0.27) / 0.045) ** 2)
    return np.stack([activity, 0.7 * activity]) + rest


def p_found(signal):
    peaks = find_r_peaks_batch(signal[None], FS)
    signal = apply_filter(signal, design_filter("highpass", FS, low=0.5))
    beats, errors = average_beats(signal[None], FS, peaks)
    interval = np.median(np.diff(peaks[0])) / FS
    return bool(np.isfinite(delineate(beats, FS, interval=interval, errors=errors)["p_onset"][0]))


def test_p_waves_and_other_waves_of_the_atria():
    times = np.arange(5000) / FS

    def waves(starts):
        return sum(0.12 * np.exp(-0.5 * ((times - start) / 0.02) ** 2) for start in starts)

    assert p_found(atrial(waves(np.arange(0.34, 10, 0.8))))
    assert not p_found(atrial(0.15 * (2 * ((5 * times) % 1) - 1)))  # flutter, 4:1
    assert not p_found(atrial(waves(np.arange(0.1, 10, 0.63))))  # dissociation
    assert not p_found(atrial(0 * times))


def test_a_spike_is_no_p_wave():
    spike = 0.4 * (np.abs(TIME + 0.268) < 0.006)
    found = delineate((beat(p=0) + spike)[None], FS)
    assert np.isnan(found["p_onset"][0])


@pytest.mark.parametrize("at", [-0.07, -0.16])
def test_the_spike_of_a_pacemaker_is_neither_qrs_nor_p(at):
    spike = np.zeros(550)
    spike[round((0.4 + at) * FS) :][:2] = 0.5  # 4 ms
    paced = beat(p=0, qrs=0.14)
    found, expected = (delineate(beats[None], FS, interval=0.9) for beats in (paced + spike, paced))
    assert np.isnan(found["p_onset"][0])
    for name in ("qrs_onset", "qrs_end", "t_end"):
        assert found[name] == pytest.approx(expected[name], abs=0.008)


@pytest.mark.parametrize("interval", [0.7, 0.9, 1.1])
@pytest.mark.parametrize("qtc", [0.36, 0.42, 0.48, 0.54, 0.57])
def test_a_long_qt_is_measured_as_long(qtc, interval):
    """From 0.52 s on, the rise of a late T was taken for its fall, and QTc read 0.42 to 0.46 s."""
    time = np.arange(-200, 350) / 500
    waves = [(0.15, -0.15, 0.02), (1.0, 0.0, 0.012), (0.3, qtc * np.sqrt(interval) - 0.12, 0.035)]
    beat = sum(height * np.exp(-0.5 * ((time - centre) / width) ** 2) for height, centre, width in waves)
    found = delineate(np.stack([beat, 0.5 * beat])[None], 500, interval=interval)
    qt = found["t_end"][0] - found["qrs_onset"][0]
    assert qt / np.sqrt(interval) == pytest.approx(qtc + 0.012, abs=0.012)

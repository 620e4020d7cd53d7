import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.signal import BEAT_CLASSES, classify_beats, find_atrial_rate, find_r_peaks

FS = 500
TIMES = np.arange(0.6, 11, 0.8)


def bell(centre, width):
    return np.exp(-0.5 * ((np.arange(12 * FS) / FS - centre) / width) ** 2)


def beat(time, kind="normal", size=1.0):
    """Return a beat of two leads: P, a narrow QRS and T, or a wide QRS with an opposite T."""
    if kind == "ventricular":
        course = 1.6 * bell(time + 0.03, 0.045) - 0.4 * bell(time + 0.25, 0.04)
        return size * np.stack([-course, 0.8 * course])
    p = 0.15 * bell(time - 0.15, 0.02) if kind == "normal" else -0.12 * bell(time - 0.11, 0.02)
    course = p + bell(time, 0.011) - 0.2 * bell(time + 0.03, 0.01) + 0.25 * bell(time + 0.28, 0.04)
    return size * np.stack([course, 0.7 * course])


def record(*premature, missing=()):
    """Return a sinus rhythm with beats (time, kind) and without those of some numbers."""
    rhythm = [beat(time) for k, time in enumerate(TIMES) if k not in missing]
    noise = np.random.default_rng(0).normal(0, 0.01, (2, 12 * FS))
    return sum(rhythm) + sum(beat(*each) for each in premature) + noise


def classes_at(signal, *times, **params):
    """Return the classes of the beats next to some times, and of all others together."""
    peaks, classes = find_r_peaks(signal, FS), classify_beats(signal, FS, **params)
    assert len(peaks) == len(classes) and set(classes) <= set(BEAT_CLASSES)
    near = np.array([np.abs(peaks / FS - time).argmin() for time in times], int)
    return classes[near].tolist(), set(np.delete(classes, near).tolist())


def test_a_steady_rhythm_is_normal():
    assert set(classify_beats(record(), FS).tolist()) == {"normal"}


def test_a_premature_wide_beat_is_ventricular():
    signal = record((TIMES[5] - 0.3, "ventricular"), missing=[5])
    assert classes_at(signal, TIMES[5] - 0.3) == (["ventricular"], {"normal"})


def test_an_interpolated_ventricular_beat_leaves_the_next_one_normal():
    early = TIMES[5] + 0.38
    peaks = np.sort(np.append(TIMES, early))
    classes = classify_beats(record((early, "ventricular")), FS, np.round(peaks * FS).astype(int))
    assert np.flatnonzero(classes == "ventricular").tolist() == np.flatnonzero(peaks == early).tolist()
    assert (classes == "normal").sum() == len(TIMES)


@pytest.mark.parametrize("early", [0.13, 0.28])
def test_a_premature_narrow_beat_is_supraventricular(early):
    signal = record((TIMES[5] - early, "atrial"), missing=[5])
    assert classes_at(signal, TIMES[5] - early) == (["supraventricular"], {"normal"})


def test_a_late_beat_of_another_shape_needs_a_second_one():
    late = [(TIMES[k] + 0.2, "ventricular") for k in (3, 7, 11)]
    signal = record(*late, missing=[3, 7, 11])
    assert classes_at(signal, *(time for time, _ in late)) == (["ventricular"] * 3, {"normal"})
    signal = record(late[0], missing=[3])
    assert set(classify_beats(signal, FS).tolist()) == {"normal"}


@pytest.mark.parametrize("amplitude", [0.6, -3.0])
def test_beats_after_a_spike_are_paced(amplitude):
    signal = record(*((time, "ventricular") for time in TIMES[6:]), missing=range(6, len(TIMES)))
    for time in TIMES[6:]:
        start = round((time - 0.06) * FS)
        signal[:, start] += amplitude * np.array([1.0, 0.8])
    classes, others = classes_at(signal, *TIMES[6:])
    assert set(classes) == {"paced"} and "paced" not in others


@pytest.mark.parametrize(("kind", "name"), [("PVC", "ventricular"), ("PAC", "supraventricular"), ("NORM", None)])
@pytest.mark.parametrize("fs", [100, 360])
def test_synthetic_hearts(kind, name, fs):
    records = make_ecg(12, classes=[kind], fs=fs, random_state=1).data
    ectopic = [set(classify_beats(record.signal, record.fs).tolist()) - {"normal"} for record in records]
    assert sum(found == ({name} - {None}) for found in ectopic) >= 11


def test_no_premature_beats_in_fibrillation():
    records = make_ecg(12, classes=["AF"], random_state=0).data
    assert sum("supraventricular" in classify_beats(record.signal, FS) for record in records) <= 2


def test_one_lead_units_and_given_peaks():
    signal = record((TIMES[5] - 0.3, "ventricular"), missing=[5])
    expected = classify_beats(signal[0], FS)
    np.testing.assert_array_equal(classify_beats(1000 * signal[:1], FS, find_r_peaks(signal[0], FS)), expected)
    assert "ventricular" in expected


def test_templates_of_long_records_follow_the_heart():
    peaks = 250 + 400 * np.arange(900)
    shape = beat(0.6)[0, 100:500]
    other = shape - 0.9 * bell(0.58, 0.008)[100:500]
    signal = np.zeros((1, 400 * 901))
    for k, peak in enumerate(peaks):
        part = k / 900
        signal[0, peak - 200 : peak + 200] = (1 - part) * shape + part * other
    signal += np.random.default_rng(0).normal(0, 0.02, signal.shape)
    assert set(classify_beats(signal, FS, peaks).tolist()) == {"normal"}


@pytest.mark.parametrize("n_beats", [0, 1, 3])
def test_few_beats_are_normal(n_beats):
    signal = sum((beat(time) for time in TIMES[:n_beats]), np.zeros((2, 12 * FS)))
    assert classify_beats(signal, FS, (TIMES[:n_beats] * FS).astype(int)).tolist() == ["normal"] * n_beats


@pytest.mark.parametrize("function", [classify_beats, find_atrial_rate])
@pytest.mark.parametrize("peaks", [[-1, 500], [100, 6000], [500, 100], [10.5, 300], [[100, 500]]])
def test_peaks_ascend_within_the_signal(function, peaks):
    with pytest.raises(ValueError, match=r"samples of the signal, 0 to 5999, ascending; got"):
        function(record(), FS, np.array(peaks))


@pytest.mark.parametrize("function", [classify_beats, find_atrial_rate])
@pytest.mark.parametrize(
    ("signal", "fs", "message"),
    [
        (np.full((2, 900), np.nan), FS, "contain NaN or infinity"),
        (np.zeros((1, 2, 900)), FS, r"shape \(n_leads, n_times\) or \(n_times,\); got \(1, 2, 900\)"),
        (np.zeros(900), 20, "at least 50 Hz; got fs=20 Hz"),
    ],
)
def test_signals_that_do_not_fit(function, signal, fs, message):
    for peaks in (None, np.array([200, 500])):
        with pytest.raises(ValueError, match=message):
            function(signal, fs, peaks)

import numpy as np
import pytest

from skecg.features._rhythm import RHYTHM, measure_rhythm

FS = 500


def test_statistics_of_known_intervals():
    peaks = np.cumsum([0, 400, 500, 400, 500, 200])  # 0.8, 1, 0.8, 1 and 0.4 s
    found = dict(zip(RHYTHM, measure_rhythm(peaks, FS), strict=True))
    rr = np.array([0.8, 1.0, 0.8, 1.0, 0.4])
    steps = np.diff(rr)
    rmssd = np.sqrt((steps**2).mean())
    expected = {
        "n_beats": 6,
        "heart_rate": 75,
        "rr_mean": 0.8,
        "rr_median": 0.8,
        "rr_std": rr.std(ddof=1),
        "rr_min": 0.4,
        "rr_max": 1.0,
        "rmssd": rmssd,
        "pnn50": 1.0,
        "sd1": rmssd / np.sqrt(2),
        "sd2": np.sqrt(2 * rr.var(ddof=1) - rmssd**2 / 2),
        "rr_irregularity": rmssd / 0.8,
        "premature_share": 0.2,
    }
    assert tuple(expected) == RHYTHM
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


@pytest.mark.parametrize("usual", [300, 325, 350, 400, 425, 500, 600])
def test_bounds_are_exact(usual):
    peaks = np.cumsum([0, usual, usual + 25, usual, usual, usual * 4 // 5])  # 50 ms more, then four fifths
    found = dict(zip(RHYTHM, measure_rhythm(peaks, FS), strict=True))
    assert found["pnn50"] == 0.25  # only the last difference is above 50 ms
    assert found["premature_share"] == 0


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("n_intervals", [7, 8, 11])
def test_every_second_beat_is_premature(first, n_intervals):
    short = (np.arange(n_intervals) + first) % 2 == 0
    found = measure_rhythm(np.cumsum([0, *np.where(short, 250, 550)]), FS)
    assert found[RHYTHM.index("premature_share")] == short.mean()


def test_a_pause_makes_nothing_premature():
    found = measure_rhythm(np.cumsum([0, 400, 410, 405, 900, 400, 395]), FS)
    assert found[RHYTHM.index("premature_share")] == 0


@pytest.mark.parametrize("n_beats", [0, 1, 2, 3])
def test_few_beats_leave_nan(n_beats):
    found = dict(zip(RHYTHM, measure_rhythm(np.arange(n_beats) * 500, FS), strict=True))
    assert found["n_beats"] == n_beats
    assert np.isnan(found["heart_rate"]) == (n_beats < 2)
    assert np.isnan(found["rmssd"]) == (n_beats < 3)

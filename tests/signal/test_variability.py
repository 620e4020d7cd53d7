import numpy as np
import pytest

from skecg.signal import VARIABILITY, heart_rate_variability


def sinus(duration, seed=0, lf=0.02, hf=0.03, noise=0.0):
    """Return R peaks in s of intervals with waves of 0.1 and 0.25 Hz, of given heights in s around 0.8 s."""
    rng, times = np.random.default_rng(seed), [0.0]
    while times[-1] < duration:
        waves = lf * np.sin(2 * np.pi * 0.1 * times[-1]) + hf * np.sin(2 * np.pi * 0.25 * times[-1])
        times.append(times[-1] + 0.8 + waves + noise * rng.standard_normal())
    return np.array(times)


def test_known_powers():
    values = heart_rate_variability(sinus(600), 1)
    assert tuple(values) == VARIABILITY
    assert values["lf"] == pytest.approx(0.02**2 / 2, rel=0.1)
    assert values["hf"] == pytest.approx(0.03**2 / 2, rel=0.1)
    assert values["vlf"] < 1e-5 and values["lf_hf"] == pytest.approx(values["lf"] / values["hf"])
    assert values["lf_norm"] + values["hf_norm"] == pytest.approx(1)
    assert values["sdnn"] ** 2 == pytest.approx((0.02**2 + 0.03**2) / 2, rel=0.05)
    assert values["total_power"] == pytest.approx(values["sdnn"] ** 2, rel=0.2)


def test_statistics_in_time():
    samples = np.tile([400, 450, 410, 425], 400)
    values = heart_rate_variability(np.cumsum(np.append(0, samples)), 500)
    nn, steps = samples / 500, np.diff(samples) / 500
    assert values["n_nn"] == 1600 and values["mean_nn"] == pytest.approx(nn.mean())
    assert values["rmssd"] == pytest.approx(np.sqrt((steps**2).mean()))
    assert values["sdsd"] == pytest.approx(steps.std(ddof=1))
    assert values["nn50"] == 800  # 50 ms exactly is not above 50 ms
    assert values["pnn50"] == pytest.approx(800 / 1599)
    assert values["triangular_index"] == pytest.approx(4, abs=0.01)
    assert values["sdann"] < 0.001 and values["sdnn_index"] == pytest.approx(nn.std(ddof=1), rel=0.01)


def test_only_intervals_between_normal_beats_count():
    times = sinus(400, noise=0.01)
    expected = heart_rate_variability(times, 1)
    classes = np.full(len(times), "normal", "<U16")
    early = np.arange(30, len(times) - 5, 40)
    times[early] -= 0.3
    classes[early] = "ventricular"
    values = heart_rate_variability(times, 1, classes)
    assert values["n_nn"] == expected["n_nn"] - 2 * len(early)
    for name in ("mean_nn", "sdnn", "rmssd", "lf", "hf"):
        assert values[name] == pytest.approx(expected[name], rel=0.15), name
    assert heart_rate_variability(times, 1)["rmssd"] > 2 * expected["rmssd"]


@pytest.mark.parametrize(
    ("duration", "first", "absent"),
    [
        (9.5, "rmssd", "sdnn"),
        (40, "sdnn", "pnn50"),
        (80, "hf", "lf"),
        (150, "lf_hf", "vlf"),
        (320, "total_power", "sdann"),
        (620, "sdnn_index", "triangular_index"),
        (1300, "triangular_index", None),
    ],
)
def test_short_records_lack_values(duration, first, absent):
    values = heart_rate_variability(sinus(duration), 1)
    assert np.isfinite(values[first]) and (absent is None or np.isnan(values[absent]))


def test_a_spectrum_needs_most_of_the_time():
    times = sinus(400)
    classes = np.full(len(times), "normal", "<U16")
    classes[100:300] = "supraventricular"
    values = heart_rate_variability(times, 1, classes)
    assert np.isnan(values["lf"]) and np.isfinite(values["sdnn"])


@pytest.mark.parametrize("n_beats", [0, 1, 2])
def test_no_intervals_no_values(n_beats):
    values = heart_rate_variability(np.arange(n_beats), 1)
    assert np.isnan([values[name] for name in VARIABILITY if name not in ("n_nn", "mean_nn")]).all()


def test_input_that_does_not_fit():
    with pytest.raises(ValueError, match="ascend; got"):
        heart_rate_variability([3, 2], 1)
    with pytest.raises(ValueError, match=r"\(n_beats,\) and ascend; got the shape \(1, 2\)"):
        heart_rate_variability([[2, 3]], 1)
    with pytest.raises(ValueError, match="each of the 2 peaks; got 3"):
        heart_rate_variability([2, 3], 1, ["normal"] * 3)

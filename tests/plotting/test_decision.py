"""Decision curves, the prevalence, and Wilson's intervals."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import binomtest

from skecg.plotting import LabelCalibrationDisplay, LabelDecisionDisplay, LabelPrecisionRecallDisplay

RNG = np.random.default_rng(0)
Y = (RNG.random(300) < 0.3).astype(int)
P = np.clip(Y * 0.3 + RNG.random(300) * 0.7, 0, 1)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_the_net_benefit_is_that_of_its_definition():
    display = LabelDecisionDisplay.from_predictions(Y, P, n_resamples=0)
    (curve,) = display.curves["1"].estimate
    for threshold, benefit in zip(display.grids["1"], curve, strict=True):
        alarm = threshold <= P
        hits, false = (alarm & (Y == 1)).mean(), (alarm & (Y == 0)).mean()
        assert benefit == pytest.approx(hits - false * threshold / (1 - threshold))


def test_at_a_threshold_of_zero_the_benefit_is_the_prevalence():
    display = LabelDecisionDisplay.from_predictions(Y, P, n_resamples=20, random_state=0)
    assert display.curves["1"].estimate[0, 0] == pytest.approx(Y.mean())
    assert display.prevalences == {"1": pytest.approx(Y.mean())}
    interval = display.curves["1"]
    assert (interval.low <= interval.high).all()


def test_a_model_that_alarms_always_is_the_reference():
    ones = np.ones(300)
    display = LabelDecisionDisplay.from_predictions(Y, ones, n_resamples=0)
    reference = [line for line in display.ax_.lines if line.get_linestyle() == ":"]
    np.testing.assert_allclose(reference[0].get_ydata(), display.curves["1"].estimate[0])


def test_the_prevalence_is_drawn():
    display = LabelPrecisionRecallDisplay.from_predictions(Y, P, n_resamples=0)
    (line,) = [line for line in display.ax_.lines if line.get_linestyle() == ":"]
    assert set(line.get_ydata()) == {Y.mean()}
    without = LabelPrecisionRecallDisplay(display.grids, display.curves, display.scores).plot()
    assert not [line for line in without.ax_.lines if line.get_linestyle() == ":"]


@pytest.mark.parametrize("turned", [False, True])
def test_a_bin_whose_records_are_all_the_same_has_an_interval_of_wilson(turned):
    p = np.repeat([0.1, 0.9], 20)
    y = np.r_[np.zeros(20, int), np.tile([0, 1, 1, 0], 5)]
    y, p = (1 - y, 1 - p) if turned else (y, p)
    same, other = (-1, 0) if turned else (0, -1)
    for groups, n in ((None, 20), (np.arange(40) // 2, 10)):
        display = LabelCalibrationDisplay.from_predictions(y, p, groups=groups, n_resamples=50, random_state=0)
        curve, expected = display.curves["1"], binomtest(n if turned else 0, n).proportion_ci(method="wilson")
        assert curve.low[0, same] == pytest.approx(expected.low, abs=1e-12)
        assert curve.high[0, same] == pytest.approx(expected.high)
        assert 0 < curve.low[0, other] <= 0.5 <= curve.high[0, other] < 1

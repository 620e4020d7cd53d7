import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from skecg.metrics import expected_calibration_error


def test_follows_the_calibration_curve_of_scikit_learn():
    rng = np.random.default_rng(0)
    p = rng.random(2000)
    y = rng.random(2000) < p**2
    observed, predicted = calibration_curve(y, p, n_bins=10)
    counts = np.histogram(p, bins=10, range=(0, 1))[0]
    expected = (np.abs(observed - predicted) * counts).sum() / 2000
    assert expected_calibration_error(y, p, n_bins=10) == pytest.approx(expected)
    assert 0.1 < expected < 0.3


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_honest_probabilities_have_a_small_error(strategy):
    rng = np.random.default_rng(1)
    p = rng.beta(0.5, 2, 20000)
    honest = expected_calibration_error(rng.random(20000) < p, p, strategy=strategy)
    assert honest < 0.02 < expected_calibration_error(rng.random(20000) < p / 2, p, strategy=strategy)


def test_probabilities_of_zero_and_one_fall_into_the_outer_bins():
    assert expected_calibration_error([0, 1], [0.0, 1.0]) == 0
    assert expected_calibration_error([1, 0], [0.0, 1.0]) == 1


def test_labels_classes_and_weights():
    rng = np.random.default_rng(2)
    Y, P = rng.integers(0, 2, (50, 3)), rng.random((50, 3))
    each = [expected_calibration_error(y, p) for y, p in zip(Y.T, P.T, strict=True)]
    np.testing.assert_allclose(expected_calibration_error(Y, P, average=None), each)
    assert expected_calibration_error(Y, P) == pytest.approx(np.mean(each))
    y = rng.integers(0, 3, 50)
    assert expected_calibration_error(y, P) == pytest.approx(expected_calibration_error(np.eye(3, dtype=int)[y], P))
    weights = rng.integers(1, 4, 50)
    repeated = expected_calibration_error(np.repeat(Y[:, 0], weights), np.repeat(P[:, 0], weights))
    assert expected_calibration_error(Y[:, 0], P[:, 0], sample_weight=weights) == pytest.approx(repeated)


def test_what_is_no_probability_is_an_error():
    with pytest.raises(ValueError, match="from 0 to 1, got -1 to 2"):
        expected_calibration_error([0, 1], [-1, 2])

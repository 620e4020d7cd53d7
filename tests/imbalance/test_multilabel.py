"""Common tests of ML-ROS and ML-RUS: the measure of imbalance and invalid input."""

import numpy as np
import pandas as pd
import pytest

from skecg.imbalance import MultilabelOverSampler, MultilabelUnderSampler
from skecg.imbalance._multilabel import imbalance_ratios

BOTH = [MultilabelOverSampler, MultilabelUnderSampler]


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return (rng.random((400, 4)) < [0.6, 0.3, 0.05, 0.02]).astype(int)


def test_ratios_follow_the_definition():
    Y = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0]], bool)
    np.testing.assert_array_equal(imbalance_ratios(Y), [1, 2, np.nan])


@pytest.mark.parametrize("sampler", BOTH)
def test_the_mean_ratio_falls(sampler, labels):
    fitted = sampler(random_state=0)
    Y_new = fitted.fit_resample(np.zeros((400, 1, 3)), labels)[1]
    np.testing.assert_array_equal(Y_new, labels[fitted.sample_indices_])
    assert imbalance_ratios(Y_new).mean() < 0.8 * fitted.mean_imbalance_ratio_


@pytest.mark.parametrize("sampler", BOTH)
def test_balanced_labels_stay_as_they_are(sampler):
    Y = np.tile(np.eye(3, dtype=int), (10, 1))
    fitted = sampler(random_state=0)
    fitted.fit_resample(np.zeros((30, 2)), Y)
    np.testing.assert_array_equal(fitted.sample_indices_, np.arange(30))


@pytest.mark.parametrize("sampler", BOTH)
def test_tables_come_back_as_tables(sampler, labels):
    X = pd.DataFrame(np.arange(800).reshape(400, 2), columns=["a", "b"])
    X_new, Y_new = sampler(random_state=0).fit_resample(X, pd.DataFrame(labels, columns=list("abcd")))
    assert list(X_new.columns) == ["a", "b"] and list(Y_new.columns) == list("abcd")
    np.testing.assert_array_equal(X_new.index, Y_new.index)


@pytest.mark.parametrize("sampler", BOTH)
@pytest.mark.parametrize("y", [np.arange(6) % 2, np.zeros((6, 1)), np.full((6, 2), 2), np.array(list("ababab"))])
def test_classes_are_refused_with_the_way_out(sampler, y):
    with pytest.raises(ValueError, match=r"needs a 0/1 indicator of labels.*RecordOverSampler or RecordUnderSampler"):
        sampler().fit_resample(np.zeros((6, 2, 3)), y)

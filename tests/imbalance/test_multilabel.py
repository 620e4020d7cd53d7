"""ML-ROS and ML-RUS, which share their measure of imbalance."""

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


def test_over_sampling_repeats_records_with_labels_above_the_mean_only(labels):
    sampler = MultilabelOverSampler(fraction=0.1, random_state=0).fit(np.zeros((400, 2)), labels)
    rare = sampler.imbalance_ratios_ > sampler.mean_imbalance_ratio_
    sampler.fit_resample(np.zeros((400, 1, 3)), labels)
    repeated = sampler.sample_indices_[400:]
    assert 0 < len(repeated) <= 40
    assert labels[repeated][:, rare].any(axis=1).all()


def test_a_label_leaves_once_it_is_no_longer_rare():
    Y = np.zeros((100, 3), int)
    Y[:50, 0], Y[50:90, 1], Y[90:95, 2] = 1, 1, 1
    sampler = MultilabelOverSampler(fraction=10, random_state=0)
    Y_new = sampler.fit_resample(np.zeros((100, 2)), Y)[1]
    assert imbalance_ratios(Y_new)[2] <= sampler.mean_imbalance_ratio_ < 50 / (Y_new[:, 2].sum() - 1)
    assert (Y_new.sum(axis=0)[:2] == Y.sum(axis=0)[:2]).all()


def test_under_sampling_keeps_every_record_with_a_rare_label(labels):
    sampler = MultilabelUnderSampler(random_state=0)
    Y_new = sampler.fit_resample(np.zeros((400, 1, 3)), labels)[1]
    rare = sampler.imbalance_ratios_ > sampler.mean_imbalance_ratio_
    assert rare.any() and (Y_new.sum(axis=0)[rare] == labels.sum(axis=0)[rare]).all()
    assert 300 <= len(Y_new) < 400
    unlabelled = np.flatnonzero(~labels.any(axis=1))
    assert set(unlabelled) <= set(sampler.sample_indices_)


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

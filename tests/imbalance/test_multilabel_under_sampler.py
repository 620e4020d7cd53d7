import numpy as np
import pytest

from skecg.imbalance import MultilabelUnderSampler


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return (rng.random((400, 4)) < [0.6, 0.3, 0.05, 0.02]).astype(int)


def test_under_sampling_keeps_every_record_with_a_rare_label(labels):
    sampler = MultilabelUnderSampler(random_state=0)
    Y_new = sampler.fit_resample(np.zeros((400, 1, 3)), labels)[1]
    rare = sampler.imbalance_ratios_ > sampler.mean_imbalance_ratio_
    assert rare.any() and (Y_new.sum(axis=0)[rare] == labels.sum(axis=0)[rare]).all()
    assert 300 <= len(Y_new) < 400
    unlabelled = np.flatnonzero(~labels.any(axis=1))
    assert set(unlabelled) <= set(sampler.sample_indices_)


def test_a_label_leaves_once_it_is_no_longer_frequent():
    Y = np.array([[1, 0]] * 12 + [[0, 1]] * 4)
    sampler = MultilabelUnderSampler(fraction=0.9, random_state=0)
    Y_new = sampler.fit_resample(np.zeros((16, 2)), Y)[1]
    # Label 0 is now twice as rare as label 1.
    assert sampler.mean_imbalance_ratio_ == 2 and Y_new.sum(axis=0).tolist() == [2, 4]


def test_a_fraction_is_less_than_all():
    with pytest.raises(ValueError, match="fraction"):
        MultilabelUnderSampler(fraction=1.0).fit_resample(np.zeros((2, 2)), np.eye(2))

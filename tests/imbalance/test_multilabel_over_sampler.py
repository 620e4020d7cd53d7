import numpy as np
import pytest

from skecg.imbalance import MultilabelOverSampler
from skecg.imbalance._multilabel import imbalance_ratios


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return (rng.random((400, 4)) < [0.6, 0.3, 0.05, 0.02]).astype(int)


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


def test_a_draw_ends_at_the_wanted_fraction():
    Y = np.array([[1, 0]] * 99 + [[0, 1]])
    sampler = MultilabelOverSampler(fraction=0.2, random_state=0)
    assert len(sampler.fit_resample(np.zeros((100, 2)), Y)[1]) <= 120
    with pytest.raises(ValueError, match="fraction"):
        MultilabelOverSampler(fraction=0).fit_resample(np.zeros((100, 2)), Y)

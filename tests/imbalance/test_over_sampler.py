import numpy as np
from imblearn.over_sampling import RandomOverSampler

from skecg.imbalance import RecordOverSampler


def test_all_records_stay_and_copies_follow():
    X, y = np.arange(40.0).reshape(10, 2, 2), np.repeat([0, 1], [8, 2])
    sampler = RecordOverSampler(random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(sampler.sample_indices_[:10], np.arange(10))
    assert set(sampler.sample_indices_[10:]) <= {8, 9}
    np.testing.assert_array_equal(X_new, X[sampler.sample_indices_])
    assert sampler.sampling_strategy_ == {1: 6}
    assert y_new.tolist() == y.tolist() + [1] * 6


def test_draws_what_imbalanced_learn_draws_from_a_table():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 3)), rng.choice([0, 1, 2], 100, p=[0.6, 0.3, 0.1])
    ours, theirs = (sampler(random_state=5).fit_resample(X, y) for sampler in (RecordOverSampler, RandomOverSampler))
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])


def test_values_are_not_looked_at():
    X, y = np.full((4, 2, 3), np.nan), [0, 0, 0, 1]
    assert RecordOverSampler().fit_resample(X, y)[0].shape == (6, 2, 3)

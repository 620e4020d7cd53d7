import numpy as np
import pytest

from skecg.imbalance import RecordUnderSampler


def test_the_rare_class_stays_whole_and_the_order_too():
    X, y = np.arange(80.0).reshape(20, 2, 2), np.tile([0, 0, 0, 1], 5)
    sampler = RecordUnderSampler(random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    assert np.bincount(y_new).tolist() == [5, 5]
    assert set(np.flatnonzero(y)) <= set(sampler.sample_indices_)
    assert (np.diff(sampler.sample_indices_) > 0).all()
    np.testing.assert_array_equal(X_new, X[sampler.sample_indices_])


def test_with_replacement_a_record_may_come_twice():
    X, y = np.zeros((60, 1, 4)), np.repeat([0, 1], [31, 29])
    sampler = RecordUnderSampler(replacement=True, random_state=0)
    sampler.fit_resample(X, y)
    assert len(set(sampler.sample_indices_)) < len(sampler.sample_indices_) == 58


def test_more_records_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="4 samples and 9 samples are asked"):
        RecordUnderSampler(sampling_strategy={0: 9}).fit_resample(np.zeros((6, 1, 4)), [0, 0, 0, 0, 1, 1])

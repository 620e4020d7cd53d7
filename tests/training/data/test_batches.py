"""The draws of batches."""

import numpy as np
import pytest

from skecg.training.data.batches import BalancedBatches, ShuffledBatches


@pytest.mark.parametrize(
    ("n_records", "sizes"), [(8, [4, 4]), (9, [4, 5]), (10, [4, 4, 2]), (3, [3]), (5, [5]), (1, [1])]
)
def test_no_record_trains_alone(n_records, sizes):
    batches = list(ShuffledBatches(n_records, 4, np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == sizes
    assert sorted(i for batch in batches for i in batch) == list(range(n_records))


def test_balanced_batches_hold_all_classes_alike():
    target = np.eye(3)[np.repeat([0, 1, 2], [90, 7, 4])]
    batches = list(BalancedBatches(target, 12, np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == [12] * 8 + [5]
    for batch in batches:
        counts = target[batch].sum(axis=0)
        assert counts.max() - counts.min() <= 1
    rare = [record for batch in batches for record in batch if record >= 97]
    assert np.ptp(np.unique(rare, return_counts=True)[1]) <= 1  # each of the four rare records occurs equally often


def test_balanced_batches_of_labels():
    target = np.zeros((100, 3))
    target[:60, 0] = target[58:64, 1] = 1  # 36 records have no label, and no record has the last label
    drawn = np.concatenate(list(BalancedBatches(target, 10, np.random.default_rng(0))))
    assert len(drawn) == 100
    assert abs((drawn >= 64).sum() - 33) <= 1
    assert target[drawn, 1].sum() >= 33


def test_more_classes_than_a_batch_has_places():
    target = np.eye(8)[np.arange(40) % 8]
    drawn = np.concatenate(list(BalancedBatches(target, 3, np.random.default_rng(0))))
    assert sorted(drawn) == list(range(40))


def test_balanced_batches_are_redrawn_each_epoch():
    sampler = BalancedBatches(np.eye(2)[np.arange(20) % 2], 4, np.random.default_rng(0))
    assert list(sampler) != list(sampler)

"""Weights, the loss, the validation share."""

import numpy as np
import pytest
import torch

from skecg.training._targets import WeightedLoss, loss_weights, validation_split

CLASSES = np.array(["a", "b", "c"])
TARGET = np.array([0, 0, 0, 1, 1, 2])


def test_class_and_sample_weights_multiply():
    sample_weight = np.array([1, 2, 1, 1, 1, 3.0])
    weights = loss_weights(TARGET, sample_weight, {"a": 1.0, "b": 5.0, "c": 2.0}, CLASSES)
    assert weights.tolist() == [1, 2, 1, 5, 5, 6]
    balanced = loss_weights(TARGET, np.ones(6), "balanced", CLASSES)
    assert [balanced[c == TARGET].sum() for c in range(3)] == pytest.approx([2, 2, 2])


def test_labels_are_weighted_one_by_one():
    target = np.array([[1, 0], [0, 0], [0, 1], [0, 1]], np.float32)
    weights = loss_weights(target, np.ones(4), [{0: 1, 1: 9}, {0: 2, 1: 1}], None)
    assert weights.tolist() == [[9, 2], [1, 2], [1, 1], [1, 1]]
    same = loss_weights(target, np.ones(4), {0: 1, 1: 9}, None)
    assert same[:, 1].tolist() == [1, 1, 9, 9]
    with pytest.raises(ValueError, match="1 dictionaries for 2 labels"):
        loss_weights(target, np.ones(4), [{0: 1, 1: 9}], None)


def test_a_label_nobody_has_can_be_balanced():
    target = np.array([[1, 0], [0, 0]], np.float32)
    weights = loss_weights(target, np.ones(2), "balanced", None)
    assert np.isfinite(weights).all() and weights[:, 1].tolist() == [1, 1]


@pytest.mark.parametrize("multilabel", [False, True])
def test_weight_two_is_the_record_twice(multilabel):
    torch.manual_seed(0)
    network = torch.nn.Linear(7, 3)
    x = torch.randn(10, 7)
    y = torch.randint(0, 2, (10, 3)).float() if multilabel else torch.randint(0, 3, (10,))
    weight = torch.ones(10, 3) if multilabel else torch.ones(10)
    twice = torch.cat([torch.arange(10), torch.tensor([4])])
    heavy = weight.clone()
    heavy[4] *= 2
    gradients = []
    for rows, w in ((torch.arange(10), heavy), (twice, weight[twice])):
        network.zero_grad()
        WeightedLoss(multilabel)(network(x[rows]), (y[rows], w)).backward()
        gradients.append(network.weight.grad.clone())
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-7)


def test_patients_stay_on_one_side():
    groups = np.repeat(np.arange(20), 3)
    train, valid = validation_split(np.arange(60) % 2, groups, 0.2, 0)
    assert not set(groups[train]) & set(groups[valid])
    assert len(set(groups[valid])) == 4


def test_without_patients_the_classes_keep_their_shares():
    target = np.repeat([0, 1], [90, 10])
    train, valid = validation_split(target, None, 0.2, 0)
    assert target[valid].sum() == 2 and target[train].sum() == 8
    rare = np.repeat([0, 1], [30, 1])
    train, valid = validation_split(rare, None, 0.2, 0)
    assert len(train) + len(valid) == 31


def test_one_patient_cannot_be_split():
    with pytest.raises(ValueError, match="two groups"):
        validation_split(np.arange(10) % 2, np.zeros(10), 0.2, 0)

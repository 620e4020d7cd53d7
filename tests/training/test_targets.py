"""Weights and the validation share."""

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.training._targets import encode, loss_weights, patients, validation_split

CLASSES = np.array(["a", "b", "c"])
CODES = np.array([0, 0, 0, 1, 1, 2])
TARGET = np.eye(3)[CODES]
LABELS = [np.array([0, 1])] * 2


def test_class_and_sample_weights_multiply():
    sample_weight = np.array([1, 2, 1, 1, 1, 3.0])
    weights = loss_weights(TARGET, sample_weight, {"a": 1.0, "b": 5.0, "c": 2.0}, CLASSES)
    assert weights.tolist() == [1, 2, 1, 5, 5, 6]
    balanced = loss_weights(TARGET, np.ones(6), "balanced", CLASSES)
    assert [balanced[c == CODES].sum() for c in range(3)] == pytest.approx([2, 2, 2])


def test_labels_are_weighted_one_by_one():
    target = np.array([[1, 0], [0, 0], [0, 1], [0, 1]], np.float32)
    weights = loss_weights(target, np.ones(4), [{0: 1, 1: 9}, {0: 2, 1: 1}], LABELS)
    assert weights.tolist() == [[9, 2], [1, 2], [1, 1], [1, 1]]
    same = loss_weights(target, np.ones(4), {0: 1, 1: 9}, LABELS)
    assert same[:, 1].tolist() == [1, 1, 9, 9]
    with pytest.raises(ValueError, match="1 dictionaries for 2 labels"):
        loss_weights(target, np.ones(4), [{0: 1, 1: 9}], LABELS)


def test_a_label_nobody_has_can_be_balanced():
    target = np.array([[1, 0], [0, 0]], np.float32)
    weights = loss_weights(target, np.ones(2), "balanced", LABELS)
    assert np.isfinite(weights).all() and weights[:, 1].tolist() == [1, 1]


def test_patients_stay_on_one_side():
    groups = np.repeat(np.arange(20), 3)
    train, valid = validation_split(np.eye(2)[np.arange(60) % 2], groups, 0.2, 0, multilabel=False)
    assert not set(groups[train]) & set(groups[valid])
    assert len(set(groups[valid])) == 4


def test_without_patients_the_classes_keep_their_shares():
    target = np.repeat([0, 1], [90, 10])
    train, valid = validation_split(np.eye(2)[target], None, 0.2, 0, multilabel=False)
    assert target[valid].sum() == 2 and target[train].sum() == 8
    rare = np.repeat([0, 1], [30, 1])
    train, valid = validation_split(np.eye(2)[rare], None, 0.2, 0, multilabel=False)
    assert len(train) + len(valid) == 31


def test_one_patient_cannot_be_split():
    with pytest.raises(ValueError, match="two groups"):
        validation_split(np.zeros((10, 2)), np.zeros(10), 0.2, 0, multilabel=True)


def test_unknown_patients_are_nobody_else():
    records = ECGRecords(np.zeros((4, 2, 9)), 100, metadata={"patient_id": ["a", None, None, "a"]})
    groups = patients(records, None)
    assert len(set(groups)) == 3
    assert groups[0] == groups[3]
    assert patients(records, [1, 1, 2, 2]).tolist() == [1, 1, 2, 2]
    assert patients(np.zeros((4, 2, 9)), None) is None


def test_targets_are_one_hot_or_the_indicator():
    classes, target = encode(["b", "a", "b"], "Clf")
    assert classes.tolist() == ["a", "b"]
    assert target.tolist() == [[0, 1], [1, 0], [0, 1]]
    classes, target = encode([[1, 0, 1], [0, 0, 0]], "Clf")
    assert [c.tolist() for c in classes] == [[0, 1]] * 3
    assert target.tolist() == [[1, 0, 1], [0, 0, 0]]

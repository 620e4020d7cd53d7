"""Weights and the validation share."""

import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecords
from skecg.classifiers import EEGNetClassifier
from skecg.imbalance import RecordOverSampler
from skecg.training.data.windows import signals_of
from skecg.training.loop import fit as _fit
from skecg.training.targets.encoding import encode
from skecg.training.targets.validation import copies_of, patients, validation_split
from skecg.training.targets.weighting import drop_zero_weights, expected_loss

CLASSES = np.array(["a", "b", "c"])
CODES = np.array([0, 0, 0, 1, 1, 2])
TARGET = np.eye(3)[CODES]
LABELS = [np.array([0, 1])] * 2


def loss_weights(labels, *args):
    """Return the weights of labels that are certain, which come back as they are."""
    target, weight = expected_loss(labels, labels, *args)
    np.testing.assert_array_equal(target, labels)
    return weight


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


def _repeated(kind):
    """Return 60 records, ten of them of a rare class, and copies of those ten."""
    X = np.random.default_rng(0).normal(size=(60, 2, 50)).astype(np.float32)
    y = np.repeat([0, 1], [50, 10])
    sampler = RecordOverSampler(random_state=0)
    return sampler.fit_resample(X if kind == "array" else ECGRecords(X, 100), y)


@pytest.mark.parametrize("kind", ["array", "records"])
@pytest.mark.parametrize("multilabel", [False, True])
def test_copies_of_a_record_stay_on_one_side(kind, multilabel):
    X, y = _repeated(kind)
    signals = signals_of(X)
    split = validation_split(np.eye(2)[y], patients(X, None), 0.2, 0, multilabel=multilabel, signals=signals)
    assert sorted(np.concatenate(split)) == list(range(100))
    train, valid = ({signals[i].tobytes() for i in part} for part in split)
    assert not train & valid and len(valid) == 12
    assert multilabel or {0, 1} == set(y[split[1]])


def test_without_copies_the_split_is_as_it_was():
    X = np.random.default_rng(0).normal(size=(60, 2, 50)).astype(np.float32)
    target = np.eye(2)[np.arange(60) % 2]
    for one, other in zip(
        validation_split(target, None, 0.2, 0, multilabel=False),
        validation_split(target, None, 0.2, 0, multilabel=False, signals=X),
        strict=True,
    ):
        assert one.tolist() == other.tolist()
    train, valid = validation_split(target, None, 0.2, 0, multilabel=False, signals=0 * X)
    assert len(train) == 48 and len(valid) == 12
    assert copies_of([X[0], X[1], X[0].copy(), X[1, :, ::-1]]).tolist() == [0, 1, 0, 3]


def test_copies_of_unknown_patients_are_one():
    records = ECGRecords(np.zeros((4, 2, 9)), 100, metadata={"patient_id": ["a", None, None, "a"]})
    groups = patients(records[[0, 1, 2, 3, 1, 2]], None)
    assert len(set(groups)) == 3
    assert groups[1] == groups[4] and groups[2] == groups[5]


def test_early_stopping_parts_no_copies(monkeypatch):
    X, y = _repeated("array")
    parts = []

    def watched(*args, **kwargs):
        parts.append(validation_split(*args, **kwargs))
        return parts[-1]

    monkeypatch.setattr(_fit, "validation_split", watched)
    EEGNetClassifier(max_epochs=1, early_stopping=True, random_state=0).fit(X, y)
    train, valid = ({X[i].tobytes() for i in part} for part in parts[0])
    assert not train & valid


def test_targets_are_one_hot_or_the_indicator():
    classes, target = encode(["b", "a", "b"], "Clf")
    assert classes.tolist() == ["a", "b"]
    assert target.tolist() == [[0, 1], [1, 0], [0, 1]]
    classes, target = encode([[1, 0, 1], [0, 0, 0]], "Clf")
    assert [c.tolist() for c in classes] == [[0, 1]] * 3
    assert target.tolist() == [[1, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    "y",
    [
        ["a", None, "b"],
        np.array(["a", np.nan, "b"], object),
        pd.Series(["a", None, "b"]),
        pd.Series(["a", None, "b"], dtype="string"),
        pd.Series(pd.Categorical(["a", None, "b"])),
        [0, None, 1],
    ],
)
def test_missing_labels(y):
    with pytest.raises(ValueError, match=r"y contains missing labels \(record 1\)"):
        encode(y, "Clf")


@pytest.mark.parametrize(
    "y", [[["a", "b"], ["a"], []], [["a", "b"], ["a", "c"]], pd.Series([["a"], ["a", "b"]]), [{"a"}, {"b"}]]
)
def test_lists_of_names(y):
    with pytest.raises(ValueError, match=r"several names per record.*MultiLabelBinarizer"):
        encode(y, "Clf")


def test_an_indicator_of_other_numbers():
    with pytest.raises(ValueError, match="must hold 0 and 1; y holds -1, 1"):
        encode([[-1, 1], [1, 1]], "Clf")
    assert encode(np.array([[True, False], [False, False]]), "Clf")[1].tolist() == [[1, 0], [0, 0]]
    with pytest.raises(ValueError, match="Input y contains NaN"):
        encode([0.0, np.nan, 1.0], "Clf")


def test_negative_weights():
    with pytest.raises(ValueError, match="sample_weight must not be negative; record 2 has -1"):
        drop_zero_weights([1, 1, -1.0, 1, 1, 1], np.zeros((6, 2)), list("aabbcc"), None)

"""A network learns probabilities in place of y."""

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.pipeline import make_pipeline as make_sampled_pipeline
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.imbalance import RecordOverSampler
from skecg.preprocessing import Normalize
from skecg.testing._instances import small_network
from skecg.training.loop import fit as _fit
from skecg.training.targets.losses import FOR_CLASSES, FOR_LABELS, PARAMS, WeightedLoss
from skecg.training.targets.weighting import expected_loss

N = 60
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, (N, 3))
CODES = np.arange(N) % 3
CLASSES = np.array(["NORM", "AF", "PVC"])[CODES]  # sorted: AF, NORM, PVC
SOFT_LABELS = np.clip(Y * 0.8 + RNG.uniform(0, 0.2, (N, 3)), 0, 1)
SOFT_CLASSES = RNG.dirichlet([1, 1, 1], N)


def _records():
    signals = RNG.normal(size=(N, 2, 120)) + 0.5 * Y[:, :1, None]
    return ECGRecords(signals, 100, metadata={"patient_id": np.arange(N) // 3})


X = _records()


def _clf(**params):
    settings = {"max_epochs": 3, "batch_size": 16, "learning_rate": 0.05, "random_state": 0}
    return ECGClassifier(small_network, **{**settings, **params})


def _same(one, other):
    states = [clf.net_.module_.state_dict() for clf in (one, other)]
    losses = [[epoch["train_loss"] for epoch in clf.history_] for clf in (one, other)]
    return losses[0] == losses[1] and all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_the_targets_of_held_out_patients_follow_their_records(monkeypatch):
    """Labels, patients, windows, weights of zero and early stopping together."""
    seen, original = [], _fit.train

    def train(network, dataset, validation, *args, **kwargs):
        seen.extend([dataset, validation])
        return original(network, dataset, validation, *args, **kwargs)

    monkeypatch.setattr(_fit, "train", train)
    weight = np.where(np.arange(N) < 6, 0.0, 1.0)
    clf = _clf(window=50, early_stopping=True, validation_fraction=0.3, n_iter_no_change=1, max_epochs=30)
    clf.fit(X, Y, soft_target=SOFT_LABELS, sample_weight=weight)
    row_of = {X.signals[row].tobytes(): row for row in range(N)}
    parts = []
    for windows in seen:
        rows = [row_of[windows.signals[i].tobytes()] for i in range(len(windows.signals))]
        np.testing.assert_allclose(windows.target.numpy(), SOFT_LABELS[rows], rtol=1e-6)
        parts.append(rows)
    assert sorted(parts[0] + parts[1]) == list(range(6, N))
    assert not {row // 3 for row in parts[0]} & {row // 3 for row in parts[1]}
    assert clf.n_iter_ < 30 and "valid_loss" in clf.history_[0]


@pytest.mark.parametrize("y", [CLASSES, Y], ids=["classes", "labels"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"class_weight": "balanced", "window": 50},
        {"balanced_batches": True, "augment": "mixup"},
        {"early_stopping": True, "validation_fraction": 0.3, "loss": "focal"},
    ],
    ids=str,
)
def test_certain_probabilities_are_the_labels(y, params):
    weight = RNG.uniform(0.5, 2, N)
    certain = Y if y is Y else np.eye(3)[np.unique(CLASSES, return_inverse=True)[1]]
    hard = _clf(**params).fit(X, y, sample_weight=weight)
    soft = _clf(**params).fit(X, y, sample_weight=weight, soft_target=certain)
    assert _same(hard, soft)
    other = SOFT_LABELS if y is Y else SOFT_CLASSES
    assert not _same(hard, _clf(**params).fit(X, y, sample_weight=weight, soft_target=other))


@pytest.mark.parametrize(
    ("name", "multilabel"), [(name, False) for name in FOR_CLASSES] + [(name, True) for name in FOR_LABELS]
)
def test_the_loss_is_the_mean_over_labels_that_the_teacher_draws(name, multilabel):
    """Each drawn label has the weight of its class; the loss is computed without the mean over the batch."""
    smooth = {"label_smoothing": 0.1} if "label_smoothing" in PARAMS[name] else {}
    loss = WeightedLoss(name, multilabel, smooth)
    logits, p = torch.from_numpy(RNG.normal(size=(4, 3))), SOFT_CLASSES[:4]
    labels = np.eye(3)[[0, 1, 2, 0]]
    classes = [np.array([0, 1])] * 3 if multilabel else np.arange(3)
    class_weight = {0: 0.5, 1: 4.0} if multilabel else {0: 1.0, 1: 2.0, 2: 5.0}

    def summed(target):
        target, weight = map(torch.from_numpy, expected_loss(target, labels, None, class_weight, classes))
        return (weight * loss.losses(logits, target, **loss.params)).numpy()

    if multilabel:
        expected = p * summed(np.ones((4, 3))) + (1 - p) * summed(np.zeros((4, 3)))
    else:
        expected = sum(p[:, k] * summed(np.tile(np.eye(3)[k], (4, 1))) for k in range(3))
    np.testing.assert_allclose(summed(p), expected, rtol=1e-5)


def test_a_class_without_weight_leaves_no_nan():
    p = np.array([[1.0, 0.0], [0.5, 0.5]])
    target, weight = expected_loss(p, np.eye(2), None, {0: 0.0, 1: 1.0}, np.arange(2))
    assert weight.tolist() == [0, 0.5] and target.tolist() == [[1, 0], [0, 1]]


@pytest.mark.learns
def test_the_teacher_teaches_what_the_labels_do_not():
    """y is noise; only the probabilities know the class, and their columns are in the order of classes_."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 240)
    signals = rng.normal(size=(240, 2, 100))
    signals[:, 0] += 0.7 * (truth == 1)[:, None]
    signals[:, 1] += 0.7 * (truth == 2)[:, None]
    noise = rng.permutation(np.repeat(["c", "a", "b"], 80))
    taught = np.full((240, 3), 0.1) + 0.7 * np.eye(3)[truth]
    train, test = np.arange(160), np.arange(160, 240)
    clf = _clf(max_epochs=15, class_weight="balanced")
    clf.fit(signals[train], noise[train], soft_target=taught[train])
    p = clf.predict_proba(signals[test])
    assert clf.classes_.tolist() == ["a", "b", "c"]
    assert roc_auc_score(truth[test], p, multi_class="ovr") > 0.9
    untaught = clf.fit(signals[train], noise[train]).predict_proba(signals[test])
    assert roc_auc_score(truth[test], untaught, multi_class="ovr") < 0.7


def test_the_network_learns_uncertainty():
    """Records that look the same and have the same label, but a doubtful teacher."""
    flat, y = np.zeros((40, 1, 50)), np.repeat([0, 1], 20)
    taught = np.tile([0.3, 0.7], (40, 1))
    clf = _clf(max_epochs=60, learning_rate=0.1, weight_decay=0.0)
    np.testing.assert_allclose(clf.fit(flat, y, soft_target=taught).predict_proba(flat), taught, atol=0.02)
    # Class weights act on the probabilities as on labels: 0.3 x 7 against 0.7 x 3 is even.
    clf.set_params(class_weight={0: 7, 1: 3})
    np.testing.assert_allclose(clf.fit(flat, y, soft_target=taught).predict_proba(flat), 0.5, atol=0.02)


def test_pipelines_and_folds_split_the_targets_with_the_records():
    model = make_pipeline(Normalize(), _clf())
    params = {"ecgclassifier__soft_target": SOFT_CLASSES}
    folds = GroupKFold(2)
    scores = cross_validate(
        model, X, CLASSES, groups=np.arange(N) // 3, cv=folds, params=params, return_estimator=True, error_score="raise"
    )
    train, _ = next(folds.split(CLASSES, groups=np.arange(N) // 3))
    alone = make_pipeline(Normalize(), _clf())
    alone.fit(X[train], CLASSES[train], ecgclassifier__soft_target=SOFT_CLASSES[train])
    assert _same(scores["estimator"][0][-1], alone[-1])
    embedding = _clf()
    assert embedding.fit(X, CLASSES, soft_target=pd.DataFrame(SOFT_CLASSES.astype(np.float32))).n_iter_ == 3


@pytest.mark.parametrize(
    ("y", "soft", "message"),
    [
        (CLASSES, SOFT_CLASSES[:, :2], r"shape \(60, 3\).*the classes \['AF', 'NORM', 'PVC'\] in this order; got"),
        (CLASSES, SOFT_CLASSES[:, 0], r"shape \(60, 3\).*got \(60,\)"),
        (CLASSES, SOFT_CLASSES[:-1], r"a row for each record.*got \(59, 3\)"),
        (Y, SOFT_LABELS[:, :2], r"a column for each of 3 labels in this order; got \(60, 2\)"),
        (CLASSES, np.where(np.arange(N)[:, None] == 7, np.nan, SOFT_CLASSES), "soft_target contains NaN"),
        (Y, SOFT_LABELS + 0.5 * (np.arange(N)[:, None] == 7), "from 0 to 1; record 7 has 1.* in column"),
        (Y, SOFT_LABELS - 1.5 * (np.arange(N)[:, None] == 7), "from 0 to 1; record 7 has -"),
        (CLASSES, SOFT_CLASSES * np.where(np.arange(N) == 7, 0.8, 1)[:, None], "those of record 7 sum to 0.8"),
        (CLASSES, [["a", "b", "c"]] * N, "soft_target must hold probabilities.*could not convert string"),
        (CLASSES, CLASSES, "soft_target must hold probabilities.*could not convert string"),
        (CLASSES, [[0.1, 0.9], [1]] * (N // 2), "soft_target must hold probabilities, one row for each record: "),
        (CLASSES, SOFT_CLASSES.astype(complex), r"soft_target must hold probabilities.*Complex data not supported\.$"),
        (
            CLASSES,
            pd.DataFrame(SOFT_CLASSES, columns=["NORM", "AF", "PVC"]),
            "Column 0 of soft_target is 'NORM', but 'AF' was expected",
        ),
        (
            pd.DataFrame(Y, columns=["SR", "AF", "MI"]),
            pd.DataFrame(SOFT_LABELS, columns=["AF", "SR", "MI"]),
            "Column 0 of soft_target is 'AF', but 'SR' was expected.*columns of y",
        ),
        (
            pd.Series(CLASSES, index=[f"r{i}" for i in range(N)]),
            pd.DataFrame(SOFT_CLASSES, index=[f"r{i}" for i in range(N)][::-1]),
            "Row 0 of soft_target is 'r59', but 'r0' was expected",
        ),
    ],
)
def test_bad_soft_targets(y, soft, message):
    with pytest.raises(ValueError, match=message):
        _clf().fit(X, y, soft_target=soft)


def test_names_that_agree_and_numbered_axes_pass():
    shuffled = pd.Series(CLASSES, index=RNG.permutation(N))  # its records were shuffled; the probabilities are new
    expected = _clf(max_epochs=1).fit(X, CLASSES, soft_target=SOFT_CLASSES)
    for table in (
        pd.DataFrame(SOFT_CLASSES, columns=["AF", "NORM", "PVC"], index=shuffled.index),
        pd.DataFrame(SOFT_CLASSES),
        pd.DataFrame(SOFT_CLASSES, columns=["p_NORM", "p_AF", "p_PVC"]),
    ):
        assert _same(expected, _clf(max_epochs=1).fit(X, shuffled, soft_target=table))


def test_rounded_probabilities_pass():
    tenths = np.tile(np.round([1 / 3] * 3, 3), (N, 1))
    _clf(max_epochs=1).fit(X, CLASSES, soft_target=tenths)
    _clf(max_epochs=1).fit(X, Y, soft_target=np.ones((N, 3)) + 1e-7)


def test_a_sampler_in_front_changes_the_number_of_records():
    model = make_sampled_pipeline(RecordOverSampler(random_state=0), _clf())
    rare = np.where(np.arange(N) < 10, "rare", "often")
    with pytest.raises(ValueError, match=r"soft_target must have the shape \(100, 2\).*got \(60, 2\). A sampler"):
        model.fit(X, rare, ecgclassifier__soft_target=np.full((N, 2), 0.5))

"""A weight counts everywhere that it should: records of weight zero are absent, others weigh in each sum."""

import numpy as np
import pytest
import torch

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier, EEGNetClassifier
from skecg.testing._instances import small_network
from skecg.training.data.batches import BalancedBatches
from skecg.training.data.covariates import learn_covariates
from skecg.training.loop import fit
from skecg.training.targets.weighting import drop_zero_weights, expected_loss

RNG = np.random.default_rng(0)
Y = np.arange(40) % 2
X = (RNG.normal(size=(40, 2, 100)) + 0.8 * Y[:, None, None]).astype(np.float32)
WEIGHT = np.r_[np.zeros(12), np.ones(28)]


def _clf(**params):
    return EEGNetClassifier(**{"n_tokens": 4, "max_epochs": 2, "batch_size": 8, "random_state": 0, **params})


def _same(one, other):
    states = [clf.net_.module_.state_dict() for clf in (one, other)]
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"balanced_batches": True},
        {"class_weight": "balanced"},
        {"early_stopping": True},
        {"batch_size": "auto"},
        {"covariates": ["troponin"]},
    ],
    ids=str,
)
def test_a_record_of_weight_zero_is_absent(params):
    """Such a record may be longer than all others, far away, of another class, or NaN."""
    signals = [np.array(signal) for signal in X]
    signals[0] = np.full((2, 300), np.nan, np.float32)
    signals[1] *= 1000
    labels = np.where(np.arange(40) == 2, 7, Y)
    records = ECGRecords(signals, 100, metadata={"troponin": np.r_[np.full(12, 1e30), RNG.uniform(20, 90, 28)]})
    groups = np.arange(40) // 2
    weighted = _clf(**params).fit(records, labels, sample_weight=WEIGHT, groups=groups)
    without = _clf(**params).fit(records[12:], Y[12:], groups=groups[12:])
    assert weighted.classes_.tolist() == [0, 1]
    assert weighted.length_ == 100
    assert _same(weighted, without)


def test_without_the_records_of_weight_zero_one_class_is_left():
    with pytest.raises(ValueError, match="one class"):
        _clf().fit(X, Y, sample_weight=np.where(Y == 0, 1.0, 0.0))
    with pytest.raises(ValueError, match=r"sample_weight is zero for every|at least one non-zero number"):
        _clf().fit(X, Y, sample_weight=np.zeros(40))


def test_rows_of_every_container_are_dropped():
    kept = list(drop_zero_weights(WEIGHT, X.tolist(), list(Y), None, list(range(40))))
    assert kept.pop(3) is None
    assert [len(part) for part in kept] == [28, 28, 28, 28]
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        drop_zero_weights(WEIGHT, X, Y[:30], None)


def test_balanced_classes_have_equal_sums_of_weights():
    weight = RNG.uniform(0.1, 3, 40)
    _, weights = expected_loss(np.eye(2)[Y], np.eye(2)[Y], weight, "balanced", np.array([0, 1]))
    np.testing.assert_allclose(weights[Y == 0].sum(), weights[Y == 1].sum(), rtol=1e-6)
    np.testing.assert_allclose(weights.sum(), weight.sum(), rtol=1e-6)


def test_covariates_are_standardised_with_the_weights():
    records = ECGRecords(X[:4], 100, metadata={"age": [20.0, 40, 60, np.nan]})
    (column,) = learn_covariates(records, ["age"], np.array([1.0, 1, 2, 5]))
    assert column["mean"] == 45
    np.testing.assert_allclose(column["scale"], np.std([20, 40, 60, 60]))


def test_balanced_batches_draw_by_weight():
    weight = np.where(np.arange(40) < 20, 3.0, 1.0)
    sampler = BalancedBatches(np.eye(2)[Y], 8, np.random.default_rng(0), weight)
    drawn = np.concatenate([np.concatenate(list(sampler)) for _ in range(200)])
    assert abs((drawn < 20).mean() - 0.75) < 0.02
    assert abs((drawn % 2).mean() - 0.5) < 0.01


def test_a_weight_counts_once_in_balanced_batches(monkeypatch):
    """The loss of a batch that was drawn by weight must not see the weights again."""
    seen, original = [], fit.train

    def train(network, dataset, *args, **kwargs):
        seen.append(dataset.weight.numpy())
        return original(network, dataset, *args, **kwargs)

    monkeypatch.setattr(fit, "train", train)
    weight = np.where(np.arange(40) < 20, 3.0, 1.0)
    _clf().fit(X, Y, sample_weight=weight)
    _clf(balanced_batches=True).fit(X, Y, sample_weight=weight)
    np.testing.assert_allclose(seen, [weight, np.ones(40)])


def test_only_rounding_tells_a_weight_of_two_from_two_records():
    """With one full batch, without BatchNorm and dropout, nothing but rounding may remain."""
    clf = ECGClassifier(small_network, max_epochs=5, batch_size=200, lr_schedule="constant", random_state=0)
    weight = np.where(np.arange(40) < 10, 2.0, 1.0)
    weighted = clf.fit(X, Y, sample_weight=weight).predict_proba(X)
    repeated = clf.fit(np.concatenate([X, X[:10]]), np.concatenate([Y, Y[:10]])).predict_proba(X)
    np.testing.assert_allclose(weighted, repeated, atol=1e-5)


@pytest.mark.parametrize("value", [1e300, -1e300])
def test_a_covariate_beyond_float32_is_named(value):
    records = ECGRecords(X, 100, metadata={"troponin": np.arange(40.0)})
    clf = _clf(covariates=["troponin"]).fit(records, Y)
    far = records.with_metadata({"troponin": [20.0, value] * 20})
    with pytest.raises(ValueError, match=r"covariate 'troponin' of record 1 is -?1e\+300"):
        clf.predict_proba(far)


def test_probabilities_that_are_not_finite_are_an_error():
    clf = _clf().fit(X, Y)
    far = X.copy()
    far[[3, 5]] = 3e38
    for method in (clf.predict, clf.predict_proba, clf.transform):
        with pytest.raises(ValueError, match="NaN or infinity for 2 of 40 records: 3, 5"):
            method(far)
    with torch.no_grad():
        next(clf.net_.module_.parameters()).fill_(np.nan)
    with pytest.raises(ValueError, match="for 40 of 40 records: 0, 1, 2, 3, 4, "):
        clf.predict(X)

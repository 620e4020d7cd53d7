import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import log_loss, roc_auc_score

from skecg.metrics import expected_calibration_error
from skecg.model_selection import CalibratedLabels


class Oversure(ClassifierMixin, BaseEstimator):
    """A classifier that uses X as logits and is overconfident, differently for each label."""

    def __init__(self, factors=(3.0, 0.5)):
        self.factors = factors

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * y.shape[1] if np.ndim(y) == 2 else np.unique(y)
        return self

    def predict_proba(self, X):
        p = expit(np.asarray(X) * np.array(self.factors)).astype(np.float32)
        return p if p.shape[1] > 1 else np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def honest():
    """Return logits, and labels drawn with their probabilities."""
    rng = np.random.default_rng(0)
    X = rng.normal(-1, 1.5, (4000, 2))
    return X, (rng.random(X.shape) < expit(X)).astype(int)


def test_the_temperature_is_found(honest):
    clf = CalibratedLabels(Oversure()).fit(*honest)
    np.testing.assert_allclose(clf.calibrators_, [3.0, 0.5], rtol=0.1)


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_new_records_get_honest_probabilities(method, honest):
    X, Y = honest
    clf = CalibratedLabels(Oversure(), method=method).fit(X[:3000], Y[:3000])
    before, after = Oversure().predict_proba(X[3000:]), clf.predict_proba(X[3000:])
    errors = [expected_calibration_error(Y[3000:], p, n_bins=10, average=None) for p in (before, after)]
    assert (errors[1] < 0.045).all() and (errors[0] > errors[1] + 0.02).all()
    assert log_loss(Y[3000:, 0], after[:, 0]) < log_loss(Y[3000:, 0], before[:, 0])
    np.testing.assert_array_equal(clf.predict(X), (clf.predict_proba(X) > 0.5).astype(int))


def test_the_temperature_keeps_the_order(honest):
    X, Y = honest
    clf = CalibratedLabels(Oversure((1.5, 0.5))).fit(X, Y)
    for k in range(2):
        order = roc_auc_score(Y[:, k], Oversure((1.5, 0.5)).predict_proba(X)[:, k])
        assert roc_auc_score(Y[:, k], clf.predict_proba(X)[:, k]) == pytest.approx(order, abs=1e-4)


def test_two_classes(honest):
    X, y = honest[0][:, :1], honest[1][:, 0]
    clf = CalibratedLabels(Oversure((3.0,))).fit(X, y)
    assert len(clf.calibrators_) == 1 and clf.calibrators_[0] == pytest.approx(3, rel=0.1)
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1)


def test_certain_probabilities_and_labels_nobody_has_survive():
    X, Y = np.where(np.arange(40) % 2, 80.0, -80.0)[:, None].repeat(2, axis=1), np.zeros((40, 2), int)
    Y[:, 0] = np.arange(40) % 2
    Y[:3, 0] = 1 - Y[:3, 0]  # wrong labels where the classifier is certain
    clf = CalibratedLabels(Oversure((1.0, 1.0))).fit(X, Y)
    p = clf.predict_proba(X)
    assert np.isfinite(p).all() and clf.calibrators_[1] == 1.0
    assert p[1::2, 0].min() < 0.97  # three of forty are wrong, so no calibrated probability is close to 1


def test_bad_input(honest):
    with pytest.raises(ValueError, match="'method' parameter"):
        CalibratedLabels(Oversure(), method="sigmoid").fit(*honest)

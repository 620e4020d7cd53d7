"""Mistakes in the parts of a meta-estimator show before anything is trained."""

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skecg.classifiers import ECGClassifier, EEGNetClassifier
from skecg.ensemble import DistilledClassifier, SoftVotingClassifier
from skecg.estimators.parts import check_parts
from skecg.model_selection import TunedLabelThresholds, transfer_curve
from skecg.preprocessing import Normalize

X = np.random.default_rng(0).normal(size=(12, 20))
y = np.arange(12) % 2
Y = np.column_stack([y, 1 - y])


class Dear(ClassifierMixin, BaseEstimator):
    """A classifier that takes long to fit."""

    def fit(self, X, y, groups=None):
        raise AssertionError("it was fitted before the other part was checked")

    def predict_proba(self, X):
        raise NotFittedError


WRONG = [
    (EEGNetClassifier, TypeError, r"got the class EEGNetClassifier: write EEGNetClassifier\(\.\.\.\)"),
    (EEGNetClassifier(max_epochs=0), ValueError, "'max_epochs' parameter of EEGNetClassifier must be.*Got 0"),
    (
        make_pipeline(Normalize(per="leads"), EEGNetClassifier()),
        ValueError,
        "'per' parameter of Normalize must be.*Got 'leads'",
    ),
]


@pytest.mark.parametrize(("part", "error", "message"), WRONG)
def test_before_anything_is_trained(part, error, message):
    with pytest.raises(error, match=message):
        DistilledClassifier(Dear(), part, cv=2).fit(X, y)
    with pytest.raises(error, match=message):
        transfer_curve({"dear": Dear(), "wrong": part}, X, y, sizes=[6], cv=2)
    with pytest.raises(error, match=message):
        TunedLabelThresholds(part, cv=2).fit(X, Y)
    if not isinstance(part, type):
        with pytest.raises(error, match=message):
            SoftVotingClassifier([("dear", Dear()), ("wrong", part)]).fit(X, y)


def test_what_the_default_score_needs():
    with pytest.raises(TypeError, match=r"estimators\['ridge'\].*has no predict_proba"):
        transfer_curve({"dear": Dear(), "ridge": RidgeClassifier()}, X, y, sizes=[6], cv=2)
    assert len(transfer_curve({"ridge": RidgeClassifier()}, X, y, sizes=[6], cv=2, scoring="accuracy")) == 2
    with pytest.raises(TypeError, match=r"estimators\['net'\].*has no fit.*'eegnet'"):
        transfer_curve({"net": "eegnet"}, X, y, sizes=[6], cv=2)


def test_parts_without_constraints_and_frozen_ones_pass():
    check_parts({"mine": Dear(), "frozen": FrozenEstimator(LogisticRegression(C=-1)), "net": EEGNetClassifier()})
    check_parts({"search": GridSearchCV(ECGClassifier(None), {"module": [dict]})})  # the grid sets what is missing
    with sklearn.config_context(skip_parameter_validation=True):
        check_parts({"net": EEGNetClassifier(max_epochs=0)})

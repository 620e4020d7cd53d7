"""Several classifiers as one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.ensemble import SoftVotingClassifier
from skecg.features import BeatFeatures


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(48, classes=["NORM", "LBBB", "PVC"], multilabel=True, fs=100, duration=4, random_state=0)


def network(**params):
    return EEGNetClassifier(max_epochs=2, random_state=0, **params)


def trees(wrap):
    return make_pipeline(BeatFeatures(), wrap(DecisionTreeClassifier(max_depth=3, random_state=0)))


@pytest.mark.parametrize("wrap", [OneVsRestClassifier, MultiOutputClassifier])  # an array, and a list of arrays
def test_labels_get_the_mean_of_signal_and_features(ecgs, wrap):
    X, Y = ecgs.data, ecgs.target
    both = SoftVotingClassifier([("network", network()), ("trees", trees(wrap))], weights=[3, 1]).fit(X, Y)
    signal = network().fit(X, Y).predict_proba(X)
    features = trees(OneVsRestClassifier).fit(X, Y).predict_proba(X)
    p = both.predict_proba(X)
    assert_allclose(p, (3 * signal + features) / 4, atol=1e-7)
    assert_array_equal(both.predict(X), p >= 0.5)
    assert both.score(X, Y) == (both.predict(X) == Y).all(axis=1).mean()
    assert both.n_features_in_ == 12


def test_classes_are_as_by_scikit_learn():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.repeat(["AF", "NORM", "PVC"], 20)
    X[:, 0] += np.repeat([0, 1, 2], 20)
    named = [("a", LogisticRegression()), ("b", GaussianNB())]
    theirs = VotingClassifier(named, voting="soft", weights=[1, 2]).fit(X, y)
    ours = SoftVotingClassifier(named, weights=[1, 2], n_jobs=2).fit(X, y)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_array_equal(ours.classes_, theirs.classes_)


def test_inside_a_search_and_cross_validation(ecgs):
    model = SoftVotingClassifier([("network", network()), ("trees", trees(OneVsRestClassifier))])
    p = cross_val_predict(model, ecgs.data, ecgs.target, cv=KFold(2), method="predict_proba")
    assert p.shape == ecgs.target.shape
    grid = {"network__max_epochs": [1, 2], "weights": [None, [1, 0]]}
    search = GridSearchCV(model, grid, cv=KFold(2), scoring="roc_auc", error_score="raise")
    search.fit(ecgs.data, ecgs.target)
    assert search.best_estimator_.get_params()["trees"].steps[0][0] == "beatfeatures"
    assert (
        clone(search.best_estimator_).get_params()["network__max_epochs"] == search.best_params_["network__max_epochs"]
    )


@pytest.mark.parametrize(
    ("params", "error", "said"),
    [
        ({"estimators": []}, ValueError, "is empty"),
        ({"estimators": [("a", GaussianNB()), ("a", GaussianNB())]}, ValueError, "unique"),
        ({"estimators": [("a__b", GaussianNB())]}, ValueError, "__"),
        ({"estimators": [("a", BeatFeatures())]}, TypeError, "a must be a classifier .* got BeatFeatures"),
        ({"estimators": [("a", GaussianNB)]}, TypeError, "a must be a classifier"),
        ({"estimators": [GaussianNB()]}, TypeError, r"list of \(name, classifier\), got GaussianNB"),
        (
            {"estimators": [("a", GaussianNB())], "weights": [1, 2]},
            ValueError,
            r"1 numbers of zero or more, got \[1, 2",
        ),
        ({"estimators": [("a", GaussianNB())], "weights": [-1]}, ValueError, "zero or more"),
    ],
)
def test_wrong_parts(params, error, said):
    with pytest.raises(error, match=said):
        SoftVotingClassifier(**params).fit(np.zeros((4, 2)), [0, 0, 1, 1])

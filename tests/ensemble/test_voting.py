"""SoftVotingClassifier combines several classifiers."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from skecg import make_ecg_pipeline
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


# One returns an array, the other a list of arrays.
@pytest.mark.parametrize("wrap", [OneVsRestClassifier, MultiOutputClassifier])
def test_labels_get_the_mean_of_signal_and_features(ecgs, wrap):
    X, Y = ecgs.data, ecgs.target
    both = SoftVotingClassifier([("network", network()), ("trees", trees(wrap))], weights=[3, 1]).fit(X, Y)
    signal = network().fit(X, Y).predict_proba(X)
    features = trees(OneVsRestClassifier).fit(X, Y).predict_proba(X)
    p = both.predict_proba(X)
    assert_allclose(p, (3 * signal + features) / 4, atol=1e-7)
    assert_array_equal(both.predict(X), p > 0.5)
    assert_array_equal(both.predict_log_proba(X), np.log(p))
    assert both.score(X, Y) == (both.predict(X) == Y).all(axis=1).mean()
    assert both.n_features_in_ == 12
    assert both.named_estimators_.trees is both.estimators_[1]


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


def test_log_odds_of_labels_are_pooled(ecgs):
    X, Y = ecgs.data, ecgs.target
    named = [("network", network()), ("trees", trees(OneVsRestClassifier))]
    pooled = SoftVotingClassifier(named, weights=[3, 1], pooling="logarithmic").fit(X, Y)
    odds = [np.clip(part.predict_proba(X), 1e-6, 1 - 1e-6) for part in pooled.estimators_]
    odds = [np.log(p / (1 - p)) for p in odds]
    p = pooled.predict_proba(X)
    assert_allclose(np.log(p / (1 - p)), (3 * odds[0] + odds[1]) / 4, rtol=1e-6)
    with pytest.raises(ValueError, match="'pooling' parameter of SoftVotingClassifier must be a str among"):
        SoftVotingClassifier(named, pooling="geometric").fit(X, Y)
    with pytest.raises(ValueError, match=r"pooling must be one of \['linear', 'logarithmic'\], got 'log'"):
        pooled.set_params(pooling="log").predict_proba(X)


def test_logarithms_of_classes_are_pooled_and_sum_to_one():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.repeat(["AF", "NORM", "PVC"], 20)
    named = [("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=2))]  # the tree is certain at times
    pooled = SoftVotingClassifier(named, pooling="logarithmic").fit(X, y)
    each = [np.clip(part.predict_proba(X), 1e-6, 1 - 1e-6) for part in pooled.estimators_]
    expected = np.sqrt(each[0] * each[1])
    assert_allclose(pooled.predict_proba(X), expected / expected.sum(axis=1, keepdims=True), rtol=1e-9)
    assert_array_equal(pooled.predict(X), pooled.classes_[expected.argmax(axis=1)])


def test_a_dropped_part_is_left_out_as_by_scikit_learn():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.repeat([0, 1, 2], 20)
    named = [("a", LogisticRegression()), ("b", "drop"), ("c", GaussianNB())]
    theirs = VotingClassifier(named, voting="soft", weights=[1, 5, 2]).fit(X, y)
    ours = SoftVotingClassifier(named, weights=[1, 5, 2]).fit(X, y, sample_weight=np.ones(60))
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    assert list(ours.named_estimators_) == ["a", "c"]
    again = SoftVotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]).set_params(b="drop").fit(X, y)
    assert len(clone(again).fit(X, y).estimators_) == 1
    with pytest.raises(ValueError, match="numbers of zero or more"):
        ours.set_params(weights=[0, 5, 0]).fit(X, y)


def test_a_label_that_training_did_not_hold():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    Y = np.column_stack([X[:, 0] > 0, np.zeros(40), np.ones(40)]).astype(int)
    parts = [("forest", RandomForestClassifier(5, random_state=0)), ("more", MultiOutputClassifier(GaussianNB()))]
    with warnings.catch_warnings(action="ignore"):  # the variance of a class without records
        p = SoftVotingClassifier(parts[:1]).fit(X, Y).predict_proba(X)
    assert_array_equal(p[:, 1:], np.tile([0, 1], (40, 1)))


def test_weights_and_groups_reach_those_that_take_them(ecgs):
    class Spy(GaussianNB):
        def fit(self, X, y, *, sample_weight=None, groups=None):
            self.seen_ = sample_weight, groups
            return super().fit(X, y)

    X, y, weight, groups = np.eye(4), [0, 1, 0, 1], np.arange(1.0, 5), list("abab")
    parts = [("spy", Spy()), ("inside", make_pipeline(StandardScaler(), Spy())), ("deaf", KNeighborsClassifier(1))]
    both = SoftVotingClassifier(parts[:2]).fit(X, y, sample_weight=weight, groups=groups)
    for fitted in (both.estimators_[0], both.estimators_[1][-1]):
        assert_array_equal(fitted.seen_[0], weight)
        assert list(fitted.seen_[1]) == groups
    assert SoftVotingClassifier(parts).fit(X, y, groups=groups).estimators_[0].seen_ == (None, groups)
    with pytest.raises(TypeError, match=r"take sample_weight in fit; these do not: \['deaf'\]"):
        SoftVotingClassifier(parts).fit(X, y, sample_weight=weight)
    with config_context(enable_metadata_routing=True):
        asking = [("spy", Spy().set_fit_request(sample_weight=True, groups=False)), parts[2]]
        routed = SoftVotingClassifier(asking).fit(X, y, sample_weight=weight)
        assert_array_equal(routed.estimators_[0].seen_[0], weight)
        assert "sample_weight" in SoftVotingClassifier(asking).get_metadata_routing().consumes("fit", ["sample_weight"])


def test_the_trees_of_the_best_take_weights_by_routing_alone():
    ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=5, random_state=0)
    weight = np.where(np.asarray(ecgs.target) == "NORM", 1.0, 20.0)
    params = {f"{name}__classifier__estimator__max_iter": 5 for name in ("measures", "shape")}
    best = make_ecg_pipeline("best", width=8, batch_size=16, max_epochs=1, random_state=0).set_params(**params)
    with pytest.raises(TypeError, match=r"these do not: \['measures', 'shape'\]"):
        best.fit(ecgs.data, ecgs.target, sample_weight=weight)
    plain = clone(best).fit(ecgs.data, ecgs.target).estimators_
    with config_context(enable_metadata_routing=True):
        for part in best.get_params().values():
            if hasattr(part, "set_fit_request") and not isinstance(part, OneVsRestClassifier):
                part.set_fit_request(sample_weight=True)
        weighted = best.fit(ecgs.data, ecgs.target, sample_weight=weight).estimators_
    for one, other in zip(plain, weighted, strict=True):
        assert not np.allclose(one.predict_proba(ecgs.data), other.predict_proba(ecgs.data))


def test_tags_are_those_of_all_parts():
    both = SoftVotingClassifier([("trees", HistGradientBoostingClassifier()), ("line", LogisticRegression())])
    assert not get_tags(both).input_tags.allow_nan
    assert get_tags(SoftVotingClassifier(both.estimators[:1])).input_tags.allow_nan
    assert get_tags(SoftVotingClassifier([("network", network())])).input_tags.three_d_array


@pytest.mark.parametrize("wrong", [[("a", BeatFeatures())], [GaussianNB()], [("a", "drop")], [(1, GaussianNB())]])
def test_wrong_parts_are_told_by_fit_inside_a_search_too(wrong):
    with pytest.raises(TypeError, match="must be a"):
        cross_val_score(SoftVotingClassifier(wrong), np.zeros((4, 2)), [0, 0, 1, 1], cv=2, error_score="raise")


def test_a_frozen_part_that_knows_other_classes():
    X = np.arange(12.0).reshape(6, 2)
    known = FrozenEstimator(GaussianNB().fit(X, list("ABABAB")))
    both = SoftVotingClassifier([("old", known), ("new", GaussianNB())])
    assert both.fit(X, list("BABABA")).predict_proba(X).shape == (6, 2)
    with pytest.raises(
        ValueError, match=r"old was fitted to the classes \['A', 'B'\], but y has the classes \['B', 'C'\]"
    ):
        both.fit(X, list("BCBCBC"))
    with pytest.raises(ValueError, match=r"old was fitted to the classes \['A', 'B'\], but y has 2 labels"):
        SoftVotingClassifier(both.estimators[:1]).fit(X, np.tile([[0, 1], [1, 0]], (3, 1)))


def test_columns_are_in_the_order_of_the_classes():
    """A fitted part may name its classes in another order."""
    X, y = np.arange(12.0).reshape(6, 2), list("ABABAB")
    alone = GaussianNB().fit(X, y)
    backwards = clone(alone).fit(X, y)
    for name in ("classes_", "class_prior_", "theta_", "var_"):
        setattr(backwards, name, getattr(backwards, name)[::-1])
    vote = SoftVotingClassifier([("alone", FrozenEstimator(alone)), ("backwards", FrozenEstimator(backwards))])
    np.testing.assert_allclose(vote.fit(X, y).predict_proba(X), alone.predict_proba(X))


def test_what_was_learnt_of_the_input_goes_with_the_next_fit():
    X = pd.DataFrame(np.arange(12.0).reshape(6, 2), columns=["a", "b"])
    both = SoftVotingClassifier([("a", GaussianNB())]).fit(X, [0, 1] * 3)
    assert both.feature_names_in_.tolist() == ["a", "b"]
    assert not hasattr(both.fit(X.to_numpy(), [0, 1] * 3), "feature_names_in_")


def test_targets():
    X, Y = np.random.default_rng(0).normal(size=(8, 2)), np.tile([[0, 1], [1, 0]], (4, 1))
    trees = SoftVotingClassifier([("a", DecisionTreeClassifier(random_state=0))])
    assert_array_equal(trees.fit(X, csr_matrix(Y)).predict(X), Y)
    with pytest.raises(ValueError, match="multiclass-multioutput"):
        trees.fit(X, np.arange(16).reshape(8, 2) % 3)
    with pytest.raises(ValueError, match="continuous"):
        trees.fit(X, X[:, 0])


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
            r"1 numbers of zero or more, not all zero; got \[1, 2",
        ),
        ({"estimators": [("a", GaussianNB())], "weights": [-1]}, ValueError, "zero or more"),
        (
            {"estimators": [("a", GaussianNB())], "weights": [np.nan]},
            ValueError,
            "zero or more, not all zero; got .nan",
        ),
        ({"estimators": [("a", GaussianNB())], "weights": ["b"]}, ValueError, "zero or more, not all zero; got .'b'"),
        ({"estimators": [(1, GaussianNB())]}, TypeError, "got the name 1"),
    ],
)
def test_wrong_parts(params, error, said):
    with pytest.raises(error, match=said):
        SoftVotingClassifier(**params).fit(np.zeros((4, 2)), [0, 0, 1, 1])

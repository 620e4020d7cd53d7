"""Weights of classes: the search, new records, folds, targets."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skecg import ECGRecords
from skecg.metrics import cinc2017_score
from skecg.model_selection import TunedClassWeights, TunedLabelThresholds
from skecg.model_selection._weight_search import SCORES, best_weights, score_of_decisions

RHYTHMS = np.array(["N", "O", "A", "~"])
METRICS = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1_macro": lambda y, pred, sample_weight=None: f1_score(y, pred, average="macro", sample_weight=sample_weight),
    "f1_weighted": lambda y, pred, sample_weight=None: f1_score(
        y, pred, average="weighted", sample_weight=sample_weight
    ),
}


@pytest.fixture(scope="module")
def rhythms():
    """Features and four classes, of which one is common and two are rare."""
    X, y = make_classification(3000, n_informative=6, n_classes=4, weights=[0.6, 0.3, 0.07], random_state=0)
    return X, RHYTHMS[y]


@pytest.fixture(scope="module")
def scored(rhythms):
    """True classes and their out-of-fold probabilities, with ties, zeros and ones."""
    X, y = rhythms
    p = cross_val_predict(LogisticRegression(), X, y, cv=3, method="predict_proba")
    p = np.round(p, 2)
    return np.searchsorted(np.unique(y), y), p / p.sum(axis=1, keepdims=True)


def _tuned(truth, p, scoring, weight=None):
    weight = np.ones(len(truth)) if weight is None else weight
    score = score_of_decisions(scoring, truth, np.arange(p.shape[1]), weight)
    return best_weights(p, score), score


# -- the search -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", SCORES)
def test_names_are_scores_of_scikit_learn(scoring, scored):
    truth, p = scored
    weight = np.random.default_rng(0).integers(1, 5, len(truth)).astype(float)
    score = score_of_decisions(scoring, truth, np.arange(4), weight)
    expected = METRICS[scoring](truth, p.argmax(axis=1), sample_weight=weight)
    assert score(p.argmax(axis=1)) == pytest.approx(expected)


@pytest.mark.parametrize("scoring", SCORES)
@pytest.mark.parametrize("seed", range(5))
def test_never_worse_than_the_most_probable_class(scoring, seed):
    rng = np.random.default_rng(seed)
    n_classes = 2 + seed
    truth, p = np.arange(60) % n_classes, rng.dirichlet(np.full(n_classes, 0.2), 60)
    weights, score = _tuned(truth, p, scoring)
    assert score((p * weights).argmax(axis=1)) >= score(p.argmax(axis=1))
    assert (weights > 0).all() and weights.mean() == pytest.approx(1)


@pytest.mark.parametrize("scoring", ["f1_macro", "balanced_accuracy"])
def test_no_other_weight_of_one_class_is_better(scoring, scored):
    truth, p = (part[:300] for part in scored)
    weights, score = _tuned(truth, p, scoring)
    best = score((p * weights).argmax(axis=1))
    for column in range(4):
        for factor in np.geomspace(1e-3, 1e3, 200):
            other = np.where(np.arange(4) == column, weights * factor, weights)
            assert score((p * other).argmax(axis=1)) <= best + 0.005  # quantiles may miss a narrow peak


def test_a_function_finds_what_its_name_does(scored):
    truth, p = (part[:100] for part in scored)
    by_name, by_function = (_tuned(truth, p, scoring)[0] for scoring in ("f1_macro", METRICS["f1_macro"]))
    np.testing.assert_array_equal(by_name, by_function)


@pytest.mark.parametrize("scoring", ["f1_macro", METRICS["f1_macro"]])
def test_weights_of_records_are_records_repeated(scoring, scored):
    truth, p = (part[:80] for part in scored)
    weight = np.random.default_rng(1).integers(1, 4, 80)
    once, _ = _tuned(truth, p, scoring, weight.astype(float))
    repeated, _ = _tuned(np.repeat(truth, weight), np.repeat(p, weight, axis=0), scoring)
    np.testing.assert_array_equal(once, repeated)


def test_two_classes_have_the_best_threshold():
    rng = np.random.default_rng(0)
    truth = (rng.random(300) < 0.2).astype(int)
    p = 1 / (1 + np.exp(-2 * truth - rng.normal(size=300)))
    weights, score = _tuned(truth, np.column_stack([1 - p, p]), "f1_macro")
    threshold = weights[0] / weights.sum()
    assert score((p > threshold).astype(int)) == max(score((p >= each).astype(int)) for each in p)
    assert not (p == threshold).any()  # between two probabilities


def test_weights_stay_1_where_nothing_is_gained():
    truth = np.arange(30) % 3
    for p in (np.eye(3)[truth], np.eye(3)[(truth + 1) % 3], np.eye(3)[truth] * 0.8 + 0.1):
        np.testing.assert_array_equal(_tuned(truth, p, "f1_macro")[0], 1)


def test_extreme_probabilities():
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 4
    p = rng.dirichlet(np.ones(4), 40)
    p[::5], p[1::5] = np.eye(4)[truth[::5]], np.eye(4)[(truth[1::5] + 1) % 4]
    p[2::5, 1], p[3::5, 2], p[4, :] = 5e-324, 1e-300, 0
    for weights, score in (_tuned(truth, p, "f1_macro"), _tuned(truth, p.astype(np.float32), "f1_macro")):
        assert np.isfinite(weights).all() and (weights > 0).all()
        assert score((p * weights).argmax(axis=1)) >= score(p.argmax(axis=1))


# -- the estimator ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", ["f1_macro", cinc2017_score])
def test_rare_classes_gain_on_new_records(scoring, rhythms):
    X, y = rhythms
    train, test = slice(0, 1500), slice(1500, None)
    tuned = TunedClassWeights(LogisticRegression(), scoring=scoring, cv=3).fit(X[train], y[train])
    plain = LogisticRegression().fit(X[train], y[train])
    score = METRICS["f1_macro"] if scoring == "f1_macro" else scoring
    assert score(y[test], tuned.predict(X[test])) > score(y[test], plain.predict(X[test])) + 0.04
    p = tuned.predict_proba(X)
    np.testing.assert_array_equal(p, plain.predict_proba(X))
    np.testing.assert_array_equal(tuned.predict(X), tuned.classes_[(p * tuned.class_weights_).argmax(axis=1)])


def test_two_classes_decide_like_a_threshold(rhythms):
    X, y = rhythms[0], np.where(rhythms[1] == "A", "AF", "other")
    tuned = TunedClassWeights(LogisticRegression(), cv=3).fit(X, y)
    threshold = tuned.class_weights_[1] / tuned.class_weights_.sum()
    np.testing.assert_array_equal(tuned.predict(X) == "AF", tuned.predict_proba(X)[:, 0] > threshold)
    by_label = TunedLabelThresholds(LogisticRegression(), pos_label="AF", cv=3).fit(X, y)
    scores = [f1_score(y, model.predict(X), pos_label="AF") for model in (tuned, by_label)]
    assert abs(scores[0] - scores[1]) < 0.05


def test_records_without_weight_have_no_influence(rhythms):
    X, y = rhythms[0][:600], rhythms[1][:600]
    model = LogisticRegression().fit(*rhythms)
    weight = (np.arange(600) % 2).astype(float)
    tuned = TunedClassWeights(FrozenEstimator(model))
    once = tuned.fit(X[1::2], y[1::2]).class_weights_
    np.testing.assert_array_equal(tuned.fit(X, y, sample_weight=weight).class_weights_, once)


class Mean(ClassifierMixin, BaseEstimator):
    """Predicts the share of each class in training; stores the records that it was fitted on, and their groups."""

    fitted = []

    def fit(self, X, y, *, sample_weight=None, groups=None):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.p_ = counts / counts.sum()
        Mean.fitted.append((np.asarray(X)[:, 0, 0].astype(int), groups))
        return self

    def predict_proba(self, X):
        return np.tile(self.p_, (len(X), 1))


def test_patients_of_the_records_part_the_folds_and_reach_the_estimator():
    signals = np.random.default_rng(0).normal(size=(60, 2, 100))
    signals[:, 0, 0] = np.arange(60)
    X = ECGRecords(signals, 100, metadata={"patient_id": np.arange(60) // 3})
    Mean.fitted = []
    TunedClassWeights(Mean(), cv=4).fit(X, RHYTHMS[np.arange(60) % 3])
    *folds, (everyone, _) = Mean.fitted
    assert len(folds) == 4 and sorted(everyone) == list(range(60))
    for rows, groups in folds:
        assert len(rows) % 3 == 0 and set(groups) == set(rows // 3)  # whole patients


def test_a_class_that_a_fold_lacks_has_no_probability_there():
    X, y = np.arange(24.0)[:, None], RHYTHMS[np.arange(24) // 8]
    blocks = np.arange(24).reshape(3, 8)
    folds = [(np.setdiff1d(blocks, block), block) for block in blocks]
    tuned = TunedClassWeights(LogisticRegression(), cv=folds).fit(X, y)
    assert tuned.class_weights_.shape == (3,) and set(tuned.predict(X)) <= set(RHYTHMS)


def test_only_weights_are_learnt_with_a_frozen_estimator(rhythms):
    X, y = rhythms
    inner = LogisticRegression().fit(X[:1000], y[:1000])
    rare = np.concatenate([y[1000:1400][y[1000:1400] != "~"], ["~"]])  # one record, fewer than folds
    tuned = TunedClassWeights(FrozenEstimator(inner)).fit(X[1000 : 1000 + len(rare)], rare)
    assert tuned.estimator_.estimator is inner
    with pytest.raises(ValueError, match="fewer"):
        TunedClassWeights(inner).fit(X[1000 : 1000 + len(rare)], rare)
    with pytest.raises(ValueError, match="but y has"):
        TunedClassWeights(FrozenEstimator(inner)).fit(X[:600], np.where(y[:600] == "~", "N", y[:600]))


def test_a_search_over_the_weights(rhythms):
    X, y = rhythms[0][:600], rhythms[1][:600]
    tuned = TunedClassWeights(make_pipeline(StandardScaler(), LogisticRegression()), cv=2)
    search = GridSearchCV(tuned, {"estimator__logisticregression__C": [0.1, 1]}, scoring="f1_macro", cv=2)
    assert search.fit(X, y).best_estimator_.class_weights_.shape == (4,)


def test_bad_input(rhythms):
    X, y = rhythms[0][:200], rhythms[1][:200]
    labels = np.column_stack([y == "N", y == "A"]).astype(int)
    clf = LogisticRegression()
    with pytest.raises(ValueError, match=r"exclusive classes; got an indicator of 2 labels\. TunedLabelThresholds"):
        TunedClassWeights(OneVsRestClassifier(clf)).fit(X, labels)
    with pytest.raises(ValueError, match=r"two classes or more; there is one class, .*N"):
        TunedClassWeights(clf).fit(X, np.full(200, "N"))
    for params in ({"scoring": "f1"}, {"scoring": 3}, {"cv": 1}):
        with pytest.raises(ValueError, match=f"'{next(iter(params))}' parameter"):
            TunedClassWeights(clf, **params).fit(X, y)
    with pytest.raises(ValueError, match=r"metric function of .*, got the scorer make_scorer"):
        TunedClassWeights(clf, scoring=make_scorer(accuracy_score)).fit(X, y)
    for value in (np.nan, "high", None, [0.5, 0.5]):
        with pytest.raises(ValueError, match="scoring must return one finite number"):
            TunedClassWeights(clf, scoring=lambda y, pred, value=value: value, cv=2).fit(X, y)


def test_tags():
    inner = [LogisticRegression(), TunedLabelThresholds(LogisticRegression())]
    several, two = (get_tags(TunedClassWeights(estimator)).classifier_tags for estimator in inner)
    assert several.multi_class and not several.multi_label and not two.multi_class

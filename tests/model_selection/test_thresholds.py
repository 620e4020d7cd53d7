import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer, recall_score
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier

from skecg.metrics import geometric_mean_score, specificity_score
from skecg.model_selection import TunedLabelThresholds
from skecg.model_selection._thresholds import best_threshold

SCORES = {
    "f1": f1_score,
    "g_mean": lambda y, pred: geometric_mean_score(y, pred, zero_division=0.0),
    "youden": lambda y, pred: recall_score(y, pred) + specificity_score(y, pred) - 1,
    "sensitivity": lambda y, pred: specificity_score(y, pred) if recall_score(y, pred) >= 0.9 else -1,
}


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    y = rng.random(300) < 0.2
    return y, np.round(1 / (1 + np.exp(-2 * y - rng.normal(size=300))), 2)  # with ties


@pytest.mark.parametrize("objective", SCORES)
def test_no_other_threshold_is_better(objective, scored):
    y, p = scored
    threshold = best_threshold(y, p, np.ones(300), objective, 0.9)
    best = max(SCORES[objective](y, p >= t) for t in np.unique(p))
    assert SCORES[objective](y, p >= threshold) == pytest.approx(best)
    assert not (p == threshold).any()  # half way between two probabilities


def test_weights_are_records_repeated(scored):
    y, p = scored
    weight = np.random.default_rng(1).integers(0, 4, 300)
    repeated = np.repeat(y, weight), np.repeat(p, weight)
    for objective in SCORES:
        once = best_threshold(y[weight > 0], p[weight > 0], weight[weight > 0], objective, 0.9)
        assert once == best_threshold(*repeated, np.ones(weight.sum()), objective, 0.9)


def test_a_label_that_all_or_none_have_keeps_a_half():
    for y in (np.ones(5, bool), np.zeros(5, bool)):
        assert best_threshold(y, np.linspace(0, 1, 5), np.ones(5), "f1", 0.9) == 0.5


def test_a_threshold_of_everybody_lies_below_the_lowest():
    assert best_threshold(np.array([True, False]), np.array([0.2, 0.6]), np.ones(2), "sensitivity", 1.0) == 0.1
    assert best_threshold(np.array([True, False]), np.array([0.0, 0.6]), np.ones(2), "sensitivity", 1.0) == 0.0


@pytest.fixture
def rare_labels():
    rng = np.random.default_rng(0)
    Y = (rng.random((600, 3)) < [0.08, 0.3, 0.5]).astype(int)
    return Y + rng.normal(size=Y.shape), Y


def test_rare_labels_gain_on_new_records(rare_labels):
    X, Y = rare_labels
    plain = OneVsRestClassifier(LogisticRegression()).fit(X[:400], Y[:400])
    tuned = TunedLabelThresholds(plain).fit(X[:400], Y[:400])
    assert tuned.thresholds_[0] < 0.35
    gain = [f1_score(Y[400:], clf.predict(X[400:]), average="macro") for clf in (plain, tuned)]
    assert gain[1] > gain[0] + 0.05
    np.testing.assert_array_equal(tuned.predict_proba(X), plain.predict_proba(X))
    np.testing.assert_array_equal(tuned.predict(X), tuned.predict_proba(X) >= tuned.thresholds_)


def test_a_wanted_sensitivity_is_reached(rare_labels):
    X, Y = rare_labels
    clf = OneVsRestClassifier(LogisticRegression())
    reached = {}
    for wanted in (0.7, 0.95):
        tuned = TunedLabelThresholds(clf, objective="sensitivity", sensitivity=wanted).fit(X, Y)
        reached[wanted] = recall_score(Y, tuned.predict(X), average=None)
        assert (reached[wanted] > wanted - 0.06).all()
    assert (reached[0.7] < reached[0.95]).all()


def test_for_two_classes_scikit_learn_finds_a_threshold_as_good(rare_labels):
    X, y = rare_labels[0], rare_labels[1][:, 0]
    ours = TunedLabelThresholds(LogisticRegression()).fit(X, y)
    theirs = TunedThresholdClassifierCV(LogisticRegression(), scoring=make_scorer(f1_score), cv=5).fit(X, y)
    assert abs(f1_score(y, ours.predict(X)) - f1_score(y, theirs.predict(X))) < 0.05


def test_bad_input(rare_labels):
    for params in ({"objective": "accuracy"}, {"sensitivity": 0.0}, {"sensitivity": 90}, {"cv": 1}):
        with pytest.raises(ValueError, match=f"'{next(iter(params))}' parameter"):
            TunedLabelThresholds(LogisticRegression(), **params).fit(*rare_labels)

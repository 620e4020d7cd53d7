import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import accuracy_score, check_scoring, f1_score, get_scorer_names, make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skecg import ECGRecords
from skecg.inspection import lead_importance

V1 = 6


def test_the_lead_that_tells_is_found_with_its_interval(clf, bumps):
    importance = lead_importance(clf, bumps.X, bumps.y, "roc_auc", n_repeats=3, n_resamples=20, random_state=0)
    assert importance.leads == bumps.X.leads
    assert importance.importances.shape == (12, 3)
    assert importance.importances_mean.argmax() == V1
    assert importance.low[V1] > 0.2
    others = np.arange(12) != V1
    assert (importance.low[others] <= 0.02).all() and (np.abs(importance.importances_mean[others]) < 0.1).all()
    assert (importance.low <= importance.high).all()
    assert importance.low[V1] < importance.importances_mean[V1] < importance.high[V1]
    assert importance.score == pytest.approx(roc_auc_score(bumps.y, clf.predict_proba(bumps.X)[:, 1]))


def test_seed_default_score_and_arrays(clf, bumps):
    params = {"n_repeats": 2, "n_resamples": 5, "random_state": 1}
    X, y = bumps.X[:12], bumps.y[:12]
    one = lead_importance(clf, X, y, **params)
    groups = np.arange(12) // 2
    other = lead_importance(clf, X.to_array(), y, groups=groups, **params)
    np.testing.assert_array_equal(one.importances, other.importances)
    np.testing.assert_array_equal(one.low, other.low)
    assert other.leads[0] == "lead 0" and one.score == clf.score(X, y)


def test_records_of_different_lengths_exchange_their_leads(clf, bumps):
    signals = [signal[:, : 320 - 10 * (i % 3)] for i, signal in enumerate(bumps.X.signals)]
    records = ECGRecords(signals, 100)
    importance = lead_importance(clf, records, bumps.y, "roc_auc", n_repeats=2, n_resamples=5, random_state=0)
    assert importance.importances_mean.argmax() == V1


def test_patients_are_drawn_whole(clf, bumps):
    """One patient for all records raises an error; two patients give a wide interval."""
    params = {"n_repeats": 1, "n_resamples": 30, "random_state": 0}
    with pytest.raises(ValueError, match="at least two groups"):
        lead_importance(clf, bumps.X, bumps.y, groups=np.zeros(40), **params)


def test_bad_input_is_told(clf, bumps):
    with pytest.raises(ValueError, match="n_records, n_leads, n_times"):
        lead_importance(clf, np.zeros((4, 320)), [0, 1, 0, 1])
    mixed = ECGRecords(bumps.X.to_array()[:2], [100, 50])
    with pytest.raises(ValueError, match="ECGResample"):
        lead_importance(clf, mixed, [0, 1])
    with pytest.raises(ValueError, match="inconsistent"):
        lead_importance(clf, bumps.X, bumps.y[:3])


# -- every scorer and classifier of permutation_importance -----------------------------------------


class Means(TransformerMixin, BaseEstimator):
    """The mean of each lead."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([np.mean(signal, axis=1) for signal in (X.signals if isinstance(X, ECGRecords) else X)])

    def __sklearn_is_fitted__(self):
        return True


class Own(ClassifierMixin, BaseEstimator):
    """A classifier with a score of its own, which needs the records."""

    def fit(self, X, y):
        self.inner_ = LogisticRegression().fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X):
        return self.inner_.predict(X)

    def score(self, X, y):
        return f1_score(y, self.inner_.predict_proba(X)[:, 1] > 0.3)


RNG = np.random.default_rng(0)
Y = (RNG.random((60, 2)) < 0.5).astype(int)
CLASS = np.arange(60) % 3
X = (RNG.normal(size=(60, 3, 20)) * 0.5).astype(np.float32)
X[:, 0] += 0.5 * Y[:, :1]
X[:, 1] += 0.5 * Y[:, 1:]
X[:, 2] += 0.5 * CLASS[:, None]
TARGETS = {"two": Y[:, 0], "text": np.where(Y[:, 0], "PE", "no"), "three": CLASS, "labels": Y}


def reads_records(estimator, X, y):
    assert np.shape(X) == (len(y), 3, 20)
    return (estimator.predict(X) == y).mean() + X[:, 0].mean()


def calls_twice(estimator, X, y):
    one = estimator.predict_proba(X[: len(y) // 2])
    return one[:, 1].mean() - estimator.predict_proba(X)[:, 1].mean()


def several(estimator, X, y):
    return {"a": accuracy_score(y, estimator.predict(X)), "b": estimator.score(X, y)}


SCORED = [
    ("two", LogisticRegression(), None),
    ("two", LogisticRegression(), "neg_log_loss"),
    ("two", LogisticRegression(), "neg_brier_score"),
    *[("two", LogisticRegression(), "d2_log_loss_score")] * ("d2_log_loss_score" in get_scorer_names()),
    ("two", LinearSVC(), "roc_auc"),
    ("two", LinearSVC(), "average_precision"),
    ("two", RidgeClassifier(), "balanced_accuracy"),
    ("two", RidgeClassifier(), reads_records),
    ("two", LogisticRegression(), calls_twice),
    ("two", LogisticRegression(), make_scorer(roc_auc_score, response_method=["decision_function", "predict_proba"])),
    ("two", Ridge(), "r2"),
    ("two", Ridge(), None),
    ("two", Own(), None),
    ("two", GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, scoring="neg_log_loss"), None),
    ("two", CalibratedClassifierCV(LinearSVC(), cv=2), "neg_log_loss"),
    ("two", TunedThresholdClassifierCV(LogisticRegression(), cv=2), "f1"),
    ("two", VotingClassifier([("a", LogisticRegression()), ("b", RidgeClassifier())]), None),
    ("text", LogisticRegression(), "roc_auc"),
    ("text", LogisticRegression(), make_scorer(f1_score, pos_label="PE")),
    ("three", LogisticRegression(), "roc_auc_ovr"),
    ("three", LinearDiscriminantAnalysis(), "f1_macro"),
    ("three", LinearSVC(), None),
    ("labels", RandomForestClassifier(5, random_state=0), "roc_auc"),
    ("labels", RandomForestClassifier(5, random_state=0), None),
    ("labels", MultiOutputClassifier(LogisticRegression()), None),
    ("labels", OneVsRestClassifier(LinearSVC()), "average_precision"),
    ("two", LogisticRegression(), ["accuracy", "roc_auc"]),
    ("two", LogisticRegression(), ("f1",)),
    ("two", LogisticRegression(), {"own": reads_records, "theirs": "roc_auc"}),
    ("two", LogisticRegression(), several),
]


def brute_force(model, X, y, scoring, n_repeats, seed):
    """Return {name: (score, falls)}, scored record for record."""
    scorer, rng = check_scoring(model, scoring), np.random.RandomState(seed)

    def scores(X):
        found = scorer(model, X, y)
        return found if isinstance(found, dict) else {None: found}

    score = scores(X)
    falls = {name: np.empty((3, n_repeats)) for name in score}
    for lead in range(3):
        for i in range(n_repeats):
            changed = X.copy()
            changed[:, lead] = X[rng.permutation(len(y)), lead]
            for name, worse in scores(changed).items():
                falls[name][lead, i] = score[name] - worse
    return {name: (score[name], falls[name]) for name in score}


@pytest.mark.parametrize(("target", "classifier", "scoring"), SCORED)
@pytest.mark.parametrize("wrapped", [False, True])
def test_scores_are_those_of_the_scorer(target, classifier, scoring, wrapped):
    y = TARGETS[target]
    model = make_pipeline(Means(), clone(classifier)).fit(X, y)
    model = FrozenEstimator(model) if wrapped else model
    params = {"n_repeats": 2, "n_resamples": 5, "random_state": 3}
    found = lead_importance(model, X, y, scoring, **params)
    found = found if "importances" not in found else {None: found}
    expected = brute_force(model, X, y, scoring, 2, 3)
    assert found.keys() == expected.keys()
    for name, (score, falls) in expected.items():
        assert found[name].score == pytest.approx(score, abs=1e-6)
        np.testing.assert_allclose(found[name].importances, falls, atol=1e-6)
        assert (found[name].low <= found[name].high).all()


def test_the_records_of_a_scorer_are_those_of_the_resample():
    records = ECGRecords(X, 20, metadata={"patient_id": np.arange(60) // 2, "y": Y[:, 0]})
    model = make_pipeline(Means(), LogisticRegression()).fit(records, Y[:, 0])
    seen = []

    def scorer(estimator, X, y):
        np.testing.assert_array_equal(X.metadata["y"], y)
        np.testing.assert_array_equal(estimator.predict(X), model.predict(X))
        assert type(estimator) is type(model) and estimator[-1] is model[-1] and estimator.classes_.tolist() == [0, 1]
        seen.append(len(X))
        return accuracy_score(y, estimator.predict(X))

    one = lead_importance(model, records, Y[:, 0], scorer, n_repeats=2, n_resamples=5, random_state=0)
    other = lead_importance(model, records, Y[:, 0], "accuracy", n_repeats=2, n_resamples=5, random_state=0)
    assert len(seen) == (1 + 3 * 2) + (1 + 5) * (1 + 3)
    for key in ("importances", "low", "high"):
        np.testing.assert_array_equal(one[key], other[key])


def test_each_version_of_X_is_predicted_once():
    calls = []

    class Counting(LogisticRegression):
        def predict_proba(self, X):
            calls.append(len(X))
            return super().predict_proba(X)

    model = make_pipeline(Means(), Counting()).fit(X, Y[:, 0])
    lead_importance(model, X, Y[:, 0], ["roc_auc", "neg_log_loss"], n_repeats=2, n_resamples=20, random_state=0)
    assert calls == [60] * (1 + 3 * 2)


def test_a_scorer_that_the_estimator_cannot_answer():
    model = make_pipeline(Means(), LinearSVC()).fit(X, Y[:, 0])
    with pytest.raises(AttributeError, match="predict_proba"):
        lead_importance(model, X, Y[:, 0], "neg_log_loss")

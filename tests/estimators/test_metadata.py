"""Weights and groups reach the classifier, or `fit` says why not."""

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline as make_sampled_pipeline
from numpy.testing import assert_array_equal
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skecg import ECGRecords
from skecg.ensemble import DistilledClassifier, SoftVotingClassifier
from skecg.estimators.metadata import fit_keywords, keywords, rows_of
from skecg.imbalance import RecordOverSampler
from skecg.model_selection import CalibratedLabels, TunedClassWeights, TunedLabelThresholds, transfer_curve

N = 40
y = np.arange(N) % 2
X = np.random.default_rng(0).normal(size=(N, 3)) + 0.5 * y[:, None]
X[:, 0] = np.arange(N)
PATIENT, WEIGHT = 100 + np.arange(N) // 2, 1.0 + np.arange(N)


class Spy(ClassifierMixin, BaseEstimator):
    """Remembers which records it got, with their weights and groups."""

    seen = []

    def __init__(self, shift=0):
        self.shift = shift

    def fit(self, X, y, *, sample_weight=None, groups=None):
        self.classes_ = np.unique(y)
        Spy.seen.append((np.asarray(X).reshape(len(X), -1)[:, 0], sample_weight, groups))
        return self

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)

    def predict(self, X):
        return self.classes_[np.zeros(len(X), int)]


class Same(StandardScaler):
    """A step that keeps the numbers of the records."""

    def fit(self, X, y=None):
        super().fit(X)
        self.scale_, self.mean_ = np.ones(X.shape[1]), np.zeros(X.shape[1])
        return self


def tuned(inner):
    return TunedLabelThresholds(inner, cv=2)


def weighted(inner):
    return TunedClassWeights(inner, cv=2)


def calibrated(inner):
    return CalibratedLabels(inner, cv=2)


def voted(inner):
    return SoftVotingClassifier([("spy", inner), ("frozen", FrozenEstimator(LogisticRegression().fit(X, y)))])


class Taught(Spy):
    """A student, which remembers nothing."""

    def fit(self, X, y, *, sample_weight=None, groups=None, soft_target=None):
        self.classes_ = np.unique(y)
        return self


def distilled(inner):
    student = Taught()
    if get_config()["enable_metadata_routing"]:
        student.set_fit_request(sample_weight=False, groups=False)
    return DistilledClassifier(inner, student, cv=2)


META = [tuned, weighted, calibrated, voted, distilled]
AROUND = {
    "bare": lambda spy: spy,
    "pipeline": lambda spy: make_pipeline(Same(), spy),
    "pipeline in pipeline": lambda spy: make_pipeline(Same(), make_pipeline(Same(), spy)),
    "search of a pipeline": lambda spy: GridSearchCV(make_pipeline(Same(), spy), {"spy__shift": [0]}, cv=2),
    "calibrated": lambda spy: CalibratedClassifierCV(spy, cv=2),
    "meta": lambda spy: SoftVotingClassifier([("spy", make_pipeline(Same(), spy))]),
}


def assert_seen(weight=True, groups=True):
    assert Spy.seen
    for rows, weights, patients in Spy.seen:
        rows = rows.astype(int)
        if weight:
            assert_array_equal(weights, WEIGHT[rows])
        if groups:
            assert_array_equal(patients, PATIENT[rows])


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize("around", AROUND)
def test_weights_and_groups_reach_the_classifier(meta, around):
    Spy.seen = []
    meta(AROUND[around](Spy())).fit(X, y, sample_weight=WEIGHT, groups=PATIENT)
    assert_seen()


@pytest.mark.parametrize("around", AROUND)
def test_groups_reach_the_classifiers_of_a_transfer_curve(around):
    Spy.seen = []
    transfer_curve({"a": AROUND[around](Spy())}, X, y, sizes=[1.0], cv=2, groups=PATIENT)
    assert_seen(weight=False)


def test_the_last_of_two_spellings_is_the_users():
    Spy.seen = []
    calibrated(make_pipeline(Same(), Spy())).fit(X, y, spy__sample_weight=WEIGHT, spy__groups=PATIENT)
    assert_seen()
    with pytest.raises(TypeError, match=r"spy__groups.*only with the metadata routing"):
        voted(Spy()).fit(X, y, spy__groups=PATIENT)


DEAF = {
    "neighbours": KNeighborsClassifier(1),
    "one against the rest": OneVsRestClassifier(Spy()),
    "tuned threshold": TunedThresholdClassifierCV(Spy(), cv=2),
    "sampler": make_sampled_pipeline(RecordOverSampler(random_state=0), Spy()),
}


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize("deaf", DEAF)
def test_weights_that_cannot_arrive_are_refused(meta, deaf):
    with pytest.raises(TypeError, match="sample_weight") as refusal:
        meta(DEAF[deaf]).fit(X, y, sample_weight=WEIGHT)
    assert isinstance(refusal.value, ValueError)


FITS = [lambda model, groups, meta=meta: meta(model).fit(X, y, groups=groups) for meta in META]
FITS += [lambda model, groups: transfer_curve({"a": model}, X, y, sizes=[1.0], cv=2, groups=groups)]


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("deaf", ["one against the rest", "tuned threshold", "sampler", "search"])
def test_groups_that_cannot_arrive_are_refused(fit, deaf):
    model = {**DEAF, "search": GridSearchCV(Spy(), {"shift": [0]}, cv=2)}[deaf]
    with pytest.raises(ValueError, match=r"groups.*patient_id"):
        fit(model, PATIENT)


@pytest.mark.parametrize("deaf", ["one against the rest", "sampler"])
def test_patients_of_the_records_need_not_arrive(deaf):
    records = ECGRecords(X[:, None], 100, metadata={"patient_id": PATIENT})
    tuned(DEAF[deaf]).fit(records, y)
    transfer_curve({"a": DEAF[deaf]}, records, y, sizes=[1.0], cv=2)


def test_groups_that_no_classifier_takes():
    tuned(LogisticRegression()).fit(X, y, groups=PATIENT)  # for the folds
    with pytest.raises(TypeError, match="None of the estimators takes groups"):
        SoftVotingClassifier([("a", LogisticRegression())]).fit(X, y, groups=PATIENT)
    records = ECGRecords(X[:, None], 100, metadata={"patient_id": PATIENT})
    flat = make_pipeline(_Flat(), LogisticRegression())
    tuned(SoftVotingClassifier([("a", flat)])).fit(records, y)


class _Flat(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X).reshape(len(X), -1)

    def __sklearn_is_fitted__(self):
        return True


def test_keywords():
    search = GridSearchCV(make_pipeline(Same(), Spy()), {}, cv=GroupKFold(2))
    assert keywords(search, "groups") == ["spy__groups", "groups"]
    assert keywords(search, "sample_weight") == ["spy__sample_weight"]
    assert keywords(MultiOutputClassifier(Spy()), "sample_weight") == ["sample_weight"]
    named = [("a", Spy()), ("b", "drop")]
    for outer in (VotingClassifier(named), StackingClassifier(named)):
        assert keywords(outer, "sample_weight") == ["sample_weight"]
    assert keywords(VotingClassifier([("a", KNeighborsClassifier())]), "sample_weight") == []
    assert keywords(make_pipeline(Same(), "passthrough"), "groups") == []
    assert fit_keywords(FrozenEstimator(Spy()), {"sample_weight": WEIGHT}) == {}


def test_rows_of_what_has_rows():
    taken = rows_of({"a": WEIGHT, "b": list(PATIENT), "c": 3, "d": "x" * N, "e": np.array(1.0)}, [2, 1], N)
    assert_array_equal(taken["a"], WEIGHT[[2, 1]])
    assert taken["b"] == [101, 100]
    assert (taken["c"], taken["d"], taken["e"]) == (3, "x" * N, 1.0)


# -- metadata routing ---------------------------------------------------------------------------------


def requesting(around, **requests):
    """Return a model whose classifier requests metadata for its fit, and weights for its score."""
    model = AROUND[around](Spy().set_fit_request(**requests).set_score_request(sample_weight=True))
    if around == "search of a pipeline" and hasattr(model.estimator, "set_score_request"):  # before scikit-learn 1.8
        model.estimator.set_score_request(sample_weight=True)
    return model.set_fit_request(sample_weight=True) if around == "calibrated" else model


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize("around", AROUND)
def test_routing_hands_on_what_is_requested(meta, around):
    with config_context(enable_metadata_routing=True):
        Spy.seen = []
        meta(requesting(around, sample_weight=True, groups=True)).fit(X, y, sample_weight=WEIGHT, groups=PATIENT)
        assert_seen()
        Spy.seen = []
        meta(requesting(around, sample_weight=True, groups=False)).fit(X, y, sample_weight=WEIGHT)
        assert_seen(groups=False)
        assert all(groups is None for *_, groups in Spy.seen)


@pytest.mark.parametrize("meta", META)
def test_routing_refuses_what_is_not_decided(meta):
    with config_context(enable_metadata_routing=True):
        for inner in (Spy(), make_pipeline(Same(), Spy())):
            for given in ({"sample_weight": WEIGHT}, {"groups": PATIENT}):
                with pytest.raises(UnsetMetadataPassedError):
                    meta(inner).fit(X, y, **given)


@pytest.mark.parametrize("meta", META)
def test_routing_knows_other_names(meta):
    with config_context(enable_metadata_routing=True):
        Spy.seen = []
        asking = make_pipeline(Same(), Spy().set_fit_request(sample_weight="importance", groups="patient"))
        meta(asking).fit(X, y, importance=WEIGHT, patient=PATIENT)
        assert_seen()


def test_routing_through_a_search_around_it():
    with config_context(enable_metadata_routing=True):
        Spy.seen = []
        inner = make_pipeline(Same(), Spy().set_fit_request(sample_weight=True, groups=True))
        asking = tuned(inner).set_fit_request(sample_weight=True, groups=True).set_score_request(sample_weight=False)
        GridSearchCV(asking, {"objective": ["f1"]}, cv=GroupKFold(2)).fit(X, y, sample_weight=WEIGHT, groups=PATIENT)
        assert_seen()


def test_routing_of_the_patients_of_records_and_of_a_transfer_curve():
    records = ECGRecords(X[:, None], 100, metadata={"patient_id": PATIENT})
    with config_context(enable_metadata_routing=True):
        for request in (True, False, None):
            Spy.seen = []
            inner = make_pipeline(_Flat(), Spy().set_fit_request(groups=request))
            tuned(inner).fit(records, y)
            transfer_curve({"a": inner}, records, y, sizes=[1.0], cv=2)
            assert len(Spy.seen) == 5
            for rows, _, groups in Spy.seen:
                assert_array_equal(groups, PATIENT[rows.astype(int)] if request else None)
        Spy.seen = []
        asking = make_pipeline(_Flat(), Spy().set_fit_request(groups=True))
        transfer_curve({"a": asking, "b": Spy()}, X, y, sizes=[1.0], cv=2, groups=PATIENT)
        assert_seen(weight=False)
        with pytest.raises(UnsetMetadataPassedError):
            transfer_curve({"a": make_pipeline(_Flat(), Spy())}, X, y, sizes=[1.0], cv=2, groups=PATIENT)

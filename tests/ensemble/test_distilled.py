"""DistilledClassifier trains one network on the out-of-fold probabilities of a teacher."""

import pickle

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline as make_sampled_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, ShuffleSplit
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

import skecg
from skecg import ECGRecords
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.ensemble import DistilledClassifier, SoftVotingClassifier
from skecg.estimators.model import network_of
from skecg.features import BeatFeatures
from skecg.imbalance import RecordOverSampler
from skecg.model_selection import TunedLabelThresholds
from skecg.preprocessing import ECGCrop, Normalize

N = 60
PATIENT = np.arange(N) // 3


class Oracle(ClassifierMixin, BaseEstimator):
    """Predicts the share of each class or label in training, in the order of its own classes."""

    seen = []

    def __init__(self, backwards=False):
        self.backwards = backwards

    def fit(self, X, y, *, sample_weight=None, groups=None):
        order = -1 if self.backwards else 1
        if np.ndim(y) == 2:
            self.classes_ = [np.array([0, 1])] * y.shape[1]
            self.p_ = y.mean(axis=0)
        else:
            self.classes_ = np.unique(y)[::order]
            self.p_ = np.array([(y == c).mean() for c in self.classes_])
        Oracle.seen.append((_rows(X), groups, sample_weight))
        return self

    def predict_proba(self, X):
        return np.tile(self.p_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Student(ClassifierMixin, BaseEstimator):
    """Stores what it was given."""

    def fit(self, X, y, *, sample_weight=None, groups=None, soft_target=None):
        self.classes_ = np.unique(y) if np.ndim(y) == 1 else [np.array([0, 1])] * y.shape[1]
        self.rows_, self.y_, self.weight_, self.groups_, self.soft_ = _rows(X), y, sample_weight, groups, soft_target
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 0.5)

    def predict(self, X):
        return self.classes_[np.zeros(len(X), int)]


def _rows(X):
    return np.asarray(X).reshape(len(X), -1)[:, 0].astype(int)


@pytest.fixture
def cohort():
    """Sixty numbered records of twenty patients with three labels."""
    rng = np.random.default_rng(0)
    signals = rng.normal(size=(N, 2, 100))
    signals[:, 0, 0] = np.arange(N)
    records = ECGRecords(signals, 100, metadata={"patient_id": PATIENT})
    return records, (rng.random((N, 3)) < [0.5, 0.4, 0.6]).astype(int)


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(
        48, classes=["NORM", "LBBB", "PVC"], multilabel=True, fs=100, duration=4, n_patients=24, random_state=0
    )


def network(**params):
    return EEGNetClassifier(**{"n_tokens": 4, "max_epochs": 2, "batch_size": 8, "random_state": 0, **params})


def teacher():
    trees = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5)
    return SoftVotingClassifier(
        [("network", network()), ("trees", make_pipeline(BeatFeatures(), OneVsRestClassifier(trees)))]
    )


def test_an_ensemble_teaches_a_network_that_stops_early(ecgs, tmp_path):
    """Labels, patients in folds and in the validation split, windows, and what the student alone can do."""
    X, Y = ecgs.data, ecgs.target
    small = network(window=200, early_stopping=True, validation_fraction=0.3, max_epochs=3)
    model = DistilledClassifier(teacher(), make_pipeline(ECGCrop(length=320), Normalize(), small), cv=2).fit(X, Y)
    p = model.predict_proba(X)
    assert p.shape == Y.shape and [list(classes) for classes in model.classes_] == [[0, 1]] * 3
    assert_array_equal(p, model.student_.predict_proba(X))
    assert_array_equal(model.predict(X), p > 0.5)
    assert_allclose(model.predict_log_proba(X), np.log(p))
    assert model.n_features_in_ == 12 and "valid_loss" in model.student_[-1].history_[0]
    for again in (pickle.loads(pickle.dumps(model)), skecg.compile(model, engine="torch")):
        assert_allclose(again.predict_proba(X), p, atol=1e-5)
    skecg.save(model, tmp_path / "student.skecg", X=X, y=Y)
    assert_array_equal(skecg.load(tmp_path / "student.skecg").predict_proba(X), p)
    assert "DistilledClassifier" not in skecg.persistence.list_contents(tmp_path / "student.skecg")
    assert network_of(model, "An explanation") is model.student_[-1]


def test_targets_are_out_of_fold_and_patients_stay_together(cohort):
    X, Y = cohort
    Oracle.seen = []
    model = DistilledClassifier(Oracle(), Student(), cv=4, soft_weight=0.7).fit(X, Y)
    assert len(Oracle.seen) == 4  # the teacher is not needed on all records
    taught = np.empty((N, 3))
    for rows, groups, _ in Oracle.seen:
        assert len(rows) % 3 == 0 and len(set(rows // 3)) == len(rows) // 3  # whole patients
        assert_array_equal(groups, PATIENT[rows])
        taught[np.setdiff1d(np.arange(N), rows)] = Y[rows].mean(axis=0)
    student = model.student_
    assert_allclose(student.soft_, 0.3 * Y + 0.7 * taught)
    assert_array_equal(student.y_, Y)
    assert_array_equal(student.rows_, np.arange(N))
    assert_array_equal(student.groups_, PATIENT)


@pytest.mark.parametrize("backwards", [False, True])
def test_columns_are_in_the_order_of_the_classes(cohort, backwards):
    """A teacher may name its classes in another order; a fold may lack a class."""
    X, y = np.asarray(cohort[0]), np.repeat(["b", "a", "c"], [30, 25, 5])
    folds = [(np.arange(1, N, 2), np.arange(0, N, 2)), (np.setdiff1d(np.arange(0, 55, 2), []), np.arange(1, N, 2))]
    soft = DistilledClassifier(Oracle(backwards), Student(), cv=folds, soft_weight=1).fit(X, y).student_.soft_
    for train, test in folds:
        assert_allclose(soft[test], np.tile([(y[train] == c).mean() for c in "abc"], (len(test), 1)))
    assert soft[1, 2] == 0 < soft[0, 2]
    frozen = DistilledClassifier(FrozenEstimator(Oracle(backwards).fit(X, y)), Student(), soft_weight=1).fit(X, y)
    assert_allclose(frozen.student_.soft_[0], [25 / 60, 30 / 60, 5 / 60])


def test_a_frozen_teacher_predicts_without_folds(cohort):
    X, Y = cohort
    rare = np.column_stack([Y[:, 0], np.arange(N) == 7]).astype(int)  # too rare for folds
    fitted = Oracle().fit(X, rare)
    Oracle.seen = []
    model = DistilledClassifier(FrozenEstimator(fitted), Student(), soft_weight=1).fit(X, rare)
    assert not Oracle.seen
    assert_allclose(model.student_.soft_, np.tile(fitted.p_, (N, 1)))
    with pytest.raises(ValueError, match="fewer positive"):
        DistilledClassifier(Oracle(), Student()).fit(X, rare)


def test_a_frozen_teacher_of_other_classes(cohort):
    X, Y = cohort
    classes, labels = np.repeat(["a", "b"], 30), Y[:, :2]
    for known, other, message in [
        (classes, np.repeat(["a", "c"], 30), r"the classes \['a', 'b'\], but y has the classes \['a', 'c'\]"),
        (classes, np.repeat(["a", "b", "c"], 20), r"the classes \['a', 'b'\], but y has the classes \['a', 'b', 'c'\]"),
        (np.repeat(["a", "b", "c"], 20), classes, r"the classes \['a', 'b', 'c'\], but y has the classes \['a', 'b'\]"),
        (classes, labels, r"the classes \['a', 'b'\], but y has 2 labels"),
        (labels, classes, r"2 labels, but y has the classes \['a', 'b'\]"),
        (labels, Y, "2 labels, but y has 3 labels"),
    ]:
        frozen = FrozenEstimator(Oracle().fit(X, known))
        for teacher in (frozen, make_pipeline(Normalize(), frozen)):
            with pytest.raises(ValueError, match=f"The estimator inside DistilledClassifier was fitted to {message}"):
                DistilledClassifier(teacher, Student(), cv=2).fit(X, other)


def test_all_of_the_weight_on_y_is_close_to_the_student_alone(cohort):
    X, Y = cohort
    model = DistilledClassifier(Oracle(), network(), cv=3, soft_weight=1e-12).fit(X, Y)
    assert_allclose(model.predict_proba(X), network().fit(X, Y).predict_proba(X), atol=1e-5)


def test_weights_and_groups_reach_both(cohort):
    X, y = np.asarray(cohort[0]), np.arange(N) % 2
    weight = np.where(np.arange(N) < 5, 0.0, 1.0 + np.arange(N))
    labels = np.where(np.arange(N) < 5, 9, y)  # the records of weight zero have another class
    Oracle.seen = []
    inner = make_pipeline(Normalize(per="dataset"), Student())
    model = DistilledClassifier(Oracle(), inner, cv=GroupKFold(3))
    model.fit(X, labels, sample_weight=weight, groups=PATIENT)
    assert model.classes_.tolist() == [0, 1]
    for rows, groups, weights in Oracle.seen:
        assert_array_equal(groups, PATIENT[rows])
        assert_array_equal(weights, weight[rows])
    assert_array_equal(model.student_[-1].weight_, weight[5:])
    assert_array_equal(model.student_[-1].groups_, PATIENT[5:])
    listed = [(np.arange(30), np.arange(30, N)), (np.arange(30, N), np.arange(30))]
    model.set_params(cv=listed).fit(X, labels, sample_weight=weight)
    assert len(model.student_[-1].soft_) == 55
    with pytest.raises(TypeError, match="KNeighborsClassifier does not take sample_weight"):
        DistilledClassifier(KNeighborsClassifier(), Student()).fit(X, y, sample_weight=weight)


def test_metadata_routing(cohort):
    X, y = np.asarray(cohort[0]), np.arange(N) % 2
    with config_context(enable_metadata_routing=True):
        part = Student().set_fit_request(sample_weight=True)
        Oracle.seen = []
        model = DistilledClassifier(
            Oracle().set_fit_request(sample_weight="importance"), make_pipeline(Normalize(), part), cv=2
        )
        weight = 1.0 + np.arange(N)
        model.fit(X, y, sample_weight=weight, importance=2 * weight)
        assert_array_equal(model.student_[-1].weight_, weight)
        assert model.student_[-1].soft_.shape == (N, 2)
        for rows, _, weights in Oracle.seen:
            assert_array_equal(weights, 2 * weight[rows])
    with pytest.raises(TypeError, match=r"\['importance'\] only with the metadata routing"):
        DistilledClassifier(Oracle(), Student(), cv=2).fit(X, y, importance=weight)


def test_inside_searches_thresholds_and_pipelines(ecgs):
    X, Y = ecgs.data, ecgs.target
    model = DistilledClassifier(Oracle(), network(), cv=2)
    grid = {"soft_weight": [0.5, 1.0], "student__max_epochs": [1]}
    search = GridSearchCV(model, grid, cv=GroupKFold(2), scoring="roc_auc", error_score="raise")
    search.fit(X, Y, groups=X.metadata["patient_id"])
    assert clone(search.best_estimator_).student.max_epochs == 1
    tuned = TunedLabelThresholds(make_pipeline(Normalize(), model), cv=2).fit(X, Y)
    assert tuned.estimator_[-1].student_.n_iter_ == 2
    inner = DistilledClassifier(Oracle(), GridSearchCV(network(), {"max_epochs": [1]}, cv=2), cv=2).fit(X, Y)
    assert inner.student_.best_estimator_.n_iter_ == 1


def test_tags_are_those_of_both_parts():
    assert get_tags(DistilledClassifier(network(), network())).input_tags.three_d_array
    assert get_tags(DistilledClassifier(network(), network())).classifier_tags.multi_label
    assert not get_tags(DistilledClassifier(LogisticRegression(), network())).input_tags.three_d_array
    assert not get_tags(DistilledClassifier(HistGradientBoostingClassifier(), network())).input_tags.allow_nan


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"student": LogisticRegression()}, TypeError, r"student must be a classifier of skecg.*LogisticRegression"),
        ({"student": FrozenEstimator(Student())}, TypeError, "student must be a classifier of skecg"),
        ({"student": SoftVotingClassifier([("a", network())])}, TypeError, "student must be a classifier of skecg"),
        (
            {"student": make_sampled_pipeline(RecordOverSampler(), network())},
            TypeError,
            r"soft_target cannot pass the step 'recordoversampler'.*class_weight or balanced_batches",
        ),
        ({"student": BeatFeatures()}, ValueError, "'student' parameter"),
        ({"teacher": BeatFeatures()}, ValueError, "'teacher' parameter"),
        ({"soft_weight": 0}, ValueError, "'soft_weight' parameter"),
        ({"soft_weight": 1.1}, ValueError, "'soft_weight' parameter"),
        ({"cv": ShuffleSplit(2)}, ValueError, "DistilledClassifier needs a cv that tests every record once"),
    ],
)
def test_wrong_parts(cohort, params, error, message):
    settings = {"teacher": Oracle(), "student": Student(), **params}
    with pytest.raises(error, match=message):
        DistilledClassifier(**settings).fit(np.asarray(cohort[0]), np.arange(N) % 2)


def test_wrong_targets_and_teachers(cohort):
    X = np.asarray(cohort[0])

    class Doubtful(Oracle):
        def predict_proba(self, X):
            return super().predict_proba(X) * np.nan

    with pytest.raises(ValueError, match="NaN"):
        DistilledClassifier(Doubtful(), network()).fit(X, np.arange(N) % 2)
    with pytest.raises(ValueError, match="DistilledClassifier requires y"):
        DistilledClassifier(Oracle(), network()).fit(X, None)
    with pytest.raises(ValueError, match="one class only"):
        DistilledClassifier(Oracle(), network()).fit(X, np.zeros(N))


def test_an_unfitted_one_is_saved_as_it_is_and_cannot_predict(tmp_path):
    model = DistilledClassifier(LogisticRegression(), network(), soft_weight=0.5)
    skecg.save(model, tmp_path / "model.skecg")
    assert repr(skecg.load(tmp_path / "model.skecg")) == repr(model)
    with pytest.raises(NotFittedError, match="DistilledClassifier"):
        skecg.compile(model)

"""The shared behaviour of the meta-estimators: folds, groups, targets, the checks of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.multiclass import OneVsRestClassifier
from sklearn.utils.estimator_checks import estimator_checks_generator

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.model_selection import CalibratedLabels, MultilabelStratifiedGroupKFold, TunedLabelThresholds

BOTH = [TunedLabelThresholds, CalibratedLabels]
NOT_MADE_FOR_US = {"check_array_api_input"}  # needs SCIPY_ARRAY_API in the environment


class Mean(ClassifierMixin, BaseEstimator):
    """Predicts for every record the share of each label in training; stores the records that it was fitted on."""

    fitted = []

    def fit(self, X, y, *, sample_weight=None, groups=None):
        self.classes_ = np.unique(y) if np.ndim(y) == 1 else [np.array([0, 1])] * y.shape[1]
        self.p_ = np.average(np.asarray(y, float), axis=0, weights=sample_weight)
        Mean.fitted.append((np.asarray(X)[:, 0, 0].astype(int), groups))
        return self

    def predict_proba(self, X):
        p = np.tile(self.p_, (len(X), 1))
        return p if p.shape[1] > 1 else np.column_stack([1 - p, p])


@pytest.fixture
def cohort():
    """Sixty numbered records of twenty patients with three labels."""
    rng = np.random.default_rng(0)
    signals = rng.normal(size=(60, 2, 100))
    signals[:, 0, 0] = np.arange(60)
    records = ECGRecords(signals, 100, metadata={"patient_id": np.arange(60) // 3})
    return records, (rng.random((60, 3)) < [0.5, 0.4, 0.6]).astype(int)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "estimator",
    [
        TunedLabelThresholds(LogisticRegression(), cv=2),
        CalibratedLabels(LogisticRegression(), cv=2),
        CalibratedLabels(LogisticRegression(), method="isotonic", cv=2),
    ],
)
def test_sklearn(estimator, subtests):
    for _, check in estimator_checks_generator(estimator):
        if check.func.__name__ not in NOT_MADE_FOR_US:
            with subtests.test(check.func.__name__):
                check(clone(estimator))


@pytest.mark.parametrize("meta", BOTH)
def test_patients_of_the_records_part_the_folds_and_reach_the_estimator(meta, cohort):
    X, Y = cohort
    Mean.fitted = []
    meta(Mean(), cv=4).fit(X, Y)
    *folds, (everyone, groups) = Mean.fitted
    assert len(folds) == 4 and sorted(everyone) == list(range(60))
    np.testing.assert_array_equal(groups, np.arange(60) // 3)
    for rows, groups in folds:
        assert not set(rows // 3) & (set(range(20)) - set(groups))  # whole patients
        assert len(rows) % 3 == 0 and set(groups) == set(rows // 3)


@pytest.mark.parametrize("meta", BOTH)
def test_folds_that_tear_patients_warn(meta, cohort):
    X, Y = cohort
    with pytest.warns(UserWarning, match="patients have records on both sides"):
        meta(Mean(), cv=KFold(3, shuffle=True, random_state=0)).fit(X, Y)
    meta(Mean(), cv=KFold(4)).fit(X, Y)  # folds of 15 records hold five whole patients, so there is no warning
    # Arrays have no patients, so there is no warning.
    meta(Mean(), cv=KFold(3, shuffle=True, random_state=0)).fit(np.asarray(X), Y)


@pytest.mark.parametrize("meta", BOTH)
def test_a_splitter_by_group_gets_the_folds_of_the_records(meta, cohort):
    X, Y = cohort
    X = X.with_metadata({"strat_fold": np.arange(60) // 15})
    Mean.fitted = []
    meta(Mean(), cv=MultilabelStratifiedGroupKFold(4)).fit(X, Y)
    assert all(len(set(rows // 15)) == 3 for rows, _ in Mean.fitted[:4])


@pytest.mark.parametrize("meta", BOTH)
@pytest.mark.parametrize("estimator", ["ours", "arrays", "lists"])
def test_every_form_of_probabilities(meta, estimator, cohort, request):
    from torch import nn

    def network(n_leads, n_outputs):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(n_leads, n_outputs))

    X, Y = cohort
    inner, data = {
        "ours": (ECGClassifier(network, max_epochs=1, random_state=0), X),
        "arrays": (OneVsRestClassifier(LogisticRegression()), X.to_array().reshape(60, -1)),
        "lists": (RandomForestClassifier(5, random_state=0), X.to_array().reshape(60, -1)),
    }[estimator]
    clf = meta(inner, cv=3).fit(data, Y)
    p = clf.predict_proba(data)
    assert p.shape == (60, 3) and (p >= 0).all() and (p <= 1).all()
    assert clf.predict(data).shape == (60, 3) and clf.predict(data).dtype == np.int64
    assert [list(classes) for classes in clf.classes_] == [[0, 1]] * 3


@pytest.mark.parametrize("meta", BOTH)
def test_two_classes_keep_their_names(meta, cohort):
    X = cohort[0].to_array().reshape(60, -1)
    y = np.where(np.arange(60) % 3, "no PE", "PE")
    clf = meta(LogisticRegression(), cv=3).fit(X, y)
    assert set(clf.predict(X)) == {"PE", "no PE"} and list(clf.classes_) == ["PE", "no PE"]
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize("meta", BOTH)
def test_a_frozen_estimator_is_not_fitted_again(meta, cohort):
    X, y = cohort[0].to_array().reshape(60, -1), cohort[1]
    inner = OneVsRestClassifier(LogisticRegression()).fit(X[:30], y[:30])
    clf = meta(FrozenEstimator(inner), cv=3).fit(X[30:], y[30:])
    assert clf.estimator_.estimator is inner


@pytest.mark.parametrize("meta", BOTH)
def test_a_frozen_estimator_needs_no_folds(meta, cohort):
    X, y = cohort[0].to_array().reshape(60, -1), cohort[1]
    rare = np.column_stack([y[:, 0], np.arange(60) == 7])  # one record of the second label
    inner = OneVsRestClassifier(LogisticRegression()).fit(X, rare)
    clf = meta(FrozenEstimator(inner)).fit(X, rare)
    for column, found in enumerate(getattr(clf, "thresholds_", [])):
        p = inner.predict_proba(X)[:, column]
        scores = [f1_score(rare[:, column], p >= threshold) for threshold in p]
        assert f1_score(rare[:, column], p >= found) == max(scores)
    with pytest.raises(ValueError, match="fewer positive"):
        meta(inner).fit(X, rare)
    with pytest.raises(ValueError, match="predicts 2 classes or labels, but y has 3"):
        meta(FrozenEstimator(inner)).fit(X, y[:, [0, 1, 0]])


@pytest.mark.parametrize("meta", BOTH)
def test_bad_input(meta, cohort):
    X, Y = cohort
    with pytest.raises(ValueError, match=r"fewer positive patients than the 5 folds \(label 2: 1\)"):
        meta(Mean()).fit(X, np.column_stack([Y[:, :2], np.arange(60) < 3]).astype(int))
    with pytest.raises(ValueError, match=r"fewer positive records than the 5 folds"):
        meta(Mean()).fit(np.asarray(X), np.arange(60) < 4)
    with pytest.raises(ValueError, match=r"takes two classes or an indicator of labels.*multiclass"):
        meta(Mean()).fit(X, np.arange(60) % 3)
    with pytest.raises(ValueError, match="one class"):
        meta(Mean()).fit(X, np.zeros(60))
    with pytest.raises(ValueError, match="tests every record once"):
        meta(Mean(), cv=ShuffleSplit(3, random_state=0)).fit(np.asarray(X), Y)
    with pytest.raises(ValueError, match="'estimator' parameter"):
        meta(KFold()).fit(X, Y)
    with pytest.raises(ValueError, match="holds one class only"):
        meta(LogisticRegression(), cv=[([0, 1], [2, 3]), ([2, 3], [0, 1])]).fit(np.eye(4), [0, 1, 0, 0])

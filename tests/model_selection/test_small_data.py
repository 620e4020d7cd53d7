"""Three hundred records of a rare disease: no record leaks from the first split to the last threshold."""

import numpy as np
import pytest
from imblearn.pipeline import Pipeline as SamplingPipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from torch import nn

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.imbalance import RecordOverSampler, RecordUnderSampler
from skecg.model_selection import TunedLabelThresholds, check_leakage, groups_of
from skecg.preprocessing import ECGCrop, Normalize


def network(n_leads, n_outputs, bins=1):
    """Return the highest value of each lead, or of each half of a lead."""
    layers = (
        nn.AdaptiveMaxPool1d(bins),
        nn.Flatten(),
        nn.BatchNorm1d(bins * n_leads),
        nn.Linear(bins * n_leads, n_outputs),
    )
    return nn.Sequential(*layers)


def classifier(**params):
    settings = {"max_epochs": 10, "batch_size": 64, "learning_rate": 0.1, "random_state": 0}
    return ECGClassifier(network, **{**settings, **params})


@pytest.fixture(scope="module")
def cohort():
    """Three hundred records of 240 patients; a sixth has a tall narrow wave in the second lead."""
    rng = np.random.default_rng(0)
    patient = np.concatenate([np.arange(240), rng.choice(240, 60)])
    ill = (rng.random(240) < 1 / 6)[patient]
    signals = rng.normal(0, 1, (300, 2, 200)).astype(np.float32)
    wave = 3.5 * np.exp(-((np.arange(-10, 11) / 4) ** 2))
    for row in np.flatnonzero(ill & (rng.random(300) < 0.8)):
        start = rng.integers(20, 160)
        signals[row, 1, start : start + 21] += wave
    records = ECGRecords(signals, 100, leads=["I", "II"], metadata={"patient_id": patient, "number": np.arange(300)})
    return records, np.where(ill, "PE", "no PE")


class Diary(ClassifierMixin, BaseEstimator):
    """A logistic regression on lead II that notes the records that it was fitted on and those that it predicted."""

    pages = []

    def fit(self, X, y):
        self.inner_ = LogisticRegression(max_iter=500).fit(X.to_array()[:, 1].max(axis=1, keepdims=True), y)
        self.classes_ = self.inner_.classes_
        Diary.pages.append(("fit", X.metadata["number"].to_numpy(), np.asarray(y)))
        return self

    def predict_proba(self, X):
        Diary.pages.append(("predict", X.metadata["number"].to_numpy(), None))
        return self.inner_.predict_proba(X.to_array()[:, 1].max(axis=1, keepdims=True))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.mark.parametrize("sampler", [RecordOverSampler(random_state=0), RecordUnderSampler(random_state=0)])
def test_resampling_touches_training_folds_only(sampler, cohort):
    X, y = cohort
    Diary.pages = []
    pipeline = SamplingPipeline([("crop", ECGCrop(length=180)), ("sampler", sampler), ("classifier", Diary())])
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    scores = cross_val_score(pipeline, X, y, cv=cv, scoring="roc_auc")
    assert len(scores) == 6 and scores.mean() > 0.6
    splits = list(cv.split(np.zeros(300), y))
    for (train, test), fitted, seen in zip(splits, Diary.pages[::2], Diary.pages[1::2], strict=True):
        assert (fitted[0], seen[0]) == ("fit", "predict")
        assert set(fitted[1]) <= set(train)
        assert np.unique(fitted[2], return_counts=True)[1].std() == 0  # balanced
        assert seen[1].tolist() == test.tolist()  # every test record once, in order, without added records


@pytest.mark.learns
def test_a_network_in_repeated_folds(cohort):
    X, y = cohort
    steps = [("crop", ECGCrop(length=180)), ("sampler", RecordOverSampler(random_state=0)), ("net", classifier())]
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    scores = cross_val_score(SamplingPipeline(steps), X, y, cv=cv, scoring="roc_auc", error_score="raise")
    assert scores.shape == (6,) and scores.mean() > 0.65


def test_nested_search_by_patient_never_looks_at_the_outer_test_fold(cohort):
    X, y = cohort
    groups = groups_of(X)
    grid = {"sampler": [RecordOverSampler(random_state=0), "passthrough"], "crop__length": [150, 200]}
    steps = [("crop", ECGCrop()), ("sampler", "passthrough"), ("classifier", Diary())]
    for train, test in StratifiedGroupKFold(3).split(X, y, groups):
        inner = list(StratifiedGroupKFold(3).split(X[train], y[train], groups[train]))
        Diary.pages = []
        search = GridSearchCV(SamplingPipeline(steps), grid, cv=inner, scoring="roc_auc", error_score="raise")
        search.fit(X[train], y[train])
        assert len(Diary.pages) == 4 * 3 * 2 + 1
        touched = np.concatenate([numbers for _, numbers, _ in Diary.pages])
        assert not set(groups[touched]) & set(groups[test])
        assert check_leakage(X[train], X[test]).empty
        for fitted, seen in zip(Diary.pages[:-1:2], Diary.pages[1:-1:2], strict=True):
            assert not set(groups[fitted[1]]) & set(groups[seen[1]])


def test_a_nested_search_over_a_network(cohort):
    X, y = cohort
    search = GridSearchCV(
        make_pipeline(Normalize(), classifier(max_epochs=2)),
        {"ecgclassifier__module_params": [{"bins": 1}, {"bins": 2}]},
        cv=StratifiedKFold(2),
        scoring="roc_auc",
    )
    scores = cross_val_score(search, X, y, cv=StratifiedKFold(3), scoring="roc_auc", error_score="raise")
    assert np.isfinite(scores).all() and len(scores) == 3


@pytest.mark.learns
def test_scikit_learn_chooses_the_threshold_of_a_network(cohort):
    X, y = cohort
    tuned = TunedThresholdClassifierCV(classifier(), scoring="balanced_accuracy", cv=3).fit(X, y)
    plain = balanced_accuracy_score(y, tuned.estimator_.predict(X))
    assert balanced_accuracy_score(y, tuned.predict(X)) > plain
    assert set(tuned.predict(X)) == {"PE", "no PE"}


@pytest.mark.learns
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_scikit_learn_calibrates_a_network(method, cohort):
    X, y = cohort
    shifted = classifier(class_weight="balanced")
    folds = StratifiedGroupKFold(3)
    raw = cross_val_predict(shifted, X, y, groups=groups_of(X), cv=folds, method="predict_proba")
    calibrated = CalibratedClassifierCV(shifted, method=method, cv=3)
    p = cross_val_predict(calibrated, X, y, groups=groups_of(X), cv=folds, method="predict_proba")
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    assert brier_score_loss(y == "PE", p[:, 0]) < brier_score_loss(y == "PE", raw[:, 0])


@pytest.mark.learns
def test_thresholds_of_a_network_by_label(cohort):
    X, y = cohort
    Y = np.column_stack([y == "PE", X.to_array()[:, 0].mean(axis=1) > 0.05]).astype(int)
    tuned = TunedLabelThresholds(classifier(), objective="g_mean", cv=3).fit(X, Y)
    assert tuned.thresholds_.shape == (2,) and tuned.thresholds_[0] < 0.5
    assert tuned.predict(X)[:, 0].sum() > tuned.estimator_.predict(X)[:, 0].sum()
    assert roc_auc_score(Y[:, 0], tuned.predict_proba(X)[:, 0]) > 0.65


def test_a_sampler_of_classes_refuses_labels_within_the_pipeline(cohort):
    X, y = cohort
    Y = np.column_stack([y == "PE", y == "PE"]).astype(int)
    pipeline = SamplingPipeline([("sampler", RecordOverSampler()), ("classifier", OneVsRestClassifier(Diary()))])
    with pytest.raises(ValueError, match="use MultilabelOverSampler"):
        pipeline.fit(X, Y)

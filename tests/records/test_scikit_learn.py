"""ECGRecords in the tools of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords


class Loudness(ClassifierMixin, BaseEstimator):
    """A classifier that accepts only ECGRecords, with the smallest interface that scikit-learn accepts."""

    def __init__(self, floor=0.0):
        self.floor = floor

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        self.model_ = LogisticRegression().fit(self._table(X), y, sample_weight)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(self._table(X))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _table(self, X):
        assert type(X) is ECGRecords, f"scikit-learn passed a {type(X)}"
        for record in X:  # age is the number of the record, which shows that metadata, rate and length stay together
            i = record.metadata["age"]
            assert record.signal.shape[1] in (200, 200 + 5 * i)
            assert record.fs == (500.0 if i % 3 else 250.0)
        return np.array([[record.signal.std(), self.floor] for record in X])


class Amplifier(TransformerMixin, BaseEstimator):
    """A transformer that counts its runs in this process."""

    runs = 0

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        Amplifier.runs += 1
        return X.with_signals([self.factor * signal for signal in X.signals])

    def __sklearn_is_fitted__(self):
        return True


def test_train_test_split_keeps_the_container_and_its_rows_together(make_records, check_same):
    records, y = make_records()
    train, test, y_train, y_test = train_test_split(records, y, stratify=y, random_state=0)
    assert (len(train), len(test)) == (30, 10)
    for part, labels in ((train, y_train), (test, y_test)):
        check_same(part, records[part.metadata["age"].to_numpy()])
        np.testing.assert_array_equal(labels, y[part.metadata["age"]])


def test_splitting_copies_no_signal(make_records):
    records, y = make_records()
    parts = train_test_split(records, random_state=0)
    folds = [records[rows] for pair in StratifiedGroupKFold(3).split(records, y, np.arange(40) // 4) for rows in pair]
    views = [*parts, *folds, records[::-2], records[y == "loud"], records[[5, 5]], records[-3:][1:]]
    for view in views:
        ages = view.metadata["age"].to_numpy()
        for signal, i in zip(view.signals, ages, strict=True):
            assert np.shares_memory(signal, records.signals[i])
            np.testing.assert_array_equal(signal, records.signals[i])


def test_grid_search_in_two_processes(make_records):
    records, y = make_records()
    search = GridSearchCV(Loudness(), {"floor": [0.0, 1.0]}, cv=StratifiedGroupKFold(4), n_jobs=2)
    search.fit(records, y, groups=records.metadata["patient_id"])
    assert search.best_score_ == 1
    np.testing.assert_array_equal(search.predict(records[5:9]), y[5:9])


def test_cross_validation_and_cross_val_predict(make_records):
    records, y = make_records()
    scores = cross_validate(Loudness(), records, y, cv=4, scoring=["accuracy", "roc_auc"], error_score="raise")
    np.testing.assert_array_equal(scores["test_roc_auc"], 1)
    p = cross_val_predict(Loudness(), records, y, cv=4, method="predict_proba")
    np.testing.assert_array_equal(np.array(["loud", "normal"])[p.argmax(axis=1)], y)


def test_pipeline_with_memory_runs_a_step_once(tmp_path, make_records):
    records, y = make_records()
    pipeline = make_pipeline(Amplifier(2.0), Loudness(), memory=str(tmp_path))
    Amplifier.runs = 0
    first = pipeline.fit(records, y).predict_proba(records[:4])
    assert Amplifier.runs == 2  # one in fit, one in predict
    again = pipeline.fit(records, y).predict_proba(records[:4])
    assert Amplifier.runs == 3  # fit took the signals from the cache
    np.testing.assert_array_equal(first, again)
    pipeline.fit(records[4:], y[4:])
    assert Amplifier.runs == 4  # other records of the same buffer need their own cache entry


@pytest.mark.parametrize(
    "meta",
    [
        CalibratedClassifierCV(Loudness(), cv=2),
        VotingClassifier([("a", Loudness()), ("b", Loudness(1.0))], voting="soft"),
        StackingClassifier([("a", Loudness()), ("b", Loudness(1.0))], cv=2),
        StackingClassifier([("a", Loudness()), ("b", Loudness(1.0))], cv=2, n_jobs=2),
    ],
    ids=["calibrated", "voting", "stacking", "stacking in two processes"],
)
def test_meta_estimators(meta, make_records):
    records, y = make_records()
    np.testing.assert_array_equal(meta.fit(records[:30], y[:30]).predict(records[30:]), y[30:])


def test_a_search_over_memory_mapped_records(mapped):
    records, y, _ = mapped
    search = GridSearchCV(Loudness(), {"floor": [0.0, 1.0]}, cv=4, n_jobs=2).fit(records, y)
    assert search.best_score_ == 1

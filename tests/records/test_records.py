import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
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

from skecg import ECGRecord, ECGRecords


def make_records(n_records=40, ragged=True):
    """Return records whose loudness tells the class, and the labels."""
    rng = np.random.default_rng(0)
    y = np.tile(["normal", "loud"], n_records // 2)
    signals = [
        rng.normal(0, 1 + (label == "loud"), (3, 200 + (5 * i if ragged else 0))).astype(np.float32)
        for i, label in enumerate(y)
    ]
    metadata = pd.DataFrame({"age": np.arange(n_records), "patient_id": np.arange(n_records) // 4})
    fs = np.where(np.arange(n_records) % 3, 500.0, 250.0)
    return ECGRecords(signals, fs, leads=["I", "II", "V1"], metadata=metadata), y


class Loudness(ClassifierMixin, BaseEstimator):
    """A classifier of ECGRecords, and of nothing else, with the smallest face scikit-learn takes."""

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
        assert type(X) is ECGRecords, f"scikit-learn handed on a {type(X)}"
        for record in X:  # age is the number of the record: metadata, rate and length must stay together
            i = record.metadata["age"]
            assert record.signal.shape[1] in (200, 200 + 5 * i)
            assert record.fs == (500.0 if i % 3 else 250.0)
        return np.array([[record.signal.std(), self.floor] for record in X])


class Amplifier(TransformerMixin, BaseEstimator):
    """A transformer that counts how often it was run in this process."""

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


def check_same(records, others):
    assert type(records) is type(others) is ECGRecords
    assert records.leads == others.leads
    np.testing.assert_array_equal(records.fs, others.fs)
    np.testing.assert_array_equal(records.lengths, others.lengths)
    pd.testing.assert_frame_equal(records.metadata, others.metadata)
    for one, other in zip(records.signals, others.signals, strict=True):
        np.testing.assert_array_equal(one, other)


# -- in scikit-learn ---------------------------------------------------------------------------


def test_train_test_split_keeps_the_container_and_its_rows_together():
    records, y = make_records()
    train, test, y_train, y_test = train_test_split(records, y, stratify=y, random_state=0)
    assert (len(train), len(test)) == (30, 10)
    for part, labels in ((train, y_train), (test, y_test)):
        check_same(part, records[part.metadata["age"].to_numpy()])
        np.testing.assert_array_equal(labels, y[part.metadata["age"]])


def test_splitting_copies_no_signal():
    records, y = make_records()
    parts = train_test_split(records, random_state=0)
    folds = [records[rows] for pair in StratifiedGroupKFold(3).split(records, y, np.arange(40) // 4) for rows in pair]
    views = [*parts, *folds, records[::-2], records[y == "loud"], records[[5, 5]], records[-3:][1:]]
    for view in views:
        ages = view.metadata["age"].to_numpy()
        for signal, i in zip(view.signals, ages, strict=True):
            assert np.shares_memory(signal, records.signals[i])
            np.testing.assert_array_equal(signal, records.signals[i])


def test_grid_search_in_two_processes():
    records, y = make_records()
    search = GridSearchCV(Loudness(), {"floor": [0.0, 1.0]}, cv=StratifiedGroupKFold(4), n_jobs=2)
    search.fit(records, y, groups=records.metadata["patient_id"])
    assert search.best_score_ == 1
    np.testing.assert_array_equal(search.predict(records[5:9]), y[5:9])


def test_cross_validation_and_cross_val_predict():
    records, y = make_records()
    scores = cross_validate(Loudness(), records, y, cv=4, scoring=["accuracy", "roc_auc"], error_score="raise")
    np.testing.assert_array_equal(scores["test_roc_auc"], 1)
    p = cross_val_predict(Loudness(), records, y, cv=4, method="predict_proba")
    np.testing.assert_array_equal(np.array(["loud", "normal"])[p.argmax(axis=1)], y)


def test_pipeline_with_memory_runs_a_step_once(tmp_path):
    records, y = make_records()
    pipeline = make_pipeline(Amplifier(2.0), Loudness(), memory=str(tmp_path))
    Amplifier.runs = 0
    first = pipeline.fit(records, y).predict_proba(records[:4])
    assert Amplifier.runs == 2  # one in fit, one in predict
    again = pipeline.fit(records, y).predict_proba(records[:4])
    assert Amplifier.runs == 3  # fit took the signals from the cache
    np.testing.assert_array_equal(first, again)
    pipeline.fit(records[4:], y[4:])
    assert Amplifier.runs == 4  # other records, same buffer: not the same cache entry


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
def test_meta_estimators(meta):
    records, y = make_records()
    np.testing.assert_array_equal(meta.fit(records[:30], y[:30]).predict(records[30:]), y[30:])


# -- a sequence --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (slice(3, 20, 8), [3, 11, 19]),
        (slice(-2, None), [38, 39]),
        (slice(None, None, -20), [39, 19]),
        ([7, 2, 2, -1], [7, 2, 2, 39]),
        (np.array([0, 39]), [0, 39]),
        (np.arange(40) % 20 == 1, [1, 21]),
        ([False] * 39 + [True], [39]),
        ([], []),
        (np.array([], dtype=float), []),
        (np.zeros(40, bool), []),
        (pd.Series([4, 1], index=[10, 11]), [4, 1]),
        (pd.Series(np.arange(40) < 2), [0, 1]),
        (([3, 1], ...), [3, 1]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_selection_follows_numpy(key, expected):
    records, _ = make_records()
    chosen = records[key]
    assert type(chosen) is ECGRecords
    assert chosen.shape == (len(expected),) == (len(chosen),)
    assert chosen.metadata["age"].tolist() == expected
    np.testing.assert_array_equal(chosen.lengths, records.lengths[expected] if expected else [])


def test_an_integer_gives_one_record():
    records, _ = make_records()
    for i in (4, np.int64(4), -36):
        record = records[i]
        assert type(record) is ECGRecord
        assert record.signal.shape == (3, 220)
        assert record.signal.dtype == np.float32
        assert (record.fs, record.leads, record.metadata) == (500.0, ("I", "II", "V1"), {"age": 4, "patient_id": 1})
        assert record.duration == 220 / 500
    assert [record.metadata["age"] for record in records] == list(range(40))


@pytest.mark.parametrize("key", [40, -41, [40], np.arange(39) == 0, 1.5, "age", (0, 1), (0, slice(None))], ids=str)
def test_a_bad_index_is_an_index_error(key):
    with pytest.raises(IndexError):
        make_records()[0][key]


def test_the_container_is_immutable():
    records, _ = make_records(ragged=False)
    for array in (records[0].signal, records.signals[3], records.fs, records.lengths, records.to_array()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# -- construction ------------------------------------------------------------------------------


def test_a_float32_array_is_shared_and_stays_writable_for_its_owner():
    X = np.ones((5, 12, 100), np.float32)
    records = ECGRecords(X, 100)
    assert np.shares_memory(records.to_array(), X)
    assert records.leads[:4] == ("I", "II", "III", "aVR")
    X[0] = 2
    assert records[0].signal.max() == 2


def test_two_dimensions_are_one_lead():
    records = ECGRecords(np.arange(20.0).reshape(2, 10), 300)
    assert records.leads == ("lead 0",)
    np.testing.assert_array_equal(records[1].signal, [np.arange(10, 20)])


def test_a_list_may_hold_signals_of_one_lead_without_an_axis_for_it():
    records = ECGRecords([np.zeros(5), [1, 2, 3]], [100, 200])
    assert records.lengths.tolist() == [5, 3]
    assert records[1].signal.tolist() == [[1.0, 2.0, 3.0]]


def test_an_object_array_is_a_list():
    signals = np.empty(2, object)
    signals[:] = [np.zeros((2, 5)), np.zeros((2, 7))]
    assert ECGRecords(signals, 100).lengths.tolist() == [5, 7]


@pytest.mark.parametrize(
    ("signals", "params", "message"),
    [
        (np.zeros(10), {"fs": 100}, "1 dimensions"),
        (np.zeros((1, 2, 3, 4)), {"fs": 100}, "4 dimensions"),
        ([], {"fs": 100}, "empty"),
        ([np.zeros((2, 9)), np.zeros((3, 9))], {"fs": 100}, r"\(2, n_times\) of the first; record 1 has \(3, 9\)"),
        ([np.zeros((1, 2, 9))], {"fs": 100}, r"record 0 has \(1, 2, 9\)"),
        (np.zeros((2, 3, 9)), {"fs": 0}, "positive rate"),
        (np.zeros((2, 3, 9)), {"fs": [100, np.nan]}, "positive rate"),
        (np.zeros((2, 3, 9)), {"fs": None}, "rate"),
        (np.zeros((2, 3, 9)), {"fs": "fast"}, "one rate in Hz"),
        (np.zeros((2, 3, 9)), {"fs": [100, 100, 100]}, "each of 2 records"),
        (np.zeros((2, 3, 9)), {"fs": 100, "leads": ["I", "II"]}, "3 different names"),
        (np.zeros((2, 3, 9)), {"fs": 100, "leads": ["I", "II", "I"]}, "3 different names"),
        (np.zeros((2, 3, 9)), {"fs": 100, "leads": "abc"}, "the string 'abc'"),
        (np.zeros((2, 3, 9)), {"fs": 100, "metadata": {"age": [1, 2, 3]}}, "3 rows for 2 records"),
    ],
)
def test_bad_input(signals, params, message):
    with pytest.raises(ValueError, match=message):
        ECGRecords(signals, **params)


def test_there_is_no_default_rate():
    with pytest.raises(TypeError, match="fs"):
        ECGRecords(np.zeros((2, 3, 9)))


@pytest.mark.parametrize(
    ("buffer", "lengths", "offsets", "message"),
    [
        (np.zeros(20, np.float32), [5, 6], None, "reach 22 values, the buffer holds 20"),
        (np.zeros(20, np.float32), [5], [-1], "offsets"),
        (np.zeros(20), [5], None, "float64"),
        (np.zeros((2, 10), np.float32), [5], None, r"shape \(2, 10\)"),
    ],
)
def test_a_buffer_that_does_not_fit(buffer, lengths, offsets, message):
    with pytest.raises(ValueError, match=message):
        ECGRecords.from_buffer(buffer, lengths, 100, leads=["I", "II"], offsets=offsets)


# -- other forms -------------------------------------------------------------------------------


def test_to_array_is_a_view_where_it_can_be():
    records, _ = make_records(ragged=False)
    assert np.shares_memory(records.to_array(), records[10:20].to_array())
    scattered = records[[3, 1]]
    np.testing.assert_array_equal(scattered.to_array(), np.asarray(records)[[3, 1]])
    assert np.asarray(records, dtype=np.float64).dtype == np.float64


def test_to_array_tells_the_lengths():
    records, _ = make_records()
    with pytest.raises(ValueError, match="200 to 395 samples; crop or pad"):
        records.to_array()
    assert records[[7, 7]].to_array().shape == (2, 3, 235)
    with pytest.raises(ValueError, match="no records"):
        records[[]].to_array()


def test_concatenate_undoes_a_split():
    records, _ = make_records()
    check_same(ECGRecords.concatenate([records[:7], records[7:8], records[8:]]), records)
    swapped = ECGRecords.concatenate(iter([records[30:], records[:30]]))
    check_same(swapped, records[[*range(30, 40), *range(30)]])


def test_concatenate_of_different_tables_leaves_gaps():
    one = ECGRecords(np.zeros((1, 2, 5)), 100, metadata={"age": [50]})
    other = ECGRecords(np.zeros((1, 2, 9)), 250, metadata={"sex": ["male"]})
    joined = ECGRecords.concatenate([one, other])
    assert joined.metadata["age"].isna().tolist() == [False, True]
    assert joined[1].fs == 250
    with pytest.raises(ValueError, match="differ in their leads"):
        ECGRecords.concatenate([one, ECGRecords(np.zeros((1, 2, 5)), 100, leads=["V1", "V2"])])
    with pytest.raises(ValueError, match="at least one"):
        ECGRecords.concatenate([])


def test_with_signals_and_with_metadata_give_new_records():
    records, _ = make_records()
    short = records.with_signals([signal[:1, :50] for signal in records.signals], fs=100, leads=["I"])
    assert short.shape == records.shape
    assert (set(short.lengths), set(short.fs), short.leads) == ({50}, {100.0}, ("I",))
    pd.testing.assert_frame_equal(short.metadata, records.metadata)
    view = records[[4, 2]].with_metadata({"site": ["a", "b"]})
    assert view[1].metadata == {"site": "b"}
    np.testing.assert_array_equal(view[1].signal, records[2].signal)
    with pytest.raises(ValueError, match="rows for 2 records"):
        records[[4, 2]].with_metadata({"site": ["a"]})


# -- to other processes ------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_a_view_pickles_its_own_records_only(protocol):
    records, _ = make_records()
    for view in (records, records[[30, 2]], records[5:8], records[[]]):
        check_same(pickle.loads(pickle.dumps(view, protocol)), view)
        check_same(copy.deepcopy(view), view)
    assert len(pickle.dumps(records[[0]])) < 0.1 * len(pickle.dumps(records))


@pytest.fixture
def mapped(tmp_path):
    """Records over a memory map that starts somewhere inside its file."""
    records, y = make_records()
    path = tmp_path / "signals.dat"
    values = np.concatenate([signal.ravel() for signal in records.signals])
    path.write_bytes(bytes(4096 + 8) + values.tobytes())
    buffer = np.memmap(path, np.float32, "r", offset=4096 + 8)
    metadata = records.metadata
    return ECGRecords.from_buffer(buffer, records.lengths, records.fs, leads=records.leads, metadata=metadata), y, path


def test_a_memory_map_pickles_as_path_and_index(mapped):
    records, _, path = mapped
    check_same(records, make_records()[0])
    for view in (records, records[[30, 2]], records[5:8]):
        pickled = pickle.dumps(view)
        assert str(path).encode() in pickled
        assert len(pickled) < 0.2 * view.lengths.sum() * 3 * 4 + 4000
        restored = pickle.loads(pickled)
        check_same(restored, view)
        assert isinstance(restored.signals[0].base, np.memmap) or isinstance(restored.signals[0], np.memmap)


def test_a_slice_of_a_memory_map_pickles_as_its_own_part(mapped):
    records, _, _ = mapped
    part = records._buffer[600:][: 3 * 205]  # the second record
    view = ECGRecords.from_buffer(part, [205], 500, leads=records.leads)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(view))[0].signal, records[1].signal)


def test_memory_mapped_records_reach_the_workers_of_a_search(mapped):
    records, y, _ = mapped
    search = GridSearchCV(Loudness(), {"floor": [0.0, 1.0]}, cv=4, n_jobs=2).fit(records, y)
    assert search.best_score_ == 1
    stds = Parallel(n_jobs=2)(delayed(_first_std)(view) for view in (records[3:], records[[8]]))
    assert stds == [records[3].signal.std(), records[8].signal.std()]


def _first_std(records):
    return records[0].signal.std()


def test_a_missing_signal_file_is_named(mapped):
    records, _, path = mapped
    pickled = pickle.dumps(records)
    path.rename(path.with_suffix(".moved"))
    with pytest.raises(FileNotFoundError, match=r"signals\.dat"):
        pickle.loads(pickled)


# -- to look at --------------------------------------------------------------------------------


def test_repr_tells_counts_lengths_rates_and_columns():
    records, _ = make_records()
    assert repr(records) == "ECGRecords(40 records, 3 leads, 200-395 samples, 250-500 Hz; age, patient_id)"
    assert repr(records[[]]) == "ECGRecords(0 records, 3 leads; age, patient_id)"
    assert repr(records[1]) == "ECGRecord(3 leads, 205 samples at 500 Hz; age=1, patient_id=0)"


def test_html_draws_the_signal_and_escapes_names():
    signals = np.array([[[0.0, 1.0, np.nan, -1.0]]])
    records = ECGRecords(signals, 100, leads=["<b>"], metadata={"note": ["<script>"]})
    for html in (records._repr_html_(), records[0]._repr_html_()):
        assert "<svg" in html
        assert "<polyline" in html
        assert "<script>" not in html
        assert "<b>" not in html
    assert "0 records" in records[[]]._repr_html_()
    assert ECGRecords(np.zeros((1, 1, 0)), 100)._repr_html_()


def test_nothing_can_be_set():
    records = ECGRecords(np.zeros((2, 1, 5)), 100)
    with pytest.raises(AttributeError, match="with_signals"):
        records.fs = 200
    lengths = np.array([5, 5])
    ECGRecords.from_buffer(np.zeros(10, np.float32), lengths, 100, leads=["I"])
    lengths[0] = 3  # the caller's own array can still be written


def test_a_record_that_is_not_there():
    with pytest.raises(IndexError, match="no record 2: the records are numbered 0 to 1"):
        ECGRecords(np.zeros((2, 1, 5)), 100)[2]

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skecg import ECGRecords
from skecg.preprocessing import Normalize
from skecg.records.checks import check_records


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((5, 3, 40), np.float32)


@pytest.fixture
def records(X):
    return ECGRecords(X, 500, leads=["I", "II", "AVR"])


def spoilt(X, value, *places):
    X = X.copy()
    for place in places:
        X[place] = value
    return X


def test_good_input_is_not_copied(X, records):
    estimator = BaseEstimator()
    assert check_records(estimator, X, reset=True) is X
    assert estimator.n_features_in_ == 3 and not hasattr(estimator, "leads_in_")
    assert check_records(estimator, records, reset=True) is records
    assert estimator.n_features_in_ == 3 and estimator.leads_in_ == ("I", "II", "AVR")


def test_two_dimensions_count_times(X):
    estimator = BaseEstimator()
    check_records(estimator, X[:, 0], reset=True)
    assert estimator.n_features_in_ == 40
    with pytest.raises(ValueError, match="30 features"):
        check_records(estimator, X[:, 0, :30], reset=False)


def test_another_type_becomes_float32(X):
    checked = check_records(BaseEstimator(), (100 * X).astype(int).tolist(), reset=True)
    assert checked.dtype == np.float32
    assert_array_equal(checked, (100 * X).astype(int))


def test_a_memory_map_stays_one(X, tmp_path):
    mapped = np.memmap(tmp_path / "X", np.float32, "w+", shape=X.shape)
    mapped[:] = X
    assert np.shares_memory(check_records(BaseEstimator(), mapped, reset=True), mapped)


def test_fitting_again_forgets_names(X, records):
    estimator = BaseEstimator()
    check_records(estimator, records, reset=True)
    check_records(estimator, X[:, :2], reset=True)
    assert not hasattr(estimator, "leads_in_")
    check_records(estimator, ECGRecords(X[:, :2], 500), reset=False)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_none(X, records, value):
    what = "NaN" if np.isnan(value) else "infinity"
    bad = spoilt(X, value, (3, 1, 7), (4, 0, 0))
    for reset in (True, False):
        with pytest.raises(ValueError, match=f"Input X contains {what}: record 3, lead 1, sample 7"):
            check_records(BaseEstimator(), bad, reset=reset)
        with pytest.raises(ValueError, match=f"Input X contains {what}: record 3, lead 'II', sample 7"):
            check_records(BaseEstimator(), records.with_signals(bad), reset=reset)


def test_the_record_is_named_in_a_ragged_container():
    signals = [np.ones((2, n)) for n in (10, 20, 10, 30)]
    signals[2][1, 5] = np.nan
    with pytest.raises(ValueError, match="record 2, lead 'lead 1', sample 5"):
        check_records(BaseEstimator(), ECGRecords(signals, 100), reset=True)


def test_large_values_are_not_infinite():
    X = np.full((2, 3, 1000), 3e38, np.float32)  # the sum overflows
    assert check_records(BaseEstimator(), X, reset=True) is X


def test_what_float32_cannot_hold_is_infinite():
    with pytest.raises(ValueError, match="contains infinity"):
        check_records(BaseEstimator(), [[1.0, 1e300]], reset=True)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X: X[0, 0], "Expected 2D array, got 1D"),
        (lambda X: X[None], r"shape \(n_records, n_leads, n_times\).* got \(1, 5, 3, 40\)"),
        (lambda X: X[:0], "0 sample"),
        (lambda X: X[:, :, :0], r"at least one lead and one sample; got \(5, 3, 0\)"),
        (lambda X: X[:, :0], "at least one lead"),
        (lambda X: X[:, 0, :0], "0 feature"),
        (lambda X: X + 1j, "Complex data not supported"),
        (lambda X: ECGRecords(X, 500)[:0], "no records"),
        (lambda X: ECGRecords([X[0], X[0, :, :0]], 500), "Record 1 has an empty time axis"),
    ],
)
def test_forms_that_are_none(X, spoil, message):
    with pytest.raises(ValueError, match=message):
        check_records(BaseEstimator(), spoil(X), reset=True)


def test_sparse_input(X):
    with pytest.raises(TypeError, match="Sparse data"):
        check_records(BaseEstimator(), scipy.sparse.csr_array(X[:, 0]), reset=True)


def test_leads_that_differ_from_fit(X, records):
    estimator = BaseEstimator()
    check_records(estimator, records, reset=True)
    check_records(estimator, records.with_signals(X, leads=["i", "II", "aVR"]), reset=False)
    check_records(estimator, X, reset=False)  # an array has no names
    with pytest.raises(ValueError, match=r"fitted on the leads \['I', 'II', 'AVR'\], got \['II', 'I', 'AVR'\]"):
        check_records(estimator, records.with_signals(X, leads=["II", "I", "AVR"]), reset=False)
    with pytest.raises(ValueError, match="X has 2 leads, but BaseEstimator was fitted on 3"):
        check_records(estimator, X[:, :2], reset=False)
    check_records(estimator, X, reset=True)
    with pytest.raises(ValueError, match="X has 2 leads"):
        check_records(estimator, ECGRecords(X[:, :2], 500), reset=False)


def test_a_list_of_ragged_signals_is_told_where_to_go():
    with pytest.raises(ValueError, match=r"different shapes, \[\(12, 90\), \(12, 100\)\]; put them into ECGRecords"):
        check_records(Normalize(), [np.zeros((12, 100)), np.zeros((12, 90))], reset=True)


def test_one_dimension():
    with pytest.raises(ValueError, match=r"n_records, n_leads, n_times.*got \(5,\)"):
        check_records(Normalize(), np.zeros(5), reset=True)


def test_as_many_times_as_there_were_leads():
    step = Normalize().fit(np.zeros((3, 2, 40)))
    with pytest.raises(ValueError, match=r"\(5, 2\) has 1 lead\(s\), but Normalize was fitted on 2"):
        step.transform(np.zeros((5, 2)))


def test_turned_axes_are_told(X, records):
    turned = np.zeros((2, 400, 12), np.float32)
    for wrong in (turned, ECGRecords(turned, 100)):
        with pytest.warns(UserWarning, match=r"X has 400 leads of 12 samples.*n_leads, n_times"):
            check_records(BaseEstimator(), wrong, reset=True)
    for right in (X, records, turned[:, 0], np.zeros((2, 12, 5), np.float32)):
        check_records(BaseEstimator(), right, reset=True)


def test_single_records_and_masked_values(X, records):
    with pytest.raises(TypeError, match=r"one ECGRecord.*records\[\[i\]\]"):
        check_records(BaseEstimator(), records[0], reset=True)
    for path in ("export/0001.xml", Path("export") / "0001.xml"):
        with pytest.raises(TypeError, match=r"got a path: pass skecg\.datasets\.read_ecg\(\['export.0001\.xml'\]\)"):
            check_records(BaseEstimator(), path, reset=False)
        with pytest.raises(TypeError, match=r"got a list of paths: pass skecg\.datasets\.read_ecg\(paths\)"):
            check_records(BaseEstimator(), [path, path], reset=False)
    with pytest.raises(TypeError, match=r"list of ECGRecord.*records\[\[i, j\]\]"):
        check_records(BaseEstimator(), list(records), reset=True)
    masked = np.ma.MaskedArray(X, mask=np.zeros(X.shape, bool))
    masked[1, 2, 7] = np.ma.masked
    with pytest.raises(ValueError, match="contains NaN: record 1, lead 2, sample 7"):
        check_records(BaseEstimator(), masked, reset=True)

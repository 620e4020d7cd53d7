import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, recall_score, roc_auc_score

from skecg.metrics import bootstrap_difference, bootstrap_interval


@pytest.fixture
def patients():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 100)
    return y, np.where(rng.random(100) < 0.7, y, 1 - y)


def test_copies_of_a_patient_do_not_narrow_the_interval(patients):
    y, pred = patients
    once = bootstrap_interval(accuracy_score, y, pred, random_state=0)
    copies = [np.repeat(part, 9) for part in (y, pred, np.arange(100))]
    by_patient = bootstrap_interval(accuracy_score, *copies[:2], groups=copies[2], random_state=0)
    by_record = bootstrap_interval(accuracy_score, *copies[:2], random_state=0)
    np.testing.assert_allclose(by_patient, once)
    assert 2 < (by_patient.high - by_patient.low) / (by_record.high - by_record.low) < 4  # sqrt(9) in theory


def test_width_agrees_with_the_binomial_standard_error(patients):
    interval = bootstrap_interval(accuracy_score, *patients, n_resamples=2000, random_state=0)
    p = interval.estimate
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * np.sqrt(p * (1 - p) / 100), rel=0.1)


def test_a_higher_confidence_gives_a_wider_interval(patients):
    narrow, wide = (
        bootstrap_interval(accuracy_score, *patients, confidence_level=level, random_state=0) for level in (0.5, 0.99)
    )
    assert wide.low < narrow.low <= narrow.estimate <= narrow.high < wide.high


def test_a_metric_of_several_values_gives_several_intervals(patients):
    y, pred = patients
    Y, P = np.column_stack([y, 1 - y, y]), np.column_stack([pred, 1 - pred, y])
    interval = bootstrap_interval(lambda t, p: recall_score(t, p, average=None), Y, P, random_state=0)
    assert interval.low.shape == interval.high.shape == (3,)
    np.testing.assert_array_equal([part[2] for part in interval], 1)
    assert (interval.low[:2] < interval.estimate[:2]).all()
    assert str(interval).count(" to ") == 3


def test_pandas_with_any_index_and_patients_by_name(patients):
    y, pred = patients
    names = np.array([f"p{i // 2}" for i in range(100)])
    shuffled = np.random.default_rng(1).permutation(100)
    tables = [pd.Series(part, index=shuffled) for part in (y, pred, names)]
    params = {"n_resamples": 200, "random_state": 0}
    plain = bootstrap_interval(accuracy_score, y, pred, groups=names, **params)
    assert bootstrap_interval(accuracy_score, tables[0], tables[1], groups=tables[2], **params) == plain


@pytest.mark.parametrize("names", [np.arange(50.0), [f"p{i}" for i in range(50)]], ids=["numbers", "strings"])
@pytest.mark.parametrize("missing", [np.nan, None])
def test_an_unknown_patient_is_nobody_else(names, missing, patients):
    y, pred = patients
    groups = np.array([*names, *[missing] * 50], object if missing is None or isinstance(names, list) else float)
    alone = np.array([*(f"a{i:03}" for i in range(50)), *(f"b{i}" for i in range(50, 100))])
    if isinstance(names, list):
        alone[:50] = names
        alone[50:] = [f"z{i}" for i in range(50, 100)]  # sorted after all others, like missing groups
    params = {"n_resamples": 200, "random_state": 0}
    expected = bootstrap_interval(accuracy_score, y, pred, groups=alone, **params)
    for given in (groups, pd.Series(groups), groups.tolist()):
        assert bootstrap_interval(accuracy_score, y, pred, groups=given, **params) == expected
    with pytest.raises(ValueError, match="at least two groups to draw from, got 1"):
        bootstrap_interval(accuracy_score, [1], [1], groups=[np.nan])


def test_draws_of_one_class_only_are_drawn_anew():
    y, score = [0, 0, 0, 1], [0.1, 0.3, 0.2, 0.25]  # about a third of the draws have no 1
    interval = bootstrap_interval(roc_auc_score, y, score, n_resamples=200, random_state=0)
    assert np.isfinite(interval).all()


def test_a_metric_that_is_mostly_undefined_is_an_error():
    Y = np.eye(5, dtype=int)  # a draw without one of the records has a label without positives
    with pytest.raises(ValueError, match="too few groups of some class"):
        bootstrap_interval(roc_auc_score, Y, Y, n_resamples=50, random_state=0)


@pytest.mark.filterwarnings("ignore:Only one class")
def test_a_metric_undefined_on_all_records_is_an_error():
    with pytest.raises(ValueError, match="undefined for the records as a whole"):
        bootstrap_interval(roc_auc_score, [1, 1, 1], [0.1, 0.2, 0.3])


def test_an_error_of_the_metric_itself_is_not_hidden():
    with pytest.raises(ValueError, match="continuous"):
        bootstrap_interval(accuracy_score, [0, 1, 1], [0.1, 0.2, 0.9])


def test_bad_input():
    with pytest.raises(ValueError, match="inconsistent numbers"):
        bootstrap_interval(accuracy_score, [0, 1], [0, 1], groups=[1, 2, 3])
    with pytest.raises(ValueError, match="at least two groups to draw from, got 1"):
        bootstrap_interval(accuracy_score, [0, 1], [0, 1], groups=["a", "a"])
    with pytest.raises(ValueError, match="confidence_level"):
        bootstrap_interval(accuracy_score, [0, 1], [0, 1], confidence_level=95)
    with pytest.raises(ValueError, match="n_resamples"):
        bootstrap_interval(accuracy_score, [0, 1], [0, 1], n_resamples=0)


def test_the_global_random_state_is_left_alone(patients):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = bootstrap_interval(accuracy_score, *patients, n_resamples=20, random_state=3)
    assert bootstrap_interval(accuracy_score, *patients, n_resamples=20, random_state=3) == first
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_the_difference_of_a_model_from_itself_is_zero(patients):
    y, pred = patients
    assert bootstrap_difference(accuracy_score, y, pred, pred, n_resamples=50, random_state=0) == (0, 0, 0)


def test_the_difference_is_paired(patients):
    y, pred = patients
    # Correct for every record that `pred` predicts correctly, and for some more.
    better = np.where(np.arange(100) < 8, y, pred)
    paired = bootstrap_difference(accuracy_score, y, better, pred, n_resamples=300, random_state=0)
    single = bootstrap_interval(accuracy_score, y, better, n_resamples=300, random_state=0)
    assert paired.estimate == pytest.approx(accuracy_score(y, better) - accuracy_score(y, pred))
    assert 0 <= paired.low < paired.estimate < paired.high
    assert paired.high - paired.low < 0.6 * (single.high - single.low)


def test_the_difference_draws_patients(patients):
    y, pred = patients
    other = np.random.default_rng(5).permutation(pred)
    copies = [np.repeat(part, 4) for part in (y, pred, other, np.arange(100))]
    once = bootstrap_difference(accuracy_score, y, pred, other, n_resamples=300, random_state=0)
    by_patient = bootstrap_difference(accuracy_score, *copies[:3], groups=copies[3], n_resamples=300, random_state=0)
    np.testing.assert_allclose(by_patient, once)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        bootstrap_difference(accuracy_score, y, pred, other[:-1])

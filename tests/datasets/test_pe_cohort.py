import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skecg.datasets import make_pe_cohort
from skecg.model_selection import check_leakage


@pytest.fixture(scope="module")
def cohort():
    return make_pe_cohort(fs=100, random_state=0)


def onsets(signal, fs=100):
    """Return the sample of the fastest change of all leads together, one for each beat."""
    speed = np.convolve(np.abs(np.diff(signal, axis=1)).sum(axis=0), np.ones(8) / 8, "same")
    above = speed > 0.4 * np.percentile(speed, 99)
    starts = np.flatnonzero(above[1:] & ~above[:-1])
    return starts[np.diff(starts, prepend=-fs) > 0.35 * fs]


def heart_rate(record):
    intervals = np.diff(onsets(record.signal, record.fs))
    return 60 * record.fs / np.median(intervals) if len(intervals) else np.nan


def beat(record):
    """Return the median beat of all leads, half a second, at 50 Hz."""
    rows = [p for p in onsets(record.signal) if 30 <= p < record.signal.shape[1] - 45]
    beats = [record.signal[:, p - 30 : p + 45] for p in rows] or [np.zeros((12, 75))]
    median = np.median(beats, axis=0)
    return (median - median[:, :5].mean(axis=1, keepdims=True))[:, ::2].ravel()


def test_size_and_share_of_the_published_set(cohort):
    assert len(cohort.data) == 927 and cohort.target.sum() == 232
    assert cohort.target_names == ["no PE", "PE"]
    np.testing.assert_array_equal(cohort.target == 1, cohort.finding == "PE")
    assert "NO PATIENT IS REAL" in cohort.DESCR
    assert list(cohort.data.metadata.columns) == ["age", "sex", "patient_id"]


def test_a_patient_has_one_diagnosis_age_and_sex(cohort):
    table = cohort.data.metadata.assign(target=cohort.target)
    assert 0.88 * 927 <= table["patient_id"].nunique() <= 0.92 * 927
    assert (table.groupby("patient_id")[["target", "age", "sex"]].nunique() == 1).all(axis=None)
    assert table["age"].between(18, 95).all() and set(table["sex"]) == {"female", "male"}


def test_confounders_are_in_the_negatives(cohort):
    rates = np.array([heart_rate(record) for record in cohort.data])
    fast = rates > 92
    assert 0.15 < fast[cohort.target == 0].mean() < 0.35
    assert 0.2 < fast[cohort.target == 1].mean() < 0.6
    assert fast[cohort.finding == "tachycardia"].mean() > 0.9
    assert fast[cohort.finding == "NORM"].mean() < 0.1
    negatives = cohort.finding[cohort.target == 0]
    assert (negatives == "tachycardia").mean() == pytest.approx(0.2, abs=0.002)
    assert (negatives == "RBBB").mean() == pytest.approx(0.1, abs=0.002)
    # The rate alone hardly separates the classes.
    assert abs(roc_auc_score(cohort.target, np.nan_to_num(rates, nan=70)) - 0.5) < 0.12


def test_hard_but_not_hopeless(cohort):
    X = np.array([[*beat(record), heart_rate(record)] for record in cohort.data])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=2000, class_weight="balanced"))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    patients = cohort.data.metadata["patient_id"]
    p = cross_val_predict(model, np.nan_to_num(X), cohort.target, groups=patients, cv=folds, method="predict_proba")
    assert 0.65 < roc_auc_score(cohort.target, p[:, 1]) < 0.85


def test_noise_does_not_tell_how_a_record_was_made(cohort):
    """Return the part of each record that is not made by the heart, by finding."""
    noise = np.array([np.median(np.abs(np.diff(signal, n=3, axis=1))) for signal in cohort.data.signals])
    fast, others = noise[cohort.finding == "tachycardia"], noise[cohort.finding == "NORM"]
    assert np.median(fast) / np.median(others) == pytest.approx(1, abs=0.3)


def test_no_signal_is_there_twice(cohort):
    half = np.arange(927) < 463
    unnamed = cohort.data.with_metadata(None)
    found = check_leakage(unnamed[half], unnamed[~half])
    assert not (found["reason"] == "equal signal").any()


def test_a_seed_gives_the_same_bytes():
    one, same, other = (make_pe_cohort(30, fs=100, duration=2.0, random_state=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.data.to_array(), same.data.to_array())
    assert one.data.metadata.equals(same.data.metadata) and (one.target == same.target).all()
    assert not np.array_equal(one.data.to_array(), other.data.to_array())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_confounders_or_with_nothing_else(share):
    cohort = make_pe_cohort(60, tachycardia=share, rbbb=0.0, fs=100, duration=3.0, random_state=0)
    assert (cohort.finding == "tachycardia").sum() == (45 if share else 0)
    X, y = make_pe_cohort(60, prevalence=0.5, fs=50, duration=2.0, leads=["I", "V1"], random_state=0, return_X_y=True)
    assert X.leads == ("I", "V1") and y.sum() == 30 and set(X.fs) == {50}


def test_bad_input():
    with pytest.raises(ValueError, match="leaves 0 of 20 records positive"):
        make_pe_cohort(20, prevalence=0.01)
    with pytest.raises(ValueError, match="add up to more than all negatives"):
        make_pe_cohort(40, tachycardia=0.7, rbbb=0.5)
    with pytest.raises(ValueError, match="at most n_records=40, got 50"):
        make_pe_cohort(40, n_patients=50)
    with pytest.raises(ValueError, match="n_records"):
        make_pe_cohort(5)
    with pytest.raises(ValueError, match="leads has"):
        make_pe_cohort(40, leads=["V9"])

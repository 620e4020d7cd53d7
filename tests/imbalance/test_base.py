"""Tests of every sampler: the checks of imbalanced-learn and scikit-learn, and ECGs of every form."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
)
from imblearn.utils.estimator_checks import estimator_checks_generator as imblearn_checks
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import estimator_checks_generator as sklearn_checks

from skecg import ECGRecords
from skecg.imbalance import (
    MultilabelOverSampler,
    MultilabelUnderSampler,
    RecordOverSampler,
    RecordSMOTE,
    RecordUnderSampler,
)

OF_CLASSES = [RecordOverSampler(random_state=0), RecordUnderSampler(random_state=0), RecordSMOTE(random_state=0)]
OF_LABELS = [MultilabelOverSampler(random_state=0), MultilabelUnderSampler(random_state=0)]
NOT_MADE_FOR_US = {"check_array_api_input"}  # needs SCIPY_ARRAY_API in the environment


@pytest.fixture
def cohort():
    """Sixty records of thirty patients, a quarter of them ill; the first sample of lead 0 is the record's number."""
    rng = np.random.default_rng(0)
    y = np.where(np.arange(60) % 4 == 0, "PE", "no PE")
    signals = rng.normal(size=(60, 2, 80)).astype(np.float32)
    signals[:, 0, 0] = np.arange(60)
    metadata = {"patient_id": np.arange(60) // 2, "age": 20 + np.arange(60)}
    return ECGRecords(signals, 100, leads=["I", "II"], metadata=metadata), y


@pytest.mark.filterwarnings("ignore")  # both suites provoke warnings on purpose
@pytest.mark.parametrize("sampler", OF_CLASSES)
@pytest.mark.parametrize("checks_of", [imblearn_checks, sklearn_checks])
def test_suites_of_others(sampler, checks_of, subtests):
    for _, check in checks_of(sampler):
        name = getattr(check, "func", check).__name__
        if name not in NOT_MADE_FOR_US:
            with subtests.test(name):
                check(clone(sampler))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sampler", OF_CLASSES)
def test_imbalanced_learn_on_parameters_and_columns(sampler):
    check_param_validation(type(sampler).__name__, sampler)
    check_dataframe_column_names_consistency(type(sampler).__name__, sampler)


@pytest.mark.parametrize("sampler", OF_CLASSES)
def test_classes_come_out_equal_from_arrays_and_records_alike(sampler, cohort):
    records, y = cohort
    from_records, y_records = clone(sampler).fit_resample(records, y)
    from_array, y_array = clone(sampler).fit_resample(records.to_array(), y)
    assert isinstance(from_records, ECGRecords) and isinstance(from_array, np.ndarray)
    np.testing.assert_array_equal(from_records.to_array(), from_array)
    np.testing.assert_array_equal(y_records, y_array)
    assert len(set(pd.Series(y_array).value_counts())) == 1


@pytest.mark.parametrize("sampler", OF_CLASSES)
def test_metadata_labels_and_groups_stay_with_their_records(sampler, cohort):
    records, y = cohort
    sampler = clone(sampler)
    X_new, y_new = sampler.fit_resample(records, pd.Series(y, index=np.arange(60)[::-1]))
    rows = sampler.sample_indices_
    np.testing.assert_array_equal(X_new.metadata["patient_id"], records.metadata["patient_id"].to_numpy()[rows])
    np.testing.assert_array_equal(X_new.metadata["age"], 20 + rows)
    np.testing.assert_array_equal(y_new, y[rows])
    kept = slice(0, 60 if len(rows) > 60 else len(rows))  # synthetic records have new signals
    np.testing.assert_array_equal(X_new.to_array()[kept, 0, 0], rows[kept])


@pytest.mark.parametrize("sampler", [OF_CLASSES[0], OF_CLASSES[1], *OF_LABELS])
def test_ragged_records_of_a_memory_map_are_not_copied(sampler, tmp_path):
    lengths = np.arange(50, 90)
    buffer = np.memmap(tmp_path / "buffer", np.float32, "w+", shape=(int(2 * lengths.sum()),))
    records = ECGRecords.from_buffer(buffer, lengths, 100, leads=["I", "II"])
    rare = np.arange(40) % 5 == 0
    y = np.column_stack([~rare, rare]).astype(int) if sampler in OF_LABELS else rare
    sampler = clone(sampler)
    resampled, _ = sampler.fit_resample(records, y)
    assert len(resampled) != 40
    assert all(np.shares_memory(signal, buffer) for signal in resampled.signals)
    np.testing.assert_array_equal(resampled.lengths, lengths[sampler.sample_indices_])


@pytest.mark.parametrize("sampler", OF_CLASSES)
def test_three_classes_and_a_wanted_ratio(sampler, cohort):
    X, y = cohort[0].to_array(), np.repeat([0, 1, 2], [10, 20, 30])
    _, y_new = clone(sampler).fit_resample(X, y)
    assert len(set(np.bincount(y_new))) == 1
    _, y_new = clone(sampler).set_params(sampling_strategy=0.5).fit_resample(X, y == 0)
    assert np.bincount(y_new)[1] / np.bincount(y_new)[0] == 0.5


@pytest.mark.parametrize("sampler", [*OF_CLASSES, *OF_LABELS])
def test_a_seed_gives_the_same_records_and_leaves_the_global_state_alone(sampler, cohort):
    X, y = cohort
    y = np.column_stack([y == "PE", y != "PE"]).astype(int) if sampler in OF_LABELS else y
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (clone(sampler).fit_resample(X, y)[0].to_array() for _ in "ab")
    other = clone(sampler).set_params(random_state=1).fit_resample(X, y)[0].to_array()
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("sampler", OF_CLASSES)
def test_one_hot_classes_come_back_one_hot(sampler, cohort):
    X, y = cohort
    Y = np.column_stack([y == "PE", y != "PE"]).astype(int)
    Y_new = clone(sampler).fit_resample(X, Y)[1]
    assert Y_new.shape[1] == 2 and (Y_new.sum(axis=1) == 1).all()


@pytest.mark.parametrize("sampler", OF_CLASSES)
@pytest.mark.parametrize("row", [[1, 1], [0, 0]])
def test_labels_are_refused_with_the_way_out(sampler, row, cohort):
    """imbalanced-learn treats a record without any label as a record of the first class."""
    X, y = cohort
    Y = np.column_stack([y == "PE", y != "PE"]).astype(int)
    Y[7] = row
    with pytest.raises(ValueError, match=r"balances classes.*use MultilabelOverSampler"):
        clone(sampler).fit_resample(X, Y)


@pytest.mark.parametrize("sampler", [*OF_CLASSES, *OF_LABELS])
def test_bad_input(sampler, cohort):
    X, y = cohort
    y = np.column_stack([y == "PE", y != "PE"]).astype(int) if sampler in OF_LABELS else y
    with pytest.raises(ValueError, match="inconsistent numbers"):
        clone(sampler).fit_resample(X, y[:-1])
    with pytest.raises(ValueError, match="no records"):
        clone(sampler).fit_resample(X[:0], y[:0])
    with pytest.raises(ValueError, match="y is None"):
        clone(sampler).fit_resample(X, None)
    with pytest.raises(ValueError, match="class"):
        clone(sampler).fit_resample(X, np.zeros_like(y) if sampler in OF_LABELS else np.zeros(60))


class Witness(ClassifierMixin, BaseEstimator):
    """A classifier that stores the records that it was fitted on and the records that it predicted."""

    log = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Witness.log.append((X.to_array()[:, 0, 0].astype(int), np.array(y)))
        return self

    def predict(self, X):
        Witness.log.append(X.to_array()[:, 0, 0].astype(int))
        return np.repeat(self.classes_[:1], len(X))


@pytest.mark.parametrize("sampler", [RecordOverSampler(), RecordUnderSampler()])
def test_in_a_pipeline_training_folds_alone_are_resampled(sampler, cohort):
    X, y = cohort
    Witness.log = []
    cross_val_score(make_pipeline(sampler, Witness()), X, y, cv=5)
    assert len(Witness.log) == 10
    tested = np.concatenate(Witness.log[1::2])
    assert sorted(tested) == list(range(60))  # each record once, none twice and none missing
    for (trained, labels), left_out in zip(Witness.log[::2], Witness.log[1::2], strict=True):
        assert len(set(np.unique(labels, return_counts=True)[1])) == 1
        assert not set(trained) & set(left_out)


def test_a_grid_chooses_the_sampler(cohort):
    X, y = cohort[0].to_array()[:, 0], cohort[1]
    pipeline = make_pipeline(RecordOverSampler(random_state=0), LogisticRegression(max_iter=1000))
    grid = {"recordoversampler": ["passthrough", RecordOverSampler(), RecordUnderSampler(), RecordSMOTE()]}
    search = GridSearchCV(pipeline, grid, cv=3, scoring="roc_auc", error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 4

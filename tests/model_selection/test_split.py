import os
from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import KFold, cross_val_score

from skecg import ECGRecords
from skecg.model_selection import MultilabelStratifiedGroupKFold, MultilabelStratifiedKFold

BOTH = [MultilabelStratifiedKFold, MultilabelStratifiedGroupKFold]


@pytest.fixture(scope="module")
def labels():
    """Labels of 1,000 records: the rarest has 20 positives, some occur together, some records have no label."""
    rng = np.random.default_rng(0)
    Y = (rng.random((1000, 6)) < [0.5, 0.3, 0.2, 0.1, 0.05, 0]).astype(int)
    Y[rng.choice(1000, 20, replace=False), 5] = 1
    return Y


@pytest.fixture(scope="module")
def patients(labels):
    return np.random.default_rng(1).integers(0, 400, len(labels))


def spread(labels, splits):
    counts = np.array([labels[test].sum(axis=0) for _, test in splits])
    return counts.max(axis=0) - counts.min(axis=0)


def split(splitter, labels, patients):
    return list(splitter.split(np.zeros((len(labels), 1)), labels, patients))


@pytest.mark.parametrize("splitter", BOTH)
@pytest.mark.parametrize("shuffle", [False, True])
def test_every_record_is_tested_once(splitter, shuffle, labels, patients):
    splits = split(splitter(5, shuffle=shuffle, random_state=0 if shuffle else None), labels, patients)
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(1000))
    for train, test in splits:
        assert sorted(np.concatenate([train, test])) == list(range(1000))


@pytest.mark.parametrize("shuffle", [False, True])
def test_labels_are_dealt_evenly(shuffle, labels):
    splits = split(MultilabelStratifiedKFold(5, shuffle=shuffle, random_state=0 if shuffle else None), labels, None)
    assert spread(labels, splits)[5] == 0
    assert spread(labels, splits).max() <= 4
    assert np.ptp([len(test) for _, test in splits]) <= 10
    at_random = split(KFold(5, shuffle=True, random_state=0), labels, None)
    assert spread(labels, at_random).max() > 15


def test_groups_stay_together_and_labels_nearly_even(labels, patients):
    splits = split(MultilabelStratifiedGroupKFold(5), labels, patients)
    for train, test in splits:
        assert not set(patients[train]) & set(patients[test])
    assert spread(labels, splits)[5] <= 1
    assert spread(labels, splits).max() <= 12
    assert np.ptp([len(test) for _, test in splits]) <= 20


@pytest.mark.parametrize("splitter", BOTH)
def test_a_seed_gives_the_same_folds_and_another_one_others(splitter, labels, patients):
    one, same, other = (
        split(splitter(4, shuffle=True, random_state=seed), labels, patients)[0][1].tolist() for seed in (0, 0, 1)
    )
    assert one == same != other


def test_records_bring_their_groups(labels, patients):
    X = ECGRecords(np.zeros((1000, 1, 2)), 100, metadata={"patient_id": patients})
    with_metadata = list(MultilabelStratifiedGroupKFold(3).split(X, labels))
    given = split(MultilabelStratifiedGroupKFold(3), labels, patients)
    assert [test.tolist() for _, test in with_metadata] == [test.tolist() for _, test in given]
    scores = cross_val_score(DummyClassifier(), X, labels, cv=MultilabelStratifiedGroupKFold(3))
    assert np.isfinite(scores).all()


def test_folds_by_record_warn_when_patients_repeat(labels, patients):
    X = ECGRecords(np.zeros((1000, 1, 2)), 100, metadata={"patient_id": patients})
    with pytest.warns(UserWarning, match=r"1000 records come from \d+ patients.*MultilabelStratifiedGroupKFold"):
        next(MultilabelStratifiedKFold().split(X, labels))
    single = X.with_metadata({"patient_id": np.arange(1000)})
    assert len(list(MultilabelStratifiedKFold().split(single, labels))) == 5


def test_fewer_positives_than_folds(labels, patients):
    with pytest.raises(ValueError, match=r"fewer positive records than the 25 folds \(label 5: 20\)"):
        split(MultilabelStratifiedKFold(25), labels, None)
    with pytest.warns(UserWarning, match="fewer positive records"):
        assert len(split(MultilabelStratifiedKFold(25, on_rare="warn"), labels, None)) == 25
    one_patient = np.where(labels[:, 5] == 1, 999, patients)
    with pytest.raises(ValueError, match=r"fewer positive patients than the 5 folds \(label 5: 1\)"):
        split(MultilabelStratifiedGroupKFold(5), labels, one_patient)
    empty = np.column_stack([labels, np.zeros(1000, int)])  # a label without any positive record raises no error
    assert len(split(MultilabelStratifiedKFold(5), empty, None)) == 5


@pytest.mark.parametrize("splitter", BOTH)
def test_bad_input(splitter, labels, patients):
    with pytest.raises(ValueError, match=r"needs a 0/1 indicator of labels.*StratifiedKFold or StratifiedGroupKFold"):
        split(splitter(), labels[:, 0], patients)
    with pytest.raises(ValueError, match="n_splits"):
        splitter(1)
    with pytest.raises(ValueError, match="on_rare"):
        splitter(on_rare="ignore")


def test_groups_are_needed(labels):
    with pytest.raises(ValueError, match="needs groups"):
        split(MultilabelStratifiedGroupKFold(), labels, None)
    with pytest.raises(ValueError, match="Cannot have 5 folds of 3 groups"):
        split(MultilabelStratifiedGroupKFold(on_rare="warn"), np.ones_like(labels), np.arange(1000) % 3)


def test_groups_are_routed(labels, patients):
    with config_context(enable_metadata_routing=True):
        scores = cross_val_score(
            DummyClassifier(),
            np.zeros((1000, 1)),
            labels,
            cv=MultilabelStratifiedGroupKFold(3),
            params={"groups": patients},
        )
    assert len(scores) == 3


def test_as_a_parameter():
    assert repr(MultilabelStratifiedKFold(3, shuffle=True)).startswith("MultilabelStratifiedKFold(n_splits=3")
    assert clone(MultilabelStratifiedKFold(3), safe=False).get_n_splits() == 3


def test_on_the_statements_of_ptbxl():
    folder = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ptbxl"
    if not folder.is_dir():
        pytest.skip(f"there is no PTB-XL in {folder}")
    import pandas as pd

    table = pd.read_csv(folder / "ptbxl_database.csv")
    codes = table.loc[table["strat_fold"].isin([1, 2, 3, 9]), "scp_codes"].str.findall(r"'([^']+)':")
    Y = codes.str.join("|").str.get_dummies().to_numpy()
    Y = Y[:, Y.sum(axis=0) >= 10]
    assert Y.shape[1] > 40
    splits = split(MultilabelStratifiedKFold(10, shuffle=True, random_state=0), Y, None)
    counts = np.array([Y[test].sum(axis=0) for _, test in splits])
    assert (counts > 0).all()
    assert (np.abs(counts - Y.sum(axis=0) / 10) <= np.maximum(3, 0.1 * Y.sum(axis=0) / 10)).all()

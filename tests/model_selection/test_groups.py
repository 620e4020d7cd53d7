import warnings

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.model_selection import groups_of
from skecg.model_selection._groups import resolve_groups, warn_of_shared_patients


def records(**metadata):
    return ECGRecords(np.zeros((4, 2, 10)), 100, metadata=metadata or None)


def test_patients_come_before_folds():
    assert list(groups_of(records(strat_fold=[1, 1, 2, 2], patient_id=["a", "b", "b", "c"]))) == ["a", "b", "b", "c"]
    assert list(groups_of(records(strat_fold=[1, 1, 2, 2]))) == [1, 1, 2, 2]
    assert groups_of(records(age=[1, 2, 3, 4])) is None
    assert groups_of(np.zeros((4, 2, 10))) is None


@pytest.mark.parametrize("ids", [["a", None, "a", None], [5, np.nan, 5, np.nan]])
def test_an_unknown_patient_is_nobody_else(ids):
    groups = groups_of(records(patient_id=ids))
    assert len(set(groups)) == 3 and groups[0] == groups[2]


def test_given_groups_come_first_and_are_checked():
    data = records(patient_id=[1, 1, 2, 2])
    assert list(resolve_groups(data, [0, 1, 2, 3])) == [0, 1, 2, 3]
    assert list(resolve_groups(data, None)) == [1, 1, 2, 2]
    assert resolve_groups(records(strat_fold=[1, 1, 2, 2]), None) is None
    with pytest.raises(ValueError, match="inconsistent numbers"):
        resolve_groups(data, [0, 1])


def test_torn_patients_are_warned_of_once_and_at_the_caller():
    groups = np.array([0, 0, 1, 1])
    splits = [(np.array([0, 2]), np.array([1, 3])), (np.array([1, 3]), np.array([0, 2]))]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_shared_patients(splits, groups)
        warn_of_shared_patients([(np.array([0, 1]), np.array([2, 3]))], groups)
        warn_of_shared_patients(splits, None)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert "2 patients have records on both sides" in str(caught[0].message)

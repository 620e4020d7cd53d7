"""The patients of the records."""

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d

from .._warn import warn
from ..records import ECGRecords


def groups_of(records):
    """Return the group of each record; a split must keep each group on one side.

    Parameters
    ----------
    records : ECGRecords or array-like
        An array has no patients.

    Returns
    -------
    groups : ndarray of shape (n_records,), or None
        `metadata["patient_id"]`; without that column `metadata["strat_fold"]`, the folds of PTB-XL,
        which keep patients together; None without either column. If ids are missing, numbers replace the
        ids, and each record without a patient id is its own patient.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.model_selection import groups_of
    >>> records = ECGRecords(np.zeros((3, 2, 100)), fs=100, metadata={"patient_id": ["a", "b", "a"]})
    >>> list(groups_of(records))
    ['a', 'b', 'a']
    >>> groups_of(records.to_array()) is None
    True
    """
    patients = patients_of(records)
    if patients is None and isinstance(records, ECGRecords) and "strat_fold" in records.metadata:
        return _complete_ids(records.metadata["strat_fold"])
    return patients


def patients_of(X):
    """Return the patient of each record, or None if the records have no patient ids."""
    if not isinstance(X, ECGRecords) or "patient_id" not in X.metadata:
        return None
    return _complete_ids(X.metadata["patient_id"])


def resolve_groups(X, groups):
    """Check and return the given groups; without groups return the patients of the records, or None."""
    if groups is None:
        return patients_of(X)
    groups = column_or_1d(groups)
    check_consistent_length(X, groups)
    return groups


def warn_of_shared_patients(splits, groups):
    """Warn if a split has records of one patient on both sides."""
    if groups is None:
        return
    for train, test in splits:
        shared = np.intersect1d(groups[train], groups[test])
        if len(shared):
            warn(
                f"{len(shared)} patients have records on both sides of a split, so the score is too good; split "
                "with a group-wise cv, such as MultilabelStratifiedGroupKFold or StratifiedGroupKFold.",
            )
            return


def _complete_ids(column):
    """Return the ids; if some are missing, number the ids and give each record without an id its own number."""
    missing = column.isna().to_numpy()
    if not missing.any():
        return column.to_numpy()
    codes, _ = column.factorize()
    codes[missing] = len(column) + np.flatnonzero(missing)
    return codes

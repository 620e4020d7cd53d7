"""Split of the records for early stopping, which keeps the records of a patient together."""

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_consistent_length, column_or_1d

from ...records import ECGRecords
from ...records.buffer import digest_of


def patients(X, groups):
    """Return `groups` if given, else the patient of each record from the metadata, else None."""
    if groups is not None:
        groups = column_or_1d(groups)
        check_consistent_length(X, groups)
        return groups
    if not (isinstance(X, ECGRecords) and "patient_id" in X.metadata):
        return None
    groups, _ = X.metadata["patient_id"].factorize()
    unknown = np.flatnonzero(groups < 0)
    groups[unknown] = len(groups) + X._offsets[unknown]  # each record is its own patient; copies share the offset
    return groups


def copies_of(signals):
    """Return for each record the first record with bit-identical signals; over-sampling makes such copies.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)

    Returns
    -------
    originals : ndarray of shape (n_records,)
    """
    first = {}
    return np.array([first.setdefault(digest_of(signal), row) for row, signal in enumerate(signals)], np.intp)


def validation_split(target, groups, fraction, random_state, *, multilabel, signals=None):
    """Hold out a share of the records for early stopping, without splitting a group.

    Parameters
    ----------
    target : ndarray of shape (n_records, n_outputs)
    groups : array-like of shape (n_records,) or None
        Patients. If None, single records are split, and copies of a record stay together. The split is
        stratified by class if every class has at least two records and each part has at least as many
        records as there are classes.
    fraction : float
        Share of the records, or of the groups, to hold out.
    random_state : int
    multilabel : bool
        Whether the target is an indicator of labels; labels are not stratified.
    signals : sequence of ndarray of shape (n_leads, n_times), default=None
        The records, which are searched for copies if `groups` is None.

    Returns
    -------
    train, valid : ndarray of int
    """
    settings = {"n_splits": 1, "test_size": fraction, "random_state": random_state}
    if groups is not None:
        if len(np.unique(groups)) < 2:
            raise ValueError("early_stopping=True needs at least two groups of records to split, got one.")
        return next(GroupShuffleSplit(**settings).split(target, groups=groups))
    originals = np.arange(len(target)) if signals is None else copies_of(signals)
    rows = np.unique(originals)
    if len(rows) in (1, len(target)):  # no copies, or only copies of one record
        return _split_records(target, settings, multilabel)
    parts = _split_records(target[rows], settings, multilabel)
    return tuple(np.flatnonzero(np.isin(originals, rows[part])) for part in parts)


def _split_records(target, settings, multilabel):
    if not multilabel:
        counts = target.sum(axis=0)
        n_valid = np.ceil(settings["test_size"] * len(target))
        if counts.min() >= 2 and min(n_valid, len(target) - n_valid) >= len(counts):
            return next(StratifiedShuffleSplit(**settings).split(target, target.argmax(axis=1)))
    return next(ShuffleSplit(**settings).split(target))

"""From labels to what training wants: targets, weights, and the share held out for validation."""

from numbers import Number

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite

from ..estimators.labels import LabelClasses
from ..records import ECGRecords
from ..records.buffer import digest_of


def encode(y, name):
    """Check labels and return them as the loss wants them.

    Parameters
    ----------
    y : array-like of shape (n_records,) or (n_records, n_labels)
        Classes, or an indicator of labels.
    name : str
        Of the estimator, for messages.

    Returns
    -------
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes, or `array([0, 1])` for each label.
    target : ndarray of shape (n_records, n_classes) or (n_records, n_labels), float32
        One-hot, or the indicator.

    Raises
    ------
    ValueError
        If labels are missing, lists of names, of one class only, or no labels.
    """
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None.")
    _refuse_lists_and_gaps(y)
    y = check_array(y, ensure_2d=False, dtype=None, ensure_all_finite=False, input_name="y")
    if y.dtype.kind in "fc":
        assert_all_finite(y, input_name="y")
    if type_of_target(y, input_name="y") == "multilabel-indicator":
        if not np.isin(y, [0, 1]).all():
            raise ValueError(f"An indicator of labels must hold 0 and 1; y holds {_told(np.unique(y))}.")
        return LabelClasses(y.shape[1]), np.asarray(y, np.float32)
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"y holds one class only, {classes[0]}; a classifier needs at least two.")
    return classes, np.eye(len(classes), dtype=np.float32)[codes]


def _refuse_lists_and_gaps(y):
    """Say of labels as objects what is wrong with them, of which scikit-learn's messages know nothing."""
    y = y.to_numpy() if hasattr(y, "to_numpy") else y
    if getattr(getattr(y, "dtype", None), "kind", "O") not in "OU" or not hasattr(y, "__iter__"):
        return
    items = list(y)
    several = [item for item in items if isinstance(item, list | tuple | set | frozenset | np.ndarray)]
    if any(isinstance(item, set | frozenset) or np.size(item) != 1 for item in several) and any(
        isinstance(name, str) for item in several for name in item
    ):
        raise ValueError(
            "y holds several names a record; make them an indicator of labels with "
            "sklearn.preprocessing.MultiLabelBinarizer().fit_transform(y)."
        )
    missing = [i for i, item in enumerate(items) if item is None or str(item) == "<NA>" or _is_nan(item)]
    if missing and not all(isinstance(item, Number) for item in items):
        raise ValueError(f"y contains missing labels (record {missing[0]}); leave these records out.")


def _is_nan(value):
    return isinstance(value, float) and np.isnan(value)


def _told(values):
    return ", ".join(f"{value:g}" for value in values)


def patients(X, groups):
    """Return the groups that were given, else the patients of the records, else None."""
    if groups is not None:
        groups = column_or_1d(groups)
        check_consistent_length(X, groups)
        return groups
    if not (isinstance(X, ECGRecords) and "patient_id" in X.metadata):
        return None
    groups, _ = X.metadata["patient_id"].factorize()
    unknown = np.flatnonzero(groups < 0)
    groups[unknown] = len(groups) + X._offsets[unknown]  # an unknown patient is nobody else; copies share the place
    return groups


def copies_of(signals):
    """Return for each record the first that is equal to it, to the bit, as over-sampling makes them.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)

    Returns
    -------
    originals : ndarray of shape (n_records,)
    """
    first = {}
    return np.array([first.setdefault(digest_of(signal), row) for row, signal in enumerate(signals)], np.intp)


def loss_weights(target, sample_weight, class_weight, classes):
    """Multiply sample and class weights.

    Parameters
    ----------
    target : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        One-hot, or the indicator of the labels.
    sample_weight : ndarray of shape (n_records,)
    class_weight : None, "balanced", dict or list of dict
        For labels, a dict `{0: ..., 1: ...}` holds for each, a list gives one a label.
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes behind the target, or of each label.

    Returns
    -------
    weight : ndarray of shape (n_records,) or (n_records, n_labels), float32
        One a record, or one a record and label.

    Raises
    ------
    ValueError
        If a weight is negative, or class_weight does not fit the labels.
    """
    if (sample_weight < 0).any():
        row = int(np.argmax(sample_weight < 0))
        raise ValueError(f"sample_weight must not be negative; record {row} has {sample_weight[row]:g}.")
    if not isinstance(classes, list):
        codes = target.argmax(axis=1)
        factors = _class_factors(class_weight, classes, classes[codes])[codes]
        return (sample_weight * factors).astype(np.float32)
    n_labels = target.shape[1]
    one_each = class_weight if isinstance(class_weight, list) else [class_weight] * n_labels
    if len(one_each) != n_labels:
        raise ValueError(f"class_weight lists {len(one_each)} dictionaries for {n_labels} labels.")
    columns = target.astype(np.int64).T
    factors = [_class_factors(w, np.array([0, 1]), y)[y] for w, y in zip(one_each, columns, strict=True)]
    return (sample_weight[:, None] * np.stack(factors, axis=1)).astype(np.float32)


def _class_factors(class_weight, classes, y):
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=classes, y=y)
    present = np.isin(classes, y)  # a label that no record has cannot be balanced
    factors = np.ones(len(classes))
    factors[present] = compute_class_weight("balanced", classes=classes[present], y=y)
    return factors


def validation_split(target, groups, fraction, random_state, *, multilabel, signals=None):
    """Split off a share of the records for early stopping, whole groups at a time.

    Parameters
    ----------
    target : ndarray of shape (n_records, n_outputs)
    groups : array-like of shape (n_records,) or None
        Patients; without them the records stand for themselves, copies of one together, stratified by
        class where every class has two records or more.
    fraction : float
        Share of the records, or of the groups.
    random_state : int
    multilabel : bool
        Whether the target is an indicator of labels; these are not stratified.
    signals : sequence of ndarray of shape (n_leads, n_times), default=None
        The records, among which copies are looked for where there are no groups.

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
    if len(rows) in (1, len(target)):  # no copies, or nothing else, which no split could keep together
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

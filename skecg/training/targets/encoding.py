"""Encoding of labels, and of the probabilities of a teacher, as the targets of a loss."""

from numbers import Number

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite

from ...estimators.labels import LabelClasses

_ROUNDING = 1e-6  # of a probability in float32
_ROUNDED_SUM = 1e-3  # of probabilities that were written with few digits


def encode(y, name):
    """Check labels and encode them as the targets of a loss.

    Parameters
    ----------
    y : array-like of shape (n_records,) or (n_records, n_labels)
        Classes, or a binary indicator of labels.
    name : str
        Name of the estimator, for error messages.

    Returns
    -------
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes, or `array([0, 1])` for each label.
    target : ndarray of shape (n_records, n_classes) or (n_records, n_labels), float32
        One-hot, or the indicator.

    Raises
    ------
    ValueError
        If `y` is None, has missing labels, holds several names per record, is continuous, holds one
        class only, or is an indicator with values other than 0 and 1.
    """
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None.")
    _reject_lists_and_missing(y)
    y = check_array(y, ensure_2d=False, dtype=None, ensure_all_finite=False, input_name="y")
    if y.dtype.kind in "fc":
        assert_all_finite(y, input_name="y")
    if type_of_target(y, input_name="y") == "multilabel-indicator":
        if not np.isin(y, [0, 1]).all():
            raise ValueError(f"An indicator of labels must hold 0 and 1; y holds {_join(np.unique(y))}.")
        return LabelClasses(y.shape[1]), np.asarray(y, np.float32)
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"y holds one class only, {classes[0]}; a classifier needs at least two.")
    return classes, np.eye(len(classes), dtype=np.float32)[codes]


def encode_soft(soft_target, labels, classes, y=None):
    """Check probabilities and encode them as the targets of a loss.

    Parameters
    ----------
    soft_target : array-like of shape (n_records, n_classes) or (n_records, n_labels)
        Probabilities, with the columns in the order of `classes`.
    labels : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        What `encode` returned of y.
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes, or `array([0, 1])` for each label.
    y : array-like, default=None
        The labels as the user passed them. If they and `soft_target` are pandas objects, their names must agree.

    Returns
    -------
    target : ndarray of the shape of `labels`, float32

    Raises
    ------
    ValueError
        If the shape differs, if a pandas object names the same rows or columns in another order, if a value is NaN or
        lies outside 0 to 1, or if the probabilities of classes do not sum to 1 within 0.001.
    """
    target = _as_numbers(soft_target)
    if target.shape != labels.shape:
        columns = f"{labels.shape[1]} labels" if isinstance(classes, list) else f"the classes {classes.tolist()}"
        sampled = ""
        if len(target) != len(labels):
            sampled = " A sampler in front of the classifier draws other rows of X and y."
        raise ValueError(
            f"soft_target must have the shape {labels.shape}, a row for each record and a column for each of {columns} "
            f"in this order; got {target.shape}.{sampled}"
        )
    _check_order("columns", soft_target, getattr(y, "columns", None) if isinstance(classes, list) else classes)
    _check_order("index", soft_target, getattr(y, "index", None))
    outside = (target < -_ROUNDING) | (target > 1 + _ROUNDING)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise ValueError(
            f"soft_target must hold probabilities from 0 to 1; record {row} has {target[row, column]:g} in column "
            f"{column}."
        )
    sums = target.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > _ROUNDED_SUM)
    if not isinstance(classes, list) and len(wrong):
        raise ValueError(
            f"The probabilities of a record in soft_target must sum to 1; those of record {wrong[0]} sum to "
            f"{sums[wrong[0]]:g}."
        )
    return np.clip(target, 0, 1).astype(np.float32)


def _as_numbers(soft_target):
    """Return soft targets as float64; raise an error that names them if they are no numbers."""
    try:
        return check_array(soft_target, ensure_2d=False, allow_nd=True, dtype=np.float64, input_name="soft_target")
    except (TypeError, ValueError) as error:
        if "soft_target" in str(error):
            raise
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"soft_target must hold probabilities, one row for each record: {reason}.") from error


def _check_order(axis, soft_target, expected):
    """Raise if the names of an axis of soft targets are those expected, in another order; numbered axes have none."""
    got = [getattr(soft_target, axis, None), expected]
    if any(names is None or callable(names) or type(names).__name__ == "RangeIndex" for names in got):
        return
    names, expected = (np.asarray(each).tolist() for each in got)
    if names != expected and len(names) == len(expected) and set(names) == set(expected):
        i = next(i for i, pair in enumerate(zip(names, expected, strict=True)) if pair[0] != pair[1])
        what = "Column" if axis == "columns" else "Row"
        raise ValueError(
            f"{what} {i} of soft_target is {names[i]!r}, but {expected[i]!r} was expected: bring soft_target into the "
            f"order of {'classes_, or of the columns of y' if axis == 'columns' else 'the rows of y'}."
        )


def _reject_lists_and_missing(y):
    """Raise a clear error for object labels that scikit-learn would reject with an unclear message."""
    y = y.to_numpy() if hasattr(y, "to_numpy") else y
    if getattr(getattr(y, "dtype", None), "kind", "O") not in "OU" or not hasattr(y, "__iter__"):
        return
    items = list(y)
    several = [item for item in items if isinstance(item, list | tuple | set | frozenset | np.ndarray)]
    if any(isinstance(item, set | frozenset) or np.size(item) != 1 for item in several) and any(
        isinstance(name, str) for item in several for name in item
    ):
        raise ValueError(
            "y holds several names per record; convert them to an indicator of labels with "
            "sklearn.preprocessing.MultiLabelBinarizer().fit_transform(y)."
        )
    missing = [i for i, item in enumerate(items) if item is None or str(item) == "<NA>" or _is_nan(item)]
    if missing and not all(isinstance(item, Number) for item in items):
        raise ValueError(f"y contains missing labels (record {missing[0]}); leave these records out.")


def _is_nan(value):
    return isinstance(value, float) and np.isnan(value)


def _join(values):
    return ", ".join(f"{value:g}" for value in values)

"""Labels as the targets of a loss."""

from numbers import Number

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite

from ...estimators.labels import LabelClasses


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

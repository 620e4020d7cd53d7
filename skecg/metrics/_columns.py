"""Convert targets and scores to one column for each label, and average the scores that are defined."""

from __future__ import annotations

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.multiclass import type_of_target

from .._warn import warn


def columns_of(y_true, y_score, pos_label=1, *, labels=None):
    """Return the target as a bool array and the scores as a float array, both (n_records, n_labels).

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        Binary; multi-class if `y_score` has one column for each class; or an indicator.
    y_score : array-like of shape (n_records,) or (n_records, n_labels)
        For a binary target, two columns mean the probabilities of both classes.
    pos_label : object, default=1
        The positive class of a binary target.
    labels : array-like of shape (n_classes,), default=None
        For a multi-class target, the class of each column of `y_score`; by default the sorted classes in `y_true`.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    scores = check_array(y_score, ensure_2d=False, dtype=np.float64, input_name="y_score")
    kind = type_of_target(y_true, input_name="y_true")
    check_consistent_length(y_true, scores)
    y = np.asarray(y_true)
    if kind == "multilabel-indicator":
        target = y.astype(bool)
    elif kind not in {"binary", "multiclass"}:
        raise ValueError(f"y_true must be binary, multi-class or a multi-label indicator, got {kind}.")
    elif labels is not None or (scores.ndim == 2 and scores.shape[1] > 2):
        target = _one_hot(y.ravel(), labels, scores)
    else:
        target = _positives(y.ravel(), pos_label)[:, None]
        scores = scores[:, -1] if scores.ndim == 2 else scores
    scores = scores.reshape(len(scores), -1)
    if scores.shape != target.shape:
        raise ValueError(f"y_true ({kind}) has {target.shape[1]} column(s), y_score {scores.shape[1]}.")
    return target, scores


def _one_hot(y, labels, scores):
    classes = np.unique(y) if labels is None else np.asarray(labels)
    if scores.ndim != 2 or scores.shape[1] != len(classes):
        raise ValueError(
            f"y_score must have one column for each of the {len(classes)} classes {classes.tolist()}, got the shape "
            f"{scores.shape}; if y_true lacks some, name all classes in labels."
        )
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(f"y_true holds {unknown.tolist()}, which labels={classes.tolist()} do not name.")
    return y[:, None] == classes


def _positives(y, pos_label):
    present = np.unique(y).tolist()
    if len(present) > 2 or (len(present) == 2 and pos_label not in present):
        raise ValueError(
            f"The target has the classes {present}; expected a binary target with pos_label={pos_label!r}, an "
            "indicator, or one column of y_score for each class."
        )
    return y == pos_label


def mean_of_defined(scores, name, condition="has both positives and negatives"):
    """Return the mean of the scores that are not nan; if all are nan, warn that no label `condition` and return nan."""
    if np.isnan(scores).all():
        message = f"{name} is undefined: no label {condition}."
        warn(message, UndefinedMetricWarning)
        return float("nan")
    return float(np.nanmean(scores))

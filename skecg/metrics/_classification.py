"""Specificity and geometric mean for binary, multi-class and multi-label targets."""

from __future__ import annotations

from numbers import Real

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import multilabel_confusion_matrix
from sklearn.utils.multiclass import type_of_target

from .._placeholders import filler_of
from .._scikit_learn import Options, StrOptions, validate_params
from .._warn import warn

_SHARED = {
    "y_true": ["array-like"],
    "y_pred": ["array-like"],
    "labels": ["array-like", None],
    "pos_label": [Real, str, "boolean"],
    "sample_weight": ["array-like", None],
    "zero_division": [Options(Real, {0.0, 1.0, np.nan}), StrOptions({"warn"})],
}
_AVERAGES = {"binary", "micro", "macro", "weighted"}
fill_parameters = filler_of(  # documentation of the shared parameters
    """
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels: binary, multi-class, or a multi-label indicator.
    y_pred : array-like of shape (n_records,) or (n_records, n_labels)
        Predicted labels.
    labels : array-like of shape (n_classes,), default=None
        The classes, or the columns of an indicator, to include, in this order. By default all.
        Ignored by `average="binary"`.
    pos_label : int, float, bool or str, default=1
        The positive class, with `average="binary"`; ignored otherwise.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.
    """
)


@validate_params({**_SHARED, "average": [StrOptions(_AVERAGES), None]}, prefer_skip_nested_validation=True)
@fill_parameters
def specificity_score(
    y_true, y_pred, *, labels=None, pos_label=1, average="binary", sample_weight=None, zero_division="warn"
):
    """Compute the specificity: the share of the negatives that are predicted as negative.

    It is `tn / (tn + fp)` of each class or label against the rest.

    Parameters
    ----------
    **y_true
    **y_pred
    **labels
    pos_label : int, float, bool or str, default=1
        The positive class, with `average="binary"`; all other labels are negative. Ignored otherwise.
    average : {"binary", "micro", "macro", "weighted"} or None, default="binary"
        "binary" scores `pos_label` only; "micro" counts over all classes; "macro" is the mean
        over classes; "weighted" is the mean weighted by the number of true records of each
        class, as in scikit-learn; None gives one value for each class.
    **sample_weight
    zero_division : {"warn", 0.0, 1.0, nan}, default="warn"
        The value of a class that has no negatives; "warn" means 0.0 with an
        `UndefinedMetricWarning`. "macro" and "weighted" skip nan.

    Returns
    -------
    score : float, or ndarray of shape (n_classes,) if `average` is None
        Between 0 and 1.

    Raises
    ------
    ValueError
        If `average="binary"` and the labels are not binary or lack `pos_label`.

    Examples
    --------
    >>> from skecg.metrics import specificity_score
    >>> specificity_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.75
    >>> specificity_score(["AF", "N", "N"], ["AF", "AF", "N"], average=None)
    array([0.5, 1. ])
    """
    counts = _counts(y_true, y_pred, labels, pos_label, average, sample_weight)
    scores = _specificity(counts, zero_division)
    return _average(scores, counts, average)


@validate_params(
    {**_SHARED, "average": [StrOptions(_AVERAGES | {"multiclass"}), None]}, prefer_skip_nested_validation=True
)
@fill_parameters
def geometric_mean_score(
    y_true, y_pred, *, labels=None, pos_label=1, average="binary", sample_weight=None, zero_division="warn"
):
    """Compute the G-mean, which is high only if rare and frequent classes are both recognised.

    It is the geometric mean of sensitivity and specificity of each class or label against the
    rest [1]_; with `average="multiclass"`, the geometric mean of the sensitivities of all classes [2]_.

    Parameters
    ----------
    **y_true
    **y_pred
    **labels
    **pos_label
    average : {"binary", "multiclass", "micro", "macro", "weighted"} or None, default="binary"
        "binary" scores `pos_label` only; "multiclass" is one value for all classes, and zero if
        one class is never recognised; "micro" counts over all classes; "macro" is the mean of the
        G-means of the classes; "weighted" is that mean weighted by the number of true records
        of each class; None gives one value for each class.
    **sample_weight
    zero_division : {"warn", 0.0, 1.0, nan}, default="warn"
        The sensitivity of a class without positives and the specificity of a class without
        negatives; "warn" means 0.0 with an `UndefinedMetricWarning`. "macro" and "weighted" skip nan.

    Returns
    -------
    score : float, or ndarray of shape (n_classes,) if `average` is None
        Between 0 and 1.

    Raises
    ------
    ValueError
        If `average="binary"` and the labels are not binary or lack `pos_label`.

    References
    ----------
    .. [1] M. Kubat, S. Matwin, "Addressing the curse of imbalanced training sets:
       one-sided selection", ICML 1997.
    .. [2] Y. Sun, M. S. Kamel, Y. Wang, "Boosting for learning multiple classes with
       imbalanced class distribution", ICDM 2006.

    Examples
    --------
    >>> from skecg.metrics import geometric_mean_score
    >>> geometric_mean_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.866...
    >>> geometric_mean_score([[1, 0], [0, 1], [0, 0]], [[1, 0], [0, 0], [0, 0]], average="macro", labels=[0])
    1.0
    """
    counts = _counts(y_true, y_pred, labels, pos_label, average, sample_weight)
    sensitivity = _sensitivity(counts, zero_division)
    if average == "multiclass":
        return float(np.prod(sensitivity) ** (1 / len(sensitivity)))
    scores = np.sqrt(sensitivity * _specificity(counts, zero_division))
    return _average(scores, counts, average)


def _counts(y_true, y_pred, labels, pos_label, average, sample_weight):
    """Return (tn, fp, fn, tp), each of shape (n_classes,), or of shape (1,) for "binary" and "micro"."""
    if average == "binary":
        kinds = sorted({type_of_target(y_true), type_of_target(y_pred)})
        present = np.union1d(y_true, y_pred).tolist() if kinds == ["binary"] else []
        if kinds != ["binary"] or len(present) > 2:
            found = f"the classes {present}" if present else " and ".join(kinds)
            raise ValueError(f'average="binary" needs binary labels, got {found}; choose another average.')
        if len(present) == 2 and pos_label not in present:
            raise ValueError(f"pos_label={pos_label!r} is not one of the labels, {present}.")
        labels = [pos_label]
    matrices = multilabel_confusion_matrix(y_true, y_pred, labels=labels, sample_weight=sample_weight)
    counts = matrices.reshape(-1, 4).T
    return counts.sum(axis=1, keepdims=True) if average == "micro" else counts


def _sensitivity(counts, zero_division):
    _, _, fn, tp = counts
    return _ratio(tp, tp + fn, "sensitivity", "positives", zero_division)


def _specificity(counts, zero_division):
    tn, fp, _, _ = counts
    return _ratio(tn, tn + fp, "specificity", "negatives", zero_division)


def _ratio(part, whole, name, lacking, zero_division):
    if (whole == 0).any() and zero_division == "warn":
        classes = np.flatnonzero(whole == 0).tolist()
        message = f"The {name} is undefined, and set to 0, where there are no {lacking}: class number {classes}."
        warn(message, UndefinedMetricWarning)
    empty = 0.0 if zero_division == "warn" else zero_division
    return np.divide(part, whole, out=np.full(len(whole), float(empty)), where=whole != 0)


def _average(scores, counts, average):
    if average is None:
        return scores
    weights = counts[2] + counts[3] if average == "weighted" else np.ones(len(scores))
    defined = ~np.isnan(scores)
    if not weights[defined].sum() > 0:
        return float("nan")
    return float(np.average(scores[defined], weights=weights[defined]))

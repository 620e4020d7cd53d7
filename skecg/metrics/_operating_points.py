"""Scores of a classifier at one threshold: sensitivity at a specificity, predictive values at a prevalence."""

from __future__ import annotations

from numbers import Real

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import roc_curve

from .._scikit_learn import Interval, StrOptions, validate_params
from .._warn import warn
from ._classification import _AVERAGES, _SHARED, _average, _counts, _ratio, fill_parameters
from ._columns import columns_of, mean_of_defined


@validate_params(
    {
        "y_true": ["array-like"],
        "y_score": ["array-like"],
        "specificity": [Interval(Real, 0, 1, closed="both")],
        "pos_label": [Real, str, "boolean"],
        "average": [StrOptions({"macro"}), None],
        "sample_weight": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def sensitivity_at_specificity(y_true, y_score, *, specificity=0.9, pos_label=1, average="macro", sample_weight=None):
    """Compute the highest sensitivity that any threshold reaches at a required specificity.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels: binary, or a multi-label indicator.
    y_score : array-like of shape (n_records,) or (n_records, n_labels)
        Probabilities or other scores; positives should score higher.
    specificity : float, default=0.9
        Lowest specificity allowed.
    pos_label : int, float, bool or str, default=1
        The positive class of a binary target.
    average : {"macro"} or None, default="macro"
        "macro" is the mean over the labels that have positives and negatives; None gives one
        value for each label, which is nan for a label without positives or without negatives.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.

    Returns
    -------
    score : float, or ndarray of shape (n_labels,) if `average` is None
        Between 0 and 1; nan, with an `UndefinedMetricWarning`, if no label has both positives and negatives.

    Raises
    ------
    ValueError
        If the shapes disagree or the target is neither binary nor an indicator.

    Examples
    --------
    >>> from skecg.metrics import sensitivity_at_specificity
    >>> sensitivity_at_specificity([0, 0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.5, 0.7], specificity=0.75)
    1.0
    >>> sensitivity_at_specificity([0, 0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.5, 0.7], specificity=1)
    0.5
    """
    Y, S = columns_of(y_true, y_score, pos_label)
    scores = np.full(Y.shape[1], np.nan)
    for k in np.flatnonzero(Y.any(axis=0) & ~Y.all(axis=0)):
        one_minus_sp, se, _ = roc_curve(Y[:, k], S[:, k], sample_weight=sample_weight, drop_intermediate=False)
        scores[k] = se[one_minus_sp <= 1 - specificity + 1e-12].max()
    return scores if average is None else mean_of_defined(scores, "sensitivity_at_specificity")


_PREVALENCE = {
    **_SHARED,
    "prevalence": [Interval(Real, 0, 1, closed="neither"), None],
    "average": [StrOptions(_AVERAGES), None],
}


@validate_params(_PREVALENCE, prefer_skip_nested_validation=True)
@fill_parameters
def ppv_score(
    y_true,
    y_pred,
    *,
    prevalence=None,
    labels=None,
    pos_label=1,
    average="binary",
    sample_weight=None,
    zero_division="warn",
):
    """Compute the positive predictive value, at any prevalence.

    In a study a quarter of the records may be positive, but one in fifty in the ward. Sensitivity and
    specificity carry over to the ward; the predictive values do not. By Bayes' rule [1]_ the positive
    predictive value is `se * p / (se * p + (1 - sp) * (1 - p))`.

    Parameters
    ----------
    **y_true
    **y_pred
    prevalence : float, default=None
        Share of positives where the classifier will be used. By default the share of positives in the
        data; the score is then the precision.
    **labels
    **pos_label
    average : {"binary", "micro", "macro", "weighted"} or None, default="binary"
        As in `specificity_score`.
    **sample_weight
    zero_division : {"warn", 0.0, 1.0, nan}, default="warn"
        The value of a class that is never predicted; "warn" means 0.0 with an
        `UndefinedMetricWarning`. "macro" and "weighted" skip nan.

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
    .. [1] D. G. Altman, J. M. Bland, "Diagnostic tests 2: predictive values", BMJ 309, 1994.

    Examples
    --------
    >>> from skecg.metrics import ppv_score
    >>> y_true, y_pred = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    >>> ppv_score(y_true, y_pred)
    0.75
    >>> ppv_score(y_true, y_pred, prevalence=0.02)
    0.0841...
    """
    counts = _counts(y_true, y_pred, labels, pos_label, average, sample_weight)
    (wrong, right), empty = _at_prevalence(counts, prevalence, predicted=True)
    scores = _ratio(right, np.where(empty, 0, wrong + right), "positive predictive value", "predictions", zero_division)
    return _average(scores, counts, average)


@validate_params(_PREVALENCE, prefer_skip_nested_validation=True)
@fill_parameters
def npv_score(
    y_true,
    y_pred,
    *,
    prevalence=None,
    labels=None,
    pos_label=1,
    average="binary",
    sample_weight=None,
    zero_division="warn",
):
    """Compute the negative predictive value, at any prevalence.

    By Bayes' rule [1]_ the value is `sp * (1 - p) / (sp * (1 - p) + (1 - se) * p)`.

    Parameters
    ----------
    **y_true
    **y_pred
    prevalence : float, default=None
        Share of positives where the classifier will be used. By default the share of positives in the data.
    **labels
    **pos_label
    average : {"binary", "micro", "macro", "weighted"} or None, default="binary"
        As in `specificity_score`.
    **sample_weight
    zero_division : {"warn", 0.0, 1.0, nan}, default="warn"
        The value of a class that is always predicted; "warn" means 0.0 with an
        `UndefinedMetricWarning`. "macro" and "weighted" skip nan.

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
    .. [1] D. G. Altman, J. M. Bland, "Diagnostic tests 2: predictive values", BMJ 309, 1994.

    Examples
    --------
    >>> from skecg.metrics import npv_score
    >>> y_true, y_pred = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    >>> npv_score(y_true, y_pred)
    0.833...
    >>> npv_score(y_true, y_pred, prevalence=0.02)
    0.993...
    """
    counts = _counts(y_true, y_pred, labels, pos_label, average, sample_weight)
    (right, wrong), empty = _at_prevalence(counts, prevalence, predicted=False)
    scores = _ratio(right, np.where(empty, 0, wrong + right), "negative predictive value", "predictions", zero_division)
    return _average(scores, counts, average)


def _at_prevalence(counts, prevalence, *, predicted):
    """Split the records predicted as positive (or negative) into negatives and positives.

    Also return which classes have no such records.
    """
    tn, fp, fn, tp = counts
    negatives, positives = (fp, tp) if predicted else (tn, fn)
    empty = negatives + positives == 0
    if prevalence is None:
        return (negatives, positives), empty
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = negatives / (tn + fp) * (1 - prevalence), positives / (tp + fn) * prevalence
    unknown = np.isnan(parts[0]) | np.isnan(parts[1])  # without positives or without negatives a rate is undefined
    if unknown.any():
        message = (
            "A predictive value at another prevalence needs positives and negatives of each class; for a class without "
            "them, the value is that of zero_division."
        )
        warn(message, UndefinedMetricWarning)
    return tuple(np.where(unknown, 0.0, part) for part in parts), empty | unknown

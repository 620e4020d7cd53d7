"""F-beta and G-beta, in which a record with several labels has a total weight of one."""

from __future__ import annotations

from numbers import Real

import numpy as np
from sklearn.utils.multiclass import type_of_target

from .._scikit_learn import Interval, StrOptions, validate_params
from ._classification import _counts
from ._columns import mean_of_defined

_PARAMS = {
    "y_true": ["array-like"],
    "y_pred": ["array-like"],
    "beta": [Interval(Real, 0, None, closed="neither")],
    "average": [StrOptions({"macro"}), None],
}


@validate_params(_PARAMS, prefer_skip_nested_validation=True)
def challenge_fbeta_score(y_true, y_pred, *, beta=2.0, average="macro"):
    """Compute the F-beta of the PhysioNet/CinC Challenge 2020.

    The score of a label is `(1 + beta**2) TP / ((1 + beta**2) TP + FP + beta**2 FN)`. The weight of a
    record is one over the number of its true labels [1]_, as in the benchmark on PTB-XL [2]_.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels: an indicator, or classes.
    y_pred : array-like of shape (n_records,) or (n_records, n_labels)
        Predicted labels.
    beta : float, default=2.0
        How much more a missed label costs than a false label; 2 in [1]_ and [2]_.
    average : {"macro"} or None, default="macro"
        "macro" is the mean over the labels that are present or predicted; None gives one value for
        each label, which is nan for a label that is neither present nor predicted.

    Returns
    -------
    score : float, or ndarray of shape (n_labels,) if `average` is None
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the kinds or lengths of the targets disagree.

    Notes
    -----
    The weight of a record without any true label is 1, as in the code of the challenge.
    `sklearn.metrics.fbeta_score` computes the same score without these weights.

    References
    ----------
    .. [1] E. A. Perez Alday et al., "Classification of 12-lead ECGs: the PhysioNet/Computing in
       Cardiology Challenge 2020", Physiol. Meas. 41, 2020, and its evaluation code.
    .. [2] N. Strodthoff, P. Wagner, T. Schaeffter, W. Samek, "Deep learning for ECG analysis:
       benchmarks and insights from PTB-XL", IEEE J. Biomed. Health Inform. 25, 2021.

    Examples
    --------
    >>> from skecg.metrics import challenge_fbeta_score
    >>> challenge_fbeta_score([[1, 0], [1, 1], [0, 1]], [[1, 0], [1, 0], [0, 1]])
    0.857...
    """
    _, fp, fn, tp = _weighted_counts(y_true, y_pred)
    scores = _ratio((1 + beta**2) * tp, (1 + beta**2) * tp + fp + beta**2 * fn)
    return scores if average is None else mean_of_defined(scores, "challenge_fbeta_score", "is present or predicted")


@validate_params(_PARAMS, prefer_skip_nested_validation=True)
def challenge_gbeta_score(y_true, y_pred, *, beta=2.0, average="macro"):
    """Compute the G-beta of the PhysioNet/CinC Challenge 2020, a Jaccard index that weighs misses.

    The score of a label is `TP / (TP + FP + beta FN)`. The weight of a record is one over the number
    of its true labels [1]_, as in the benchmark on PTB-XL [2]_.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels: an indicator, or classes.
    y_pred : array-like of shape (n_records,) or (n_records, n_labels)
        Predicted labels.
    beta : float, default=2.0
        How much more a missed label costs than a false label; 2 in [1]_ and [2]_.
    average : {"macro"} or None, default="macro"
        "macro" is the mean over the labels that are present or predicted; None gives one value for
        each label, which is nan for a label that is neither present nor predicted.

    Returns
    -------
    score : float, or ndarray of shape (n_labels,) if `average` is None
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the kinds or lengths of the targets disagree.

    References
    ----------
    .. [1] E. A. Perez Alday et al., "Classification of 12-lead ECGs: the PhysioNet/Computing in
       Cardiology Challenge 2020", Physiol. Meas. 41, 2020, and its evaluation code.
    .. [2] N. Strodthoff, P. Wagner, T. Schaeffter, W. Samek, "Deep learning for ECG analysis:
       benchmarks and insights from PTB-XL", IEEE J. Biomed. Health Inform. 25, 2021.

    Examples
    --------
    >>> from skecg.metrics import challenge_gbeta_score
    >>> challenge_gbeta_score([[1, 0], [1, 1], [0, 1]], [[1, 0], [1, 0], [0, 1]])
    0.75
    """
    _, fp, fn, tp = _weighted_counts(y_true, y_pred)
    scores = _ratio(tp, tp + fp + beta * fn)
    return scores if average is None else mean_of_defined(scores, "challenge_gbeta_score", "is present or predicted")


def label_weights(Y):
    """Return the weight of each record: one over the number of its labels, or 1 if the record has no label."""
    return 1 / np.maximum(np.asarray(Y).sum(axis=1), 1)


def _weighted_counts(y_true, y_pred):
    indicator = type_of_target(y_true) == "multilabel-indicator"
    return _counts(y_true, y_pred, None, 1, None, label_weights(y_true) if indicator else None)


def _ratio(part, whole):
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)

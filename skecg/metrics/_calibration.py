"""Expected calibration error: how much probabilities differ from observed frequencies."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_consistent_length

from .._scikit_learn import Interval, StrOptions, validate_params
from ._columns import columns_of


@validate_params(
    {
        "y_true": ["array-like"],
        "y_prob": ["array-like"],
        "n_bins": [Interval(Integral, 1, None, closed="left")],
        "strategy": [StrOptions({"uniform", "quantile"})],
        "pos_label": [Real, str, "boolean"],
        "labels": ["array-like", None],
        "average": [StrOptions({"macro"}), None],
        "sample_weight": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def expected_calibration_error(
    y_true, y_prob, *, n_bins=15, strategy="uniform", pos_label=1, labels=None, average="macro", sample_weight=None
):
    """Compute the expected calibration error.

    The probabilities are sorted into bins. The error is the mean distance between the mean
    probability of a bin and the share of positives in the bin, weighted by the records of the bin.
    For classes, the error of each class against the rest is computed.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels: binary, classes, or a multi-label indicator.
    y_prob : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
        Probabilities of the positive class, of each class, or of each label.
    n_bins : int, default=15
        Number of bins, as in [1]_.
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or bins with equal numbers of records.
    pos_label : int, float, bool or str, default=1
        The positive class of a binary target.
    labels : array-like of shape (n_classes,), default=None
        For classes: the class of each column of `y_prob`. By default the sorted classes in `y_true`.
    average : {"macro"} or None, default="macro"
        "macro" is the mean over labels; None gives one value for each label.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.

    Returns
    -------
    error : float, or ndarray of shape (n_labels,) if `average` is None
        Between 0 (calibrated) and 1.

    Raises
    ------
    ValueError
        If the shapes disagree, or a value of `y_prob` is outside the range from 0 to 1.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks",
       ICML 2017.

    Examples
    --------
    >>> from skecg.metrics import expected_calibration_error
    >>> expected_calibration_error([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.9])
    0.0999...
    """
    Y, P = columns_of(y_true, y_prob, pos_label, labels=labels)
    if P.size and not (P.min() >= 0 and P.max() <= 1):
        raise ValueError(f"y_prob must be probabilities from 0 to 1, got {P.min():g} to {P.max():g}.")
    weight = np.ones(len(Y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    check_consistent_length(Y, weight)
    errors = np.empty(Y.shape[1])
    for k in range(Y.shape[1]):
        gap = np.bincount(bins_of(P[:, k], n_bins, strategy), weight * (P[:, k] - Y[:, k]))
        errors[k] = np.abs(gap).sum() / weight.sum()
    return errors if average is None else float(errors.mean())


def bins_of(probability, n_bins, strategy="uniform"):
    """Return the bin of each probability, from 0 to `n_bins` - 1."""
    if strategy == "quantile":
        inner = np.quantile(probability, np.arange(1, n_bins) / n_bins)
        return np.searchsorted(inner, probability, side="right")
    return np.minimum((probability * n_bins).astype(np.intp), n_bins - 1)

"""The weight of each record, or of each record and label, in the loss."""

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.class_weight import compute_class_weight

from ..._scikit_learn import _check_sample_weight, _safe_indexing


def drop_zero_weights(X, y, groups, sample_weight):
    """Drop the records of weight zero, which must count as absent.

    Parameters
    ----------
    X : ECGRecords or array-like
    y : array-like of shape (n_records, ...)
    groups, sample_weight : array-like of shape (n_records,) or None

    Returns
    -------
    X, y, groups, sample_weight
        The arguments without the records of weight zero; the weights as float64.

    Raises
    ------
    ValueError
        If a weight is negative, or all are zero.
    """
    if sample_weight is None:
        return X, y, groups, None
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise ValueError(f"sample_weight must not be negative; record {row} has {weight[row]:g}.")
    rows = np.flatnonzero(weight)
    if not len(rows):
        raise ValueError("sample_weight is zero for every record: there is nothing to learn from.")
    if len(rows) == len(weight):
        return X, y, groups, weight
    check_consistent_length(X, y, groups, weight)
    X, y, groups = (part if part is None else _safe_indexing(part, rows) for part in (X, y, groups))
    return X, y, groups, weight[rows]


def loss_weights(target, sample_weight, class_weight, classes):
    """Multiply sample and class weights.

    Parameters
    ----------
    target : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        One-hot, or the indicator of the labels.
    sample_weight : ndarray of shape (n_records,) or None
        None is one for every record.
    class_weight : None, "balanced", dict or list of dict
        For labels, a dict `{0: ..., 1: ...}` applies to every label; a list holds one dict per label.
        "balanced" gives all classes the same sum of weights.
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes that the target encodes; for labels, a list with the classes of each label.

    Returns
    -------
    weight : ndarray of shape (n_records,) or (n_records, n_labels), float32
        One weight per record, or one per record and label.

    Raises
    ------
    ValueError
        If class_weight does not fit the labels.
    """
    if sample_weight is None:
        sample_weight = np.ones(len(target))
    if not isinstance(classes, list):
        codes = target.argmax(axis=1)
        factors = _class_factors(class_weight, classes, codes, sample_weight)[codes]
        return (sample_weight * factors).astype(np.float32)
    n_labels = target.shape[1]
    per_label = class_weight if isinstance(class_weight, list) else [class_weight] * n_labels
    if len(per_label) != n_labels:
        raise ValueError(f"class_weight lists {len(per_label)} dictionaries for {n_labels} labels.")
    columns = target.astype(np.int64).T
    factors = [
        _class_factors(w, np.array([0, 1]), y, sample_weight)[y] for w, y in zip(per_label, columns, strict=True)
    ]
    return (sample_weight[:, None] * np.stack(factors, axis=1)).astype(np.float32)


def _class_factors(class_weight, classes, codes, sample_weight):
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=classes, y=classes[codes])
    sums = np.bincount(codes, weights=sample_weight, minlength=len(classes))
    present = sums > 0  # a label that no record has cannot be balanced
    factors = np.ones(len(classes))
    factors[present] = sums.sum() / (present.sum() * sums[present])
    return factors

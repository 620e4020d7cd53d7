"""The weight of each record, or of each record and label, in the loss."""

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.class_weight import compute_class_weight

from ..._scikit_learn import _check_sample_weight, _safe_indexing


def drop_zero_weights(sample_weight, X, *others):
    """Drop the records of weight zero, which must count as absent.

    Parameters
    ----------
    sample_weight : array-like of shape (n_records,) or None
    X : ECGRecords or array-like
    *others : array-like of shape (n_records, ...) or None
        Targets and groups.

    Returns
    -------
    sample_weight, X, *others
        The arguments without the records of weight zero; the weights as float64.

    Raises
    ------
    ValueError
        If a weight is negative, or all are zero.
    """
    if sample_weight is None:
        return None, X, *others
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise ValueError(f"sample_weight must not be negative; record {row} has {weight[row]:g}.")
    rows = np.flatnonzero(weight)
    if not len(rows):
        raise ValueError("sample_weight is zero for every record: there is nothing to learn from.")
    if len(rows) == len(weight):
        return weight, X, *others
    check_consistent_length(X, *others, weight)
    return weight[rows], *(part if part is None else _safe_indexing(part, rows) for part in (X, *others))


def expected_loss(target, labels, sample_weight, class_weight, classes):
    """Return targets and weights whose loss is the mean over the labels that probabilities draw.

    Every loss of skecg is linear in its target. The loss of probabilities is thus the mean loss of labels that are
    drawn with these probabilities, each with the weight of its class. Of certain labels, this is their own loss.

    Parameters
    ----------
    target : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        Probabilities, or `labels`.
    labels : ndarray of the same shape
        One-hot, or the indicator of the labels.
    sample_weight : ndarray of shape (n_records,) or None
        None is one for every record.
    class_weight : None, "balanced", dict or list of dict
        For labels, a dict `{0: ..., 1: ...}` applies to every label; a list holds one dict per label.
        "balanced" gives all classes the same sum of weights in `labels`.
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes that the columns stand for; for labels, a list with the classes of each label.

    Returns
    -------
    target : ndarray of the same shape, float32
        Labels come back unchanged.
    weight : ndarray of shape (n_records,) or (n_records, n_labels), float32
        One weight per record, or one per record and label.

    Raises
    ------
    ValueError
        If class_weight does not fit the labels.
    """
    if sample_weight is None:
        sample_weight = np.ones(len(labels))
    target = np.asarray(target, np.float64)
    if isinstance(classes, list):
        of_absent, of_present = _label_factors(class_weight, labels, sample_weight).T
        sample_weight = sample_weight[:, None]
        weighted = target * of_present
        mean = weighted + (1 - target) * of_absent
    else:
        weighted = target * _class_factors(class_weight, classes, labels.argmax(axis=1), sample_weight)
        mean = weighted.sum(axis=1)
    total = mean.reshape(len(target), -1)
    target = np.divide(weighted, total, out=target.copy(), where=total > 0)  # without weight, the target has no effect
    return target.astype(np.float32), (sample_weight * mean).astype(np.float32)


def _label_factors(class_weight, labels, sample_weight):
    """Return the weights of absence and presence of each label, (n_labels, 2)."""
    n_labels = labels.shape[1]
    per_label = class_weight if isinstance(class_weight, list) else [class_weight] * n_labels
    if len(per_label) != n_labels:
        raise ValueError(f"class_weight lists {len(per_label)} dictionaries for {n_labels} labels.")
    columns = labels.astype(np.int64).T
    both = np.array([0, 1])
    return np.array([_class_factors(w, both, y, sample_weight) for w, y in zip(per_label, columns, strict=True)])


def _class_factors(class_weight, classes, codes, sample_weight):
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=classes, y=classes[codes])
    sums = np.bincount(codes, weights=sample_weight, minlength=len(classes))
    present = sums > 0  # a label that no record has cannot be balanced
    factors = np.ones(len(classes))
    factors[present] = sums.sum() / (present.sum() * sums[present])
    return factors

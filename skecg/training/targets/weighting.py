"""The weight of each record, or of each record and label, in the loss."""

import numpy as np
from sklearn.utils.class_weight import compute_class_weight


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
    per_label = class_weight if isinstance(class_weight, list) else [class_weight] * n_labels
    if len(per_label) != n_labels:
        raise ValueError(f"class_weight lists {len(per_label)} dictionaries for {n_labels} labels.")
    columns = target.astype(np.int64).T
    factors = [_class_factors(w, np.array([0, 1]), y)[y] for w, y in zip(per_label, columns, strict=True)]
    return (sample_weight[:, None] * np.stack(factors, axis=1)).astype(np.float32)


def _class_factors(class_weight, classes, y):
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=classes, y=y)
    present = np.isin(classes, y)  # a label that no record has cannot be balanced
    factors = np.ones(len(classes))
    factors[present] = compute_class_weight("balanced", classes=classes[present], y=y)
    return factors

"""From labels to what the loss wants: targets, weights, the loss itself, the validation share."""

import numpy as np
import torch
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


class WeightedLoss(nn.Module):
    """Weighted mean of the cross-entropy, or of the binary one of each label.

    The weights of a batch are divided by their sum, so that a record of weight 2 counts
    exactly as the same record twice.

    Parameters
    ----------
    multilabel : bool
        Whether each output is a label of its own.
    """

    def __init__(self, multilabel):
        super().__init__()
        self.multilabel = multilabel

    def forward(self, logits, target_and_weight):
        target, weight = target_and_weight
        if self.multilabel:
            losses = binary_cross_entropy_with_logits(logits, target, reduction="none")
        else:
            losses = cross_entropy(logits, target, reduction="none")
        return (weight * losses).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)


def loss_weights(target, sample_weight, class_weight, classes):
    """Multiply sample and class weights.

    Parameters
    ----------
    target : ndarray of shape (n_records,), int, or (n_records, n_labels), float
        Encoded classes, or the indicator of the labels.
    sample_weight : ndarray of shape (n_records,)
    class_weight : None, "balanced", dict or list of dict
        For labels, a dict `{0: ..., 1: ...}` holds for each, a list gives one a label.
    classes : ndarray of shape (n_classes,) or list of ndarray
        The classes behind the target, or of each label.

    Returns
    -------
    weight : ndarray of the shape of target, float32
    """
    if target.ndim == 1:
        factors = _class_factors(class_weight, classes, classes[target])[target]
        return (sample_weight * factors).astype(np.float32)
    n_labels = target.shape[1]
    one_each = class_weight if isinstance(class_weight, list) else [class_weight] * n_labels
    if len(one_each) != n_labels:
        raise ValueError(f"class_weight lists {len(one_each)} dictionaries for {n_labels} labels.")
    columns = target.astype(np.int64).T
    factors = [_class_factors(w, np.array([0, 1]), y)[y] for w, y in zip(one_each, columns, strict=True)]
    return (sample_weight[:, None] * np.stack(factors, axis=1)).astype(np.float32)


def _class_factors(class_weight, classes, y):
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=classes, y=y)
    present = np.isin(classes, y)  # a label that no record has cannot be balanced
    factors = np.ones(len(classes))
    factors[present] = compute_class_weight("balanced", classes=classes[present], y=y)
    return factors


def validation_split(target, groups, fraction, random_state):
    """Split off a share of the records for early stopping, whole groups at a time.

    Parameters
    ----------
    target : ndarray of shape (n_records,) or (n_records, n_labels)
    groups : array-like of shape (n_records,) or None
        Patients; without them the records stand for themselves, stratified by class
        where every class has two records or more.
    fraction : float
        Share of the records, or of the groups.
    random_state : int

    Returns
    -------
    train, valid : ndarray of int
    """
    settings = {"n_splits": 1, "test_size": fraction, "random_state": random_state}
    if groups is not None:
        if len(np.unique(groups)) < 2:
            raise ValueError("early_stopping=True needs at least two groups of records to split, got one.")
        return next(GroupShuffleSplit(**settings).split(target, groups=groups))
    if target.ndim == 1:
        counts = np.bincount(target)
        n_valid = np.ceil(fraction * len(target))
        if counts.min() >= 2 and min(n_valid, len(target) - n_valid) >= len(counts):
            return next(StratifiedShuffleSplit(**settings).split(target, target))
    return next(ShuffleSplit(**settings).split(target))

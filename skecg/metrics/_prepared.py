"""Target, probabilities and predictions of each label, as reports score them."""

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.multiclass import type_of_target

from ._columns import columns_of
from ._positive import positive_class


def prepare(y_true, y_proba, labels, pos_label, threshold, class_weights=None):
    """Return target, probabilities and predictions, (n_records, n_labels) each, and the names of the labels."""
    P = check_array(y_proba, ensure_2d=False, dtype=np.float64, input_name="y_proba")
    if P.min() < 0 or P.max() > 1:
        raise ValueError(f"y_proba must be probabilities from 0 to 1, got {P.min():g} to {P.max():g}.")
    if type_of_target(y_true, input_name="y_true") == "multilabel-indicator":
        Y, P = columns_of(y_true, P)
        names = list(range(Y.shape[1])) if labels is None else list(labels)
        if len(names) != Y.shape[1]:
            raise ValueError(f"labels names {len(names)} labels, y_true has {Y.shape[1]}.")
    else:
        names = np.unique(y_true).tolist() if labels is None else list(labels)
        if len(names) == 2:
            names, P = _positive_first(names, P, positive_class(names, pos_label))
        Y, P = columns_of(y_true, P, labels=names)
        if len(names) > 2:
            weighted = P if class_weights is None else P * _checked(class_weights, P)
            return Y, P, weighted.argmax(axis=1)[:, None] == np.arange(len(names)), [str(name) for name in names]
        Y, P, names = Y[:, :1], P[:, :1], names[:1]
    if class_weights is not None:
        raise ValueError("class_weights are for more than two classes; labels, and two classes, have a threshold.")
    threshold = np.asarray(threshold, np.float64)
    if threshold.shape not in ((), (Y.shape[1],), Y.shape):
        raise ValueError(f"threshold must be one number or {Y.shape[1]}, one per label; got shape {threshold.shape}.")
    return Y, P, threshold <= P, [str(name) for name in names]


def _positive_first(names, P, positive):
    """Return both classes, the positive one first, and their probabilities; one column determines the other."""
    negative = names[1 - names.index(positive)]
    if P.ndim == 1:
        P = np.column_stack([P, 1 - P])
    elif names[0] != positive:
        P = P[:, ::-1]
    return [positive, negative], P


def _checked(class_weights, P):
    """Return the weights of classes as an array; raise ValueError if they do not fit the probabilities."""
    weights = np.asarray(class_weights, np.float64)
    if weights.shape not in (P.shape[1:], P.shape) or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError(f"class_weights must be {P.shape[1]} positive numbers, one per class; got {class_weights}.")
    return weights

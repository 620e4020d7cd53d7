"""Decide by thresholds: which classes or labels the probabilities of a model mean."""

from __future__ import annotations

import numpy as np

from ..estimators.model import NetworkClassifier, unwrap
from ..metrics._positive import positive_class
from ..model_selection._folds import positive_probabilities


def threshold_for(contract, pos_label, threshold=None):
    """Return the threshold of the class to detect, or those of the labels.

    Parameters
    ----------
    contract : SignalContract
    pos_label : object
        The class to detect, of two classes.
    threshold : float or array-like of shape (n_labels,), default=None
        Takes the place of the thresholds of the contract.

    Returns
    -------
    threshold : float or ndarray of shape (n_labels,)
        0.5 if the model has none.

    Raises
    ------
    ValueError
        If a threshold is no probability, if there are more than two classes, or if the numbers of thresholds and of
        labels differ.
    """
    n_labels = len(contract.labels)
    if threshold is not None:
        _check(threshold, n_labels, contract.multilabel)
        return threshold
    if contract.thresholds is None:
        return 0.5
    turned = not contract.multilabel and n_labels == 2 and pos_label != _class_of_threshold(contract)
    return 1 - np.asarray(contract.thresholds) if turned else contract.thresholds


def decision_settings(contract, pos_label, threshold=None):
    """Return how a model decides, as keywords of `report`; the parameters are those of `threshold_for`."""
    return {"threshold": threshold_for(contract, pos_label, threshold), "class_weights": contract.class_weights}


def _class_of_threshold(contract):
    return contract.labels[1] if contract.pos_label is None else contract.pos_label


def _check(threshold, n_labels, multilabel):
    if not multilabel and n_labels != 2:
        raise ValueError(
            f"threshold={threshold} is that of two classes or of labels; the model has {n_labels} classes."
        )
    values = np.asarray(threshold, float)
    if values.ndim and values.shape != ((n_labels,) if multilabel else (1,)):
        expected = f"one number or {n_labels}, one per label" if multilabel else "one number"
        raise ValueError(f"threshold must be {expected}, got {threshold}.")
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"threshold must be a probability from 0 to 1, got {threshold}.")


def decisions(estimator, X, contract, *, threshold=None, pos_label=None):
    """Return the probabilities of records, and what they mean, by one pass through the network.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier.
    X : ECGRecords or ndarray
    contract : SignalContract
        The contract of the estimator.
    threshold : float or array-like of shape (n_labels,), default=None
        By default that of the estimator.
    pos_label : object, default=None
        The class of the threshold, of two classes; by default that of the contract.

    Returns
    -------
    p : ndarray of shape (n_records, n_labels)
    decided : ndarray of shape (n_records,) or (n_records, n_labels)
        Classes, or a bool indicator.

    Notes
    -----
    A classifier that does not decide by its probabilities, such as a support vector machine, predicts for itself.
    """
    if pos_label is not None:
        check_positive(contract, pos_label)
    p = positive_probabilities(estimator, X)
    path, *_ = unwrap(estimator)
    outer = path.wrappers[0].model if path.wrappers else path.predictor
    if threshold is None and not _decides_by_probabilities(outer, contract):
        return p, np.asarray(estimator.predict(X))
    labels = np.asarray(contract.labels)
    if contract.multilabel:
        reaches = np.greater if threshold is None and isinstance(outer, NetworkClassifier) else np.greater_equal
        return p, reaches(p, threshold_for(contract, None, threshold))
    if threshold is None and contract.thresholds is None:
        weights = 1 if contract.class_weights is None else np.asarray(contract.class_weights)
        return p, labels[(p * weights).argmax(axis=1)]
    positive = _class_of_threshold(contract)
    if threshold is not None:
        _check(threshold, len(labels), multilabel=False)
        positive = positive_class(labels, contract.pos_label if pos_label is None else pos_label)
    column = list(contract.labels).index(positive)
    found = p[:, column] >= np.ravel(threshold_for(contract, positive, threshold))
    return p, labels[np.where(found, column, 1 - column)]


def check_positive(contract, pos_label):
    """Raise ValueError if a model has no such class to detect.

    Parameters
    ----------
    contract : SignalContract
        Holds the labels.
    pos_label : object
        The class that the user names.
    """
    n_labels = len(contract.labels)
    if contract.multilabel or n_labels != 2:
        there = f"{n_labels} {'labels' if contract.multilabel else 'classes'}"
        raise ValueError(f"pos_label={pos_label!r} names one of two classes; the model has {there}.")
    positive_class(contract.labels, pos_label)


def _decides_by_probabilities(outer, contract):
    """Return whether the outermost model predicts what reaches a threshold, or the most probable class."""
    if isinstance(outer, NetworkClassifier) or hasattr(outer, "class_weights_"):
        return True
    return contract.thresholds is not None and any(hasattr(outer, name) for name in ("threshold", "thresholds_"))

"""Folds that keep patients together, and the probabilities of records by estimators that did not train on them."""

import warnings
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.utils.multiclass import type_of_target

from .._scikit_learn import _safe_indexing
from ..estimators.labels import check_classes
from ..estimators.metadata import ends_frozen, rows_of
from ._groups import groups_of, warn_of_shared_patients
from ._split import MultilabelStratifiedGroupKFold, MultilabelStratifiedKFold
from ._stratify import as_indicator, check_rare


def make_splits(cv, X, y, groups):
    """Return the (train, test) pairs of `cv`, split by patient if the patients are known.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
        An int means stratified folds, for classes or labels, split by group if there are groups.
    X : ECGRecords or array-like
    y : array-like of shape (n_records,) or (n_records, n_labels)
    groups : ndarray of shape (n_records,) or None

    Raises
    ------
    ValueError
        If a class or label has fewer positive records, or patients, than there are folds; if a fold names a record
        that does not exist, or trains on one of its test records.
    """
    cv = 5 if cv is None else cv
    if isinstance(cv, Integral):
        message = check_rare(as_indicator(y), groups, cv)
        if message:
            raise ValueError(message)
        multilabel = type_of_target(y) == "multilabel-indicator"
        if multilabel:
            cv = MultilabelStratifiedKFold(cv) if groups is None else MultilabelStratifiedGroupKFold(cv)
        else:
            cv = StratifiedKFold(cv) if groups is None else StratifiedGroupKFold(cv)
    # Without patients, the folds of PTB-XL serve a splitter that needs groups.
    split_groups = groups_of(X) if groups is None else groups
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The groups parameter is ignored")  # the warning below is clearer
        splits = list(check_cv(cv, y, classifier=True).split(np.zeros(len(y)), y, split_groups))
    splits = [tuple(_as_rows(part, len(y)) for part in split) for split in splits]
    for fold, (train, test) in enumerate(splits):
        if len(shared := np.intersect1d(train, test)):
            raise ValueError(f"Fold {fold} of cv trains on {len(shared)} of its {len(test)} test records.")
    warn_of_shared_patients(splits, groups)
    return splits


def splits_for(estimator, cv, X, y, groups):
    """Return the folds of `make_splits`; for a frozen estimator, which does not train, one with all records."""
    if isinstance(estimator, FrozenEstimator):
        return [(np.arange(len(y)),) * 2]
    return make_splits(cv, X, y, groups)


def cv_of_rows(cv, rows, n_records):
    """Return `cv` for some rows of the records: splits in a list are renumbered, and lose the other rows."""
    if cv is None or isinstance(cv, Integral) or hasattr(cv, "split"):
        return cv
    place = np.full(n_records, -1)
    place[rows] = np.arange(len(rows))
    splits = [tuple(place[_as_rows(part, n_records)] for part in split) for split in cv]
    return [tuple(part[part >= 0] for part in split) for split in splits]


def _as_rows(part, n_records):
    """Return the records of one part of a split as integers, which may be a mask; raise if one does not exist."""
    part = np.asarray(part)
    if part.dtype == bool and part.shape == (n_records,):
        return np.flatnonzero(part)
    if part.ndim != 1 or part.dtype.kind not in "iu" or (part < 0).any() or (part >= n_records).any():
        raise ValueError(
            f"A fold of cv must hold numbers of records, 0 to {n_records - 1}, or a mask; got {part!r:.80}."
        )
    return part


def positive_probabilities(fitted, X):
    """Return the probabilities of a fitted classifier, (n_records, n_labels); two columns for two classes."""
    probabilities = fitted.predict_proba(X)
    if not isinstance(probabilities, list):
        return np.asarray(probabilities)
    # Multi-label classifiers of scikit-learn return one array per label, with a column for each class seen in training.
    where = [list(classes).index(1) if 1 in classes else None for classes in fitted.classes_]
    columns = [np.zeros(len(p)) if i is None else p[:, i] for p, i in zip(probabilities, where, strict=True)]
    return np.column_stack(columns)


def take_over_input(outer, fitted):
    """Copy the attributes that describe the input from a fitted inner estimator to its meta-estimator."""
    for name in ("n_features_in_", "feature_names_in_"):
        if hasattr(fitted, name):
            setattr(outer, name, getattr(fitted, name))
        elif name in vars(outer):  # it was set by an earlier fit
            delattr(outer, name)


def in_order_of(classes, fitted, probabilities):
    """Return probabilities of a fitted classifier with their columns in the order of some classes.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,), or list of n_labels ndarray
        The classes, or those of each label.
    fitted : classifier
        Its classes are among `classes` (see `check_classes`); a class that it lacks gets the probability zero.
    probabilities : ndarray of shape (n_records, n_columns)

    Returns
    -------
    probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)

    Raises
    ------
    ValueError
        If the number of columns differs from the number of classes of the classifier, or of labels.
    """
    labels = isinstance(classes, list)
    known = range(len(classes)) if labels else np.asarray(getattr(fitted, "classes_", classes)).tolist()
    if probabilities.shape[1] != len(known):
        kind = "labels of y" if labels else "classes of the classifier"
        raise ValueError(
            f"{type(fitted).__name__} predicts {probabilities.shape[1]} columns, expected {len(known)}, the {kind}."
        )
    if labels:
        return probabilities
    column = {value: i for i, value in enumerate(classes.tolist())}
    ordered = np.zeros((len(probabilities), len(classes)), probabilities.dtype)
    ordered[:, [column[value] for value in known]] = probabilities
    return ordered


def predict_out_of_fold(estimator, X, y, splits, params, *, classes, n_jobs, name):
    """Return the probabilities of each record by a clone that did not train on it.

    Parameters
    ----------
    estimator : classifier
    X : ECGRecords or array-like of shape (n_records, ...)
    y : ndarray of shape (n_records,) or (n_records, n_labels)
    splits : list of (train, test)
        Each record must be in one test part.
    params : dict
        Parameters of `fit`; those with one value per record are split too.
    classes : ndarray of shape (n_classes,), or list of n_labels ndarray
        The classes of y, in the order of the columns.
    n_jobs : int or None
        Number of folds fitted in parallel.
    name : str
        Name of the meta-estimator, for error messages.

    Returns
    -------
    probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)

    Raises
    ------
    ValueError
        If the splits do not test every record once, if a training part holds one class only, or if the estimator is
        frozen and has other classes than y.
    """
    tested = np.concatenate([test for _, test in splits])
    if sorted(tested) != list(range(len(y))):
        raise ValueError(f"{name} needs a cv that tests every record once, as k folds do.")
    if not isinstance(classes, list) and any(len(np.unique(y[train])) < 2 for train, _ in splits):
        raise ValueError("A training fold holds one class only; take a stratified cv or fewer folds.")
    parts = Parallel(n_jobs=n_jobs)(
        delayed(_fit_and_predict)(estimator, X, y, train, test, params, classes, name) for train, test in splits
    )
    p = np.empty((len(y), len(classes)))
    for (_, test), part in zip(splits, parts, strict=True):
        p[test] = part
    return p


def _fit_and_predict(estimator, X, y, train, test, params, classes, name):
    """Fit a clone to the training records and return its probabilities of the test records."""
    params = rows_of(params, train, len(y))
    fitted = clone(estimator).fit(_safe_indexing(X, train), y[train], **params)
    check_classes(fitted, classes, f"The estimator inside {name}", may_lack=not ends_frozen(estimator))
    return in_order_of(classes, fitted, positive_probabilities(fitted, _safe_indexing(X, test)))

"""Scores of estimators by the number of training records."""

from __future__ import annotations

from numbers import Integral, Real
from time import perf_counter

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.utils import check_random_state, column_or_1d, indexable
from sklearn.utils.multiclass import type_of_target

from .._scikit_learn import HasMethods, Interval, _safe_indexing, validate_params
from ..estimators.metadata import fit_keywords, rows_of
from ..estimators.parts import check_parts
from ..metrics import macro_auc_score
from ..records import ECGRecords
from ._folds import make_splits, positive_probabilities
from ._groups import resolve_groups
from ._stratify import as_indicator, assign, units_of


@validate_params(
    {
        "estimators": [dict],
        "X": ["array-like", ECGRecords],
        "y": ["array-like"],
        "sizes": ["array-like"],
        "cv": [Interval(Integral, 2, None, closed="left"), HasMethods(["split"]), list],
        "groups": ["array-like", None],
        "scoring": [str, callable, None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=False,
)
def transfer_curve(estimators, X, y, *, sizes, cv=5, groups=None, scoring=None, n_jobs=None, random_state=None):
    """Score estimators for several numbers of training records.

    The curve shows whether pretrained weights help, and up to which size of the target set. In each
    fold all estimators learn from the same records, and the records of a smaller size are a subset of
    the records of a larger size, so the differences are paired.

    Parameters
    ----------
    estimators : dict of str to classifier
        Any classifiers or pipelines, by name. An example is
        `{"from scratch": CRNNClassifier(), "head": CRNNClassifier(pretrained=..., fine_tune="head")}`.
    X : ECGRecords or array-like of shape (n_records, ...)
        The target set.
    y : array-like of shape (n_records,) or (n_records, n_labels)
        Classes, or a 0/1 indicator of labels.
    sizes : sequence of int or float
        Numbers of training records, or shares of the training fold in (0, 1]. With groups, whole
        patients are drawn, and the number of records is as close to the size as whole patients allow.
    cv : int, splitter or list of (train, test), default=5
        Number of stratified folds, split by patient if the patients are known; or the folds themselves.
    groups : array-like of shape (n_records,), default=None
        The patient of each record, for the folds, the draws, and each estimator whose `fit` takes groups (of a
        pipeline, its last step); by default `metadata["patient_id"]` of `ECGRecords`.
    scoring : str or callable, default=None
        As in scikit-learn; by default `skecg.metrics.macro_auc_score` of the probabilities.
    n_jobs : int, default=None
        Number of fits in parallel.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws of records; the estimators have their own seeds.

    Returns
    -------
    curve : pandas.DataFrame
        One row for each fit: `estimator`, `size` (as passed), `fold`, `n_train` (number of training
        records), `score` (on the test records of the fold) and `fit_time` in s.

    Raises
    ------
    ValueError
        If there are no estimators or sizes, a size is larger than a training fold, a class has fewer
        positives than folds, or a class is missing from a draw; if groups cannot reach an estimator that
        takes them.
    TypeError
        If an estimator is a class, or has no `predict_proba` where the default score needs it.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skecg.model_selection import transfer_curve
    >>> X, y = make_classification(200, random_state=0)
    >>> estimators = {"bayes": GaussianNB(), "logistic": LogisticRegression()}
    >>> curve = transfer_curve(estimators, X, y, sizes=[20, 160], random_state=0)
    >>> curve.groupby(["estimator", "size"])["score"].mean().round(2).tolist()
    [0.93, 0.97, 0.92, 0.97]
    """
    import pandas as pd

    if not estimators:
        raise ValueError("estimators is empty; pass at least one, as {name: estimator}.")
    if not len(sizes):
        raise ValueError("sizes is empty; pass at least one number of records, or share of them.")
    methods = ("fit", "predict_proba") if scoring is None else ("fit",)
    check_parts({f"estimators[{name!r}]": estimator for name, estimator in estimators.items()}, methods)
    X, y = indexable(X, y)
    given, groups = {} if groups is None else {"groups": column_or_1d(groups)}, resolve_groups(X, groups)
    implied = {} if groups is None or given else {"groups": groups}
    params = {name: fit_keywords(estimator, given, implied) for name, estimator in estimators.items()}
    splits = make_splits(cv, X, y, groups)
    rng = check_random_state(random_state)
    draws = []
    for fold, (train, test) in enumerate(splits):
        numbers = [_number(size, len(train)) for size in sizes]
        subsets = _nested(train, numbers, y, groups, rng)
        draws += [(fold, size, rows, test) for size, rows in zip(sizes, subsets, strict=True)]
    rows = Parallel(n_jobs=n_jobs)(
        delayed(_fit_and_score)(name, estimator, X, y, params[name], draw, scoring)
        for draw in draws
        for name, estimator in estimators.items()
    )
    return pd.DataFrame(rows, columns=["estimator", "size", "fold", "n_train", "score", "fit_time"])


def _number(size, n_train):
    if isinstance(size, Integral) and 1 <= size <= n_train:
        return int(size)
    if isinstance(size, Real) and not isinstance(size, Integral) and 0 < size <= 1:
        return max(1, round(size * n_train))
    raise ValueError(
        f"A size must be a number of records, at most the {n_train} of the training fold, or a share of them in "
        f"(0, 1]; got {size!r}."
    )


def _nested(train, numbers, y, groups, rng):
    """Return one draw of `train` for each number; each draw is stratified and a subset of every larger draw."""
    target = as_indicator(y)
    subsets, rows = [None] * len(numbers), np.sort(train)
    for k in np.argsort(numbers, kind="stable")[::-1]:
        unit, counts, sizes = units_of(target[rows], None if groups is None else groups[rows])
        share = numbers[k] / len(rows)
        if share < 1:
            rows = rows[(assign(counts, sizes, np.array([share, 1 - share]), rng) == 0)[unit]]
        _check_classes(y, target, train, rows, numbers[k])
        subsets[k] = rows
    return subsets


def _check_classes(y, target, train, rows, number):
    missing = target[train].any(axis=0) & ~target[rows].any(axis=0)
    if (missing.any() and type_of_target(y) != "multilabel-indicator") or not len(rows):
        raise ValueError(f"A draw of {number} records leaves a class without any record; use larger sizes.")


def _fit_and_score(name, estimator, X, y, params, draw, scoring):
    fold, size, train, test = draw
    scorer = _macro_auc if scoring is None else check_scoring(estimator, scoring)
    params = rows_of(params, train, len(y))
    started = perf_counter()
    fitted = clone(estimator).fit(_safe_indexing(X, train), _safe_indexing(y, train), **params)
    seconds = perf_counter() - started
    score = float(scorer(fitted, _safe_indexing(X, test), _safe_indexing(y, test)))
    return name, size, fold, len(train), score, seconds


def _macro_auc(classifier, X, y):
    p = positive_probabilities(classifier, X)
    labels = None if type_of_target(y) == "multilabel-indicator" else classifier.classes_
    return macro_auc_score(y, p, labels=labels)

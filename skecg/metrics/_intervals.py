"""Confidence intervals by a bootstrap over patients."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d

from .._scikit_learn import Interval, validate_params


class ScoreInterval(NamedTuple):
    """A score with its confidence interval, as `bootstrap_interval` returns it.

    Parameters
    ----------
    estimate : float or ndarray
        The score of all records.
    low, high : float or ndarray
        The ends of the interval.

    Examples
    --------
    >>> from skecg.metrics import ScoreInterval
    >>> print(ScoreInterval(0.92, 0.9, 0.9345))
    0.920 (0.900 to 0.934)
    """

    estimate: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray

    def __str__(self):
        parts = zip(*(np.ravel(part) for part in self), strict=True)
        return ", ".join(f"{estimate:.3f} ({low:.3f} to {high:.3f})" for estimate, low, high in parts)


_BOOTSTRAP = {
    "metric": [callable],
    "y_true": ["array-like"],
    "y_score": ["array-like"],
    "groups": ["array-like", None],
    "n_resamples": [Interval(Integral, 1, None, closed="left")],
    "confidence_level": [Interval(Real, 0, 1, closed="neither")],
    "random_state": ["random_state"],
}


@validate_params(_BOOTSTRAP, prefer_skip_nested_validation=False)
def bootstrap_interval(
    metric, y_true, y_score, *, groups=None, n_resamples=1000, confidence_level=0.95, random_state=None
):
    """Bootstrap a confidence interval of a score, by patient.

    Records of one patient resemble each other. An interval that draws records as if each came
    from a different patient is therefore too narrow. `bootstrap_interval` draws whole groups with
    replacement (the cluster bootstrap [1]_) and returns percentiles of the scores of the draws. The
    interval shows how the score varies with the test patients; the training set and its seed stay fixed.

    Parameters
    ----------
    metric : callable
        `metric(y_true, y_score)` returns a float, or an array to get one interval for each element.
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels.
    y_score : array-like of shape (n_records,) or (n_records, n_outputs)
        What the metric compares with `y_true`: labels, probabilities, ...
    groups : array-like of shape (n_records,), default=None
        The patient of each record; by default every record is its own group. A record whose group is
        missing (NaN, None) is always its own group.
    n_resamples : int, default=1000
        Number of draws. This default is our choice: about 25 draws lie beyond each end of a 95 % interval.
    confidence_level : float, default=0.95
        Share of the draws that lies inside the interval.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    interval : ScoreInterval
        The named tuple `(estimate, low, high)`.

    Raises
    ------
    ValueError
        If the lengths disagree, there is only one group, the metric is undefined for all
        records together, or the metric is undefined in more than half of the draws. A single draw with an
        undefined metric (for example, a draw with only one class) is repeated.

    References
    ----------
    .. [1] C. A. Field, A. H. Welsh, "Bootstrapping clustered data", JRSS B 69, 2007.

    Examples
    --------
    >>> from sklearn.metrics import roc_auc_score
    >>> from skecg.metrics import bootstrap_interval
    >>> y, score, patient = [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.9, 0.2, 0.8], [0, 0, 1, 1, 2, 3]
    >>> interval = bootstrap_interval(roc_auc_score, y, score, groups=patient, random_state=0)
    >>> interval.estimate, interval.high
    (0.888..., 1.0)
    """
    y_true, y_score = np.asarray(y_true), np.asarray(y_score)
    check_consistent_length(y_true, y_score)

    def score_of(rows):
        return metric(y_true[rows], y_score[rows])

    return _bootstrap(score_of, len(y_true), groups, n_resamples, confidence_level, random_state)


@validate_params({**_BOOTSTRAP, "y_other": ["array-like"]}, prefer_skip_nested_validation=False)
def bootstrap_difference(
    metric, y_true, y_score, y_other, *, groups=None, n_resamples=1000, confidence_level=0.95, random_state=None
):
    """Bootstrap a confidence interval of the difference of two models, by patient.

    Both models are scored on the same draws of patients, so the difficulty that a draw has for both
    models cancels: the interval is narrower than two separate intervals suggest. If the interval excludes
    zero, the models differ on these patients beyond chance.

    Parameters
    ----------
    metric : callable
        `metric(y_true, y_score)` returns a float, or an array to get one interval for each element.
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels.
    y_score : array-like of shape (n_records,) or (n_records, n_outputs)
        Labels, probabilities, ... of the first model.
    y_other : array-like of shape (n_records,) or (n_records, n_outputs)
        Those of the second model, for the same records in the same order.
    groups : array-like of shape (n_records,), default=None
        The patient of each record; by default every record is its own group. A record whose group is
        missing (NaN, None) is always its own group.
    n_resamples : int, default=1000
        Number of draws, as in `bootstrap_interval`.
    confidence_level : float, default=0.95
        Share of the draws that lies inside the interval.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    interval : ScoreInterval
        The score of the first model minus the score of the second, with its interval.

    Raises
    ------
    ValueError
        As in `bootstrap_interval`.

    Examples
    --------
    >>> from sklearn.metrics import accuracy_score
    >>> from skecg.metrics import bootstrap_difference
    >>> y, one, other = [0, 1] * 20, [0, 1] * 18 + [1, 0] * 2, [0, 1] * 15 + [0, 0] * 5
    >>> print(bootstrap_difference(accuracy_score, y, one, other, random_state=0))
    0.025 (-0.100 to 0.125)
    """
    y_true, y_score, y_other = (np.asarray(values) for values in (y_true, y_score, y_other))
    check_consistent_length(y_true, y_score, y_other)

    def difference_of(rows):
        return np.subtract(metric(y_true[rows], y_score[rows]), metric(y_true[rows], y_other[rows]))

    return _bootstrap(difference_of, len(y_true), groups, n_resamples, confidence_level, random_state)


def group_numbers(groups, n_records):
    """Return the group number of each record, from 0, and the number of groups; a missing group is its own group."""
    import pandas as pd  # pandas is slow to import and used only here

    if isinstance(groups, list | tuple):
        groups = np.asarray(groups, object)  # otherwise numpy turns NaN among strings into the string "nan"
    groups = np.arange(n_records) if groups is None else column_or_1d(groups)
    check_consistent_length(np.arange(n_records), groups)
    group, names = pd.factorize(groups, sort=True)
    unknown = group < 0
    n_groups = len(names) + int(unknown.sum())
    group[unknown] = np.arange(len(names), n_groups)
    if n_groups < 2:
        raise ValueError(f"A bootstrap needs at least two groups to draw from, got {n_groups}.")
    return group, n_groups


def _bootstrap(statistic, n_records, groups, n_resamples, confidence_level, random_state):
    """Return the estimate of `statistic(rows)` and its percentiles over draws of whole groups."""
    group, n_groups = group_numbers(groups, n_records)
    estimate = statistic(slice(None))
    if np.isnan(estimate).any():
        raise ValueError(f"The metric is undefined for the records as a whole: {estimate}.")
    rng = check_random_state(random_state)
    scores = []
    for _ in range(2 * n_resamples):
        times_drawn = np.bincount(rng.randint(n_groups, size=n_groups), minlength=n_groups)
        score = _score_or_nan(statistic, np.repeat(np.arange(n_records), times_drawn[group]))
        if not np.isnan(score).any():
            scores.append(score)
        if len(scores) == n_resamples:
            ends = np.quantile(scores, [(1 - confidence_level) / 2, (1 + confidence_level) / 2], axis=0)
            return ScoreInterval(*(part if np.ndim(part) else float(part) for part in (estimate, *ends)))
    raise ValueError(
        f"The metric was undefined in {2 * n_resamples - len(scores)} of {2 * n_resamples} draws: "
        "there are too few groups of some class for an interval."
    )


def _score_or_nan(statistic, rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        try:
            return statistic(rows)
        except ValueError:  # the metric worked on all records, so this draw lacks a class
            return np.nan

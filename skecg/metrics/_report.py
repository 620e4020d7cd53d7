"""Tables for a paper: scores with intervals, for all patients and subgroups, and comparisons of two models."""

from __future__ import annotations

import warnings
from numbers import Integral, Real

import numpy as np

from .._placeholders import filler_of
from .._scikit_learn import HasMethods, Interval, validate_params
from ._prepared import prepare
from ._resampled import SCORES, draw_weights, scores_of_draws
from ._subgroups import rows_of_subgroups

_SHARED = {
    "y_true": ["array-like"],
    "y_proba": ["array-like"],
    "groups": ["array-like", None],
    "labels": ["array-like", None],
    "pos_label": [Real, str, "boolean", None],
    "threshold": [Interval(Real, 0, 1, closed="both"), "array-like"],
    "specificity": [Interval(Real, 0, 1, closed="both")],
    "prevalence": [Interval(Real, 0, 1, closed="neither"), None],
    "n_resamples": [Interval(Integral, 2, None, closed="left")],
    "confidence_level": [Interval(Real, 0, 1, closed="neither")],
    "random_state": ["random_state"],
}
_fill_shared = filler_of(
    """
    groups : array-like of shape (n_records,), default=None
        The patient of each record, such as `groups_of(records)`. By default every record counts as
        a separate patient; a record with a missing patient (NaN, None) always does.
    labels : sequence, default=None
        For classes: the class of each column of `y_proba`, by default the sorted classes. For an
        indicator: names of the labels, by default their numbers.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes; a single column of `y_proba` holds its probability. It names
        the rows of the table. None means the second of two numbers; two texts need a name.
    specificity : float, default=0.9
        Specificity at which `sensitivity_at_specificity` is computed.
    prevalence : float, default=None
        Prevalence for which `ppv` and `npv` are computed; by default that of the records.
    confidence_level : float, default=0.95
        Share of the draws that lies inside the interval.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.
    """
)


@_fill_shared
@validate_params(
    {**_SHARED, "subgroups": [dict, HasMethods("items"), None], "class_weights": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def report(
    y_true,
    y_proba,
    *,
    groups=None,
    subgroups=None,
    labels=None,
    pos_label=None,
    threshold=0.5,
    specificity=0.9,
    prevalence=None,
    n_resamples=1000,
    confidence_level=0.95,
    random_state=None,
    class_weights=None,
):
    """Compute all usual scores of probabilities, with intervals that resample patients.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        Two classes, several, or a 0/1 indicator of labels.
    y_proba : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
        Probabilities; one column suffices for two classes.
    **groups
    subgroups : dict or DataFrame of n_records rows, default=None
        Columns whose values define subgroups that are also scored separately, such as
        `records.metadata[["age", "sex"]]`. An `age` in years is cut into bands: under 40, 40-59,
        60-79, 80 and over.
    **labels
    **pos_label
    threshold : float or array-like of shape (n_labels,) or (n_records, n_labels), default=0.5
        Lowest probability at which a label is predicted, such as `TunedLabelThresholds.thresholds_`; one
        for each record if each fold of a cross-validation tuned its own. More than two classes have
        `class_weights` instead.
    **specificity
    **prevalence
    n_resamples : int, default=1000
        Number of draws. The default is our choice: about 25 draws determine each end of a 95 % interval.
    **confidence_level
    **random_state
    class_weights : array-like of shape (n_classes,) or (n_records, n_classes), default=None
        For more than two classes: weights of the probabilities, such as `TunedClassWeights.class_weights_`. The class
        with the highest product is predicted; None means the most probable class.

    Returns
    -------
    table : pandas.DataFrame
        One row for each subgroup ("all" first), label ("macro", the mean over the defined ones, first
        where there are several) and score: `auroc`, `average_precision`, `f1`, `sensitivity`,
        `specificity`, `g_mean`, `ppv`, `npv`, `f_beta` and `g_beta` (beta 2, of the CinC Challenge
        2020), `sensitivity_at_specificity`, `brier`, `calibration_error` (15 bins) and, under "macro" or
        the one label, `exact_match` (`accuracy_score`). Columns: `estimate`, `low`, `high`,
        `n_records`, `n_positive`. nan if a score is undefined, for the records or in most of the draws.

    Raises
    ------
    ValueError
        If shapes or lengths disagree, `y_proba` is not within 0 and 1, there is one group only, or
        `pos_label` names neither of two classes, or none of two texts.

    Notes
    -----
    Percentiles of the cluster bootstrap, as in `skecg.metrics.bootstrap_interval`. The draws
    are the same for all scores, labels and subgroups.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.reporting import report
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 200)
    >>> table = report(y, (y + rng.random(200)) / 2, groups=np.arange(200) // 2, n_resamples=100, random_state=0)
    >>> float(table.loc[("all", "1", "specificity"), "estimate"])
    1.0
    >>> table = report(y, rng.random(200), subgroups={"sex": rng.choice(["male", "female"], 200)}, n_resamples=100)
    >>> table.index.get_level_values("subgroup").unique().tolist()
    ['all', 'sex: female', 'sex: male']
    """
    import pandas as pd

    Y, P, predicted, names = prepare(y_true, y_proba, labels, pos_label, threshold, class_weights)
    weights = draw_weights(groups, len(Y), n_resamples, random_state)
    parts = {"all": np.arange(len(Y))} | rows_of_subgroups(subgroups, len(Y))
    settings = {"specificity": specificity, "prevalence": prevalence}
    tables = []
    for part, rows in parts.items():
        draws = _table_of_draws(*scores_of_draws(Y[rows], P[rows], predicted[rows], weights[:, rows], **settings))
        low, high = _percentiles(draws[1:], confidence_level)
        table = pd.DataFrame({"estimate": draws[0], "low": low, "high": high}, index=_index(names, part))
        n_positive = Y[rows].sum(axis=0).tolist()
        macro = [int(Y[rows].any(axis=1).sum())] if len(names) > 1 else []
        counts = [n for n in [*macro, *n_positive] for _ in SCORES]
        table["n_records"] = len(rows)
        table["n_positive"] = [counts[0], *counts]  # exact match comes first
        tables.append(table)
    return pd.concat(tables)


@_fill_shared
@validate_params({**_SHARED, "y_other": ["array-like"]}, prefer_skip_nested_validation=True)
def compare(
    y_true,
    y_proba,
    y_other,
    *,
    groups=None,
    labels=None,
    pos_label=None,
    threshold=0.5,
    specificity=0.9,
    prevalence=None,
    n_resamples=1000,
    confidence_level=0.95,
    random_state=None,
):
    """Compare two models on the same records: the paired bootstrap difference of every score.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        Two classes, several, or a 0/1 indicator of labels.
    y_proba : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
        Probabilities of the first model.
    y_other : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
        Probabilities of the second model.
    **groups
    **labels
    **pos_label
    threshold : float or array-like of shape (n_labels,), default=0.5
        As in `report`; the same for both models.
    **specificity
    **prevalence
    n_resamples : int, default=1000
        Number of draws.
    **confidence_level
    **random_state

    Returns
    -------
    table : pandas.DataFrame
        One row for each label and score, as in `report`, with `first`, `second`, `difference` (first
        less second), its interval `low` and `high`, and `p_value`: twice the share of the draws on
        the far side of zero, at most 1 and never 0.

    Raises
    ------
    ValueError
        As `report`.

    Notes
    -----
    Both models are scored on the same draws of patients, so difficulties that both models share
    cancel. Neither the intervals nor the p values are corrected for the number of rows: choose the score
    before you look at the table. Lower values of Brier score and calibration error are better.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.reporting import compare
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 200)
    >>> good, fair = (np.clip(y / 2 + rng.normal(0.25, spread, 200), 0, 1) for spread in (0.2, 0.5))
    >>> row = compare(y, good, fair, n_resamples=200, random_state=0).loc[("1", "auroc")]
    >>> bool(row["low"] > 0)
    True
    """
    import pandas as pd

    weights, settings, tables = None, {"specificity": specificity, "prevalence": prevalence}, []
    for proba in (y_proba, y_other):
        Y, P, predicted, names = prepare(y_true, proba, labels, pos_label, threshold)
        weights = draw_weights(groups, len(Y), n_resamples, random_state) if weights is None else weights
        tables.append(_table_of_draws(*scores_of_draws(Y, P, predicted, weights, **settings)))
    difference = tables[0] - tables[1]
    low, high = _percentiles(difference[1:], confidence_level)
    columns = {"first": tables[0][0], "second": tables[1][0], "difference": difference[0], "low": low, "high": high}
    return pd.DataFrame({**columns, "p_value": _p_values(difference[1:])}, index=_index(names))


def _table_of_draws(scores, exact):
    """Return the rows of the table for every draw, (n_draws, n_rows): exact match, macro, then the labels."""
    parts = [exact[:, None]]
    if scores.shape[1] > 1:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Mean of empty slice")
            parts.append(np.nanmean(scores, axis=1))
    return np.concatenate([*parts, scores.reshape(len(scores), -1)], axis=1)


def _index(names, subgroup=None):
    import pandas as pd

    first = "macro" if len(names) > 1 else names[0]
    pairs = [(first, "exact_match")]
    pairs += [(name, score) for name in (["macro"] if len(names) > 1 else []) + names for score in SCORES]
    if subgroup is None:
        return pd.MultiIndex.from_tuples(pairs, names=["label", "score"])
    return pd.MultiIndex.from_tuples([(subgroup, *pair) for pair in pairs], names=["subgroup", "label", "score"])


def _percentiles(draws, confidence_level):
    mostly = np.isnan(draws).mean(axis=0) <= 0.5
    ends = np.full((2, draws.shape[1]), np.nan)
    ends[:, mostly] = np.nanquantile(draws[:, mostly], [(1 - confidence_level) / 2, (1 + confidence_level) / 2], axis=0)
    return ends


def _p_values(draws):
    n_defined = (~np.isnan(draws)).sum(axis=0)
    beyond = np.minimum((draws <= 0).sum(axis=0), (draws >= 0).sum(axis=0))
    return np.where(n_defined > len(draws) / 2, np.minimum(1, 2 * (beyond + 1) / (n_defined + 1)), np.nan)

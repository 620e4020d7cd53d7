"""All scores of many bootstrap draws at once; a draw is a row of weights that count how often each record occurs."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_random_state

from ._beta import label_weights
from ._calibration import bins_of
from ._intervals import group_numbers

SCORES = (
    "auroc",
    "average_precision",
    "f1",
    "sensitivity",
    "specificity",
    "g_mean",
    "ppv",
    "npv",
    "f_beta",
    "g_beta",
    "sensitivity_at_specificity",
    "brier",
    "calibration_error",
)
BETA = 2.0
N_BINS = 15
BLOCK = 2_000_000  # number of weights in memory at once, 16 MB


def draw_weights(groups, n_records, n_resamples, random_state):
    """Draw whole groups with replacement.

    Parameters
    ----------
    groups : array-like of shape (n_records,) or None
    n_records, n_resamples : int
    random_state : int, RandomState instance or None

    Returns
    -------
    weights : ndarray of shape (1 + n_resamples, n_records), float32
        The first row is all ones: every record once.
    """
    group, n_groups = group_numbers(groups, n_records)
    rng = check_random_state(random_state)
    weights = np.ones((1 + n_resamples, n_records), np.float32)
    for row in weights[1:]:
        row[:] = np.bincount(rng.randint(n_groups, size=n_groups), minlength=n_groups)[group]
    return weights


def scores_of_draws(Y, P, predicted, weights, *, specificity, prevalence):
    """Compute the scores of every draw.

    Parameters
    ----------
    Y, predicted : ndarray of shape (n_records, n_labels), bool
    P : ndarray of shape (n_records, n_labels)
        Probabilities.
    weights : ndarray of shape (n_draws, n_records)
    specificity : float
        Required specificity of `sensitivity_at_specificity`.
    prevalence : float or None
        Prevalence for the predictive values; None means the prevalence in the draw.

    Returns
    -------
    scores : ndarray of shape (n_draws, n_labels, n_scores)
        In the order of `SCORES`, nan where undefined.
    exact : ndarray of shape (n_draws,)
        Share of the records of which all labels are predicted correctly.
    """
    scores = np.empty((len(weights), Y.shape[1], len(SCORES)))
    exact = np.empty(len(weights))
    right = (predicted == Y).all(axis=1)
    step = max(1, BLOCK // max(1, len(Y)))
    for start in range(0, len(weights), step):
        part = slice(start, start + step)
        w = weights[part].astype(np.float64)
        named = _counted(Y, predicted, w, prevalence)
        for k in range(Y.shape[1]):
            ranked = _ranked(Y[:, k], P[:, k], w, specificity)
            for name, values in (ranked | _probable(Y[:, k], P[:, k], w)).items():
                named.setdefault(name, np.empty((len(w), Y.shape[1])))[:, k] = values
        scores[part] = np.stack([named[name] for name in SCORES], axis=2)
        exact[part] = _ratio(w @ right, w.sum(axis=1))
    return scores, exact


def _counted(Y, predicted, w, prevalence):
    """Return the scores that are computed from the confusion counts, each (n_draws, n_labels)."""
    tp, fp, fn, tn = (w @ cell for cell in (Y & predicted, ~Y & predicted, Y & ~predicted, ~Y & ~predicted))
    se, sp = _ratio(tp, tp + fn), _ratio(tn, tn + fp)
    p = (tp + fn) / np.maximum(w.sum(axis=1, keepdims=True), 1) if prevalence is None else prevalence
    shared = w * label_weights(Y)
    hits, false, missed = (shared @ cell for cell in (Y & predicted, ~Y & predicted, Y & ~predicted))
    with_rates = prevalence is not None
    return {
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "sensitivity": se,
        "specificity": sp,
        "g_mean": np.sqrt(se * sp),
        "ppv": _ratio(se * p, se * p + (1 - sp) * (1 - p)) if with_rates else _ratio(tp, tp + fp),
        "npv": _ratio(sp * (1 - p), sp * (1 - p) + (1 - se) * p) if with_rates else _ratio(tn, tn + fn),
        "f_beta": _ratio((1 + BETA**2) * hits, (1 + BETA**2) * hits + false + BETA**2 * missed),
        "g_beta": _ratio(hits, hits + false + BETA * missed),
    }


def _ranked(y, p, w, specificity):
    """Return the scores that depend on the ranking of the records, each (n_draws,)."""
    order = np.argsort(-p, kind="stable")
    ends = np.flatnonzero(np.diff(p[order], append=-np.inf))  # the last record of each distinct probability
    w = w[:, order]
    tp, fp = (np.cumsum(w * of, axis=1)[:, ends] for of in (y[order], ~y[order]))
    positives, negatives = tp[:, -1], fp[:, -1]
    new = np.diff(tp, axis=1, prepend=0)
    below = negatives[:, None] - fp + np.diff(fp, axis=1, prepend=0) / 2  # negatives that rank lower; a tie counts half
    allowed = fp <= (1 - specificity + 1e-12) * negatives[:, None]
    reached = np.where(allowed, tp, 0).max(axis=1)
    reached[negatives == 0] = np.nan
    return {
        "auroc": _ratio((new * below).sum(axis=1), positives * negatives),
        "average_precision": _ratio((new * tp / np.maximum(tp + fp, 1)).sum(axis=1), positives),
        "sensitivity_at_specificity": _ratio(reached, positives),
    }


def _probable(y, p, w):
    """Return the scores that compare probabilities with frequencies, each (n_draws,)."""
    total = w.sum(axis=1)
    of_bin = (bins_of(p, N_BINS)[:, None] == np.arange(N_BINS)) * (p - y)[:, None]
    return {
        "brier": _ratio(w @ (p - y) ** 2, total),
        "calibration_error": _ratio(np.abs(w @ of_bin).sum(axis=1), total),
    }


def _ratio(part, whole):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)

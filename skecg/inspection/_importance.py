"""Importance of each lead for the score of a model."""

from __future__ import annotations

import itertools
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.utils import Bunch, check_consistent_length, check_random_state

from .._scikit_learn import Interval, validate_params
from ..metrics import bootstrap_interval
from ..records import ECGRecords
from ..records.buffer import as_floats
from ._cached import Scoring, View
from ._follow import shapes_of, signals_of


@validate_params(
    {
        "y": ["array-like"],
        "scoring": [str, callable, list, tuple, dict, None],
        "groups": ["array-like", None],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "n_resamples": [Interval(Integral, 1, None, closed="left")],
        "confidence_level": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def lead_importance(
    estimator,
    X,
    y,
    scoring=None,
    *,
    groups=None,
    n_repeats=5,
    n_resamples=200,
    confidence_level=0.95,
    random_state=None,
):
    """Measure how much a score falls when a lead is exchanged between records.

    `lead_importance` is scikit-learn's `permutation_importance` for leads. It permutes the signals
    of one lead among the records. The permuted lead still looks realistic, but carries no
    information about its record. Information shared by several leads is credited to none of them.

    Parameters
    ----------
    estimator : estimator
        Any fitted classifier or pipeline that takes X.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times)
        Records that the estimator was not fitted on.
    y : array-like of shape (n_records,) or (n_records, n_labels)
        Their labels.
    scoring : str, callable, list, tuple, dict or None, default=None
        As in `permutation_importance`: a scorer of scikit-learn, such as "roc_auc", a function of the
        estimator, X and y, or several by name. By default the estimator's `score`.
    groups : array-like of shape (n_records,), default=None
        Patient of each record. The intervals resample whole patients. By default
        `metadata["patient_id"]` if X has this column, else each record is its own patient.
    n_repeats : int, default=5
        How often each lead is permuted, as in scikit-learn.
    n_resamples : int, default=200
        Number of bootstrap samples of patients for the intervals. The default is our choice and
        suffices for error bars in a plot.
    confidence_level : float, default=0.95
        Confidence level of the intervals.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations and the bootstrap.

    Returns
    -------
    importance : Bunch, or dict of str to Bunch
        For several scorers, one Bunch for each of their names.

        leads : tuple of str
            Names of the leads.
        importances : ndarray of shape (n_leads, n_repeats)
            Fall of the score in each repeat.
        importances_mean, importances_std : ndarray of shape (n_leads,)
            Mean and standard deviation of the falls of each lead.
        low, high : ndarray of shape (n_leads,)
            Ends of the interval of the fall, over resampled patients and permutations.
        score : float
            The score of the unchanged X.

    Raises
    ------
    ValueError
        If X has no leads (two dimensions), or records of different rates, whose leads cannot be
        exchanged.

    Notes
    -----
    The model predicts once for each lead and repeat. The bootstrap computes its scores from these
    predictions. A scorer that you write as a function gets X too, which the bootstrap then selects
    for each of its scores. A `score` of the estimator that is not the accuracy predicts again each
    time. If records differ in length, an exchanged lead is repeated or cut to the length of its new
    record.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import lead_importance
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 20)
    >>> X = rng.normal(size=(40, 2, 100))
    >>> X[:, 1] += 2 * y[:, None]  # only the second lead separates the classes
    >>> clf = CRNNClassifier(width=4, max_epochs=12, batch_size=8, learning_rate=0.01, random_state=0).fit(X, y)
    >>> importance = lead_importance(clf, X, y, "roc_auc", n_resamples=20, random_state=0)
    >>> bool(importance.low[1] > importance.importances_mean[0])
    True
    """
    X = X if isinstance(X, ECGRecords) else as_floats(X)
    _check(X)
    check_consistent_length(X, y)
    y, rng = np.asarray(y), check_random_state(random_state)
    names = X.leads if isinstance(X, ECGRecords) else tuple(f"lead {i}" for i in range(X.shape[1]))
    if groups is None and isinstance(X, ECGRecords) and "patient_id" in X.metadata:
        groups = X.metadata["patient_id"].to_numpy()
    scores = Scoring(estimator, scoring)
    every, whole = np.arange(len(y)), View(estimator, lambda: X)
    score = scores(whole, every, y)
    exchanged = [
        [View(estimator, partial(_exchanged, X, lead, rng.permutation(len(y)))) for _ in range(n_repeats)]
        for lead in range(len(names))
    ]
    falls = {name: np.empty((len(names), n_repeats)) for name in score}
    for lead, repeats in enumerate(exchanged):
        for i, repeat in enumerate(repeats):
            with repeat.holding():
                for name, worse in scores(repeat, every, y).items():
                    falls[name][lead, i] = score[name] - worse
    turns = itertools.cycle(range(n_repeats))

    def fall(y_true, rows):
        turn, own = next(turns), scores(whole, rows, y_true)
        worse = [scores(repeats[turn], rows, y_true) for repeats in exchanged]
        return np.array([own[name] - each[name] for name in score for each in worse])

    interval = bootstrap_interval(
        fall, y, every, groups=groups, n_resamples=n_resamples, confidence_level=confidence_level, random_state=rng
    )
    bounds = zip(np.split(interval.low, len(score)), np.split(interval.high, len(score)), strict=True)
    found = {name: _summary(names, falls[name], *ends, score[name]) for name, ends in zip(score, bounds, strict=True)}
    return found.get(None, found)


def _summary(leads, falls, low, high, score):
    return Bunch(
        leads=leads,
        importances=falls,
        importances_mean=falls.mean(axis=1),
        importances_std=falls.std(axis=1),
        low=low,
        high=high,
        score=score,
    )


def _check(X):
    if isinstance(X, ECGRecords):
        if len(set(X.fs)) > 1:
            raise ValueError(
                f"Leads can only be exchanged between records of one sampling rate; got {sorted(set(X.fs))} Hz. "
                "Resample the records to one rate with ECGResample."
            )
    elif X.ndim != 3:
        raise ValueError(f"X must have the shape (n_records, n_leads, n_times); got {X.shape}.")


def _exchanged(X, lead, order):
    """Return a copy of X in which one lead comes from the records in the given order."""
    if not isinstance(X, ECGRecords):
        out = X.copy()
        out[:, lead] = X[order, lead]
        return out
    signals = [np.array(signal) for signal in signals_of(X)]
    for signal, donor, (_, n_times) in zip(signals, order, shapes_of(X), strict=True):
        signal[lead] = np.resize(X.signals[donor][lead], n_times)
    return X.with_signals(signals)

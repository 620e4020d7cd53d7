"""Predictions of records as a table, with the reasons to doubt them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from numbers import Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import Interval, StrOptions, validate_params
from ..records import ECGRecords
from ..records.checks import check_kind
from ._contract import SignalContract
from ._decide import decisions
from ._files import _take_apart
from ._quality import doubts_of


@validate_params(
    {
        "estimator": [object],
        "X": [object],
        "abstain": [StrOptions({"severe", "any", "never"})],
        "threshold": [Interval(Real, 0, 1, closed="both"), "array-like", None],
        "pos_label": [Real, str, "boolean", None],
    },
    prefer_skip_nested_validation=True,
)
def predict_table(estimator, X, *, abstain="severe", threshold=None, pos_label=None):
    """Predict records, and say of each record why its prediction may be wrong.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, or a pipeline that ends in one, such as `skecg.load` returns.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals in mV.
    abstain : {"severe", "any", "never"}, default="severe"
        Records without a prediction. "severe": values that are missing, half of the leads or more without a signal,
        a voltage that no heart has, or less than a second (or half of the shortest training record). "any": every
        record with a reason to doubt. "never": only records with missing values, which no network can read.
    threshold : float or array-like of shape (n_labels,), default=None
        Lowest probability at which a label, or the class to detect, is predicted; by default that of the model.
    pos_label : int, float, bool or str, default=None
        The class that `threshold` is about, of two classes; by default the one that the model names, else the second
        of two numbers.

    Returns
    -------
    table : pandas.DataFrame
        One row for each record, with the names of the records as index: `prediction`, a class, or all predicted
        labels with blanks between; a probability for each class or label; and `quality`, the reasons to doubt the
        recording: flat, disconnected or clipped leads, a short record, an implausible voltage, and exchanged limb
        electrodes (`skecg.features.limb_reversal`) where the leads show them. Prediction and probabilities are
        missing where the table abstains.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    ValueError
        If the records, or the thresholds, do not fit the model.

    Examples
    --------
    >>> import numpy as np
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> ecgs = make_ecg(24, classes=["NORM", "LBBB"], fs=100, random_state=0)
    >>> model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data, ecgs.target)
    >>> flat = ecgs.data[:2].with_signals(np.zeros((2, 12, 1000)))
    >>> table = skecg.predict_table(model, flat)
    >>> table["quality"].tolist(), table["prediction"].tolist()
    (['flat: all leads', 'flat: all leads'], [nan, nan])
    """
    import pandas as pd

    answers = answers_of(estimator, X, abstain=abstain, threshold=threshold, pos_label=pos_label)
    contract, answered, decided = answers.contract, answers.answered, answers.decided
    table = pd.DataFrame(index=answers.index, columns=["prediction"], dtype=object)
    labels = np.array([str(label) for label in contract.labels])
    if contract.multilabel:
        decided = np.array([" ".join(labels[row != 0]) for row in decided], object)
    table[labels.tolist()] = np.nan
    if answered.any():
        table.loc[answered, "prediction"] = decided.astype(object)
        table.loc[answered, labels.tolist()] = answers.p
    return table.assign(quality=answers.quality)


@dataclass(frozen=True)
class Answers:
    """What a model says of records, and of which records it says nothing.

    Parameters
    ----------
    contract : SignalContract
    index : pandas.Index
        The names of the records.
    quality : list of str
        The reasons to doubt each record.
    answered : ndarray of shape (n_records,), bool
        The records that have a prediction.
    p : ndarray of shape (n_answered, n_labels)
        Probabilities.
    decided : ndarray of shape (n_answered,) or (n_answered, n_labels)
        Classes, or an indicator.
    """

    contract: SignalContract
    index: object
    quality: list
    answered: np.ndarray
    p: np.ndarray
    decided: np.ndarray


def answers_of(estimator, X, *, abstain, threshold, pos_label):
    """Return what a model says of records; the parameters are those of `predict_table`."""
    import pandas as pd

    check_is_fitted(estimator)
    check_kind(X)
    contract, model = _take_apart(estimator)
    has_contract = contract is not None
    contract = contract or SignalContract.of(model)
    index = X.metadata.index if isinstance(X, ECGRecords) else pd.RangeIndex(len(X))
    X = X if isinstance(X, ECGRecords) else np.asarray(X)
    faults = doubts_of(contract, X, has_contract=has_contract)
    doubtful = np.array([bool(reasons) for reasons in faults.reasons], bool)
    answered = faults.finite & ~{"severe": faults.severe, "any": doubtful, "never": ~faults.finite}[abstain]
    p, decided = np.empty((0, len(contract.labels))), np.empty(0, object)
    if answered.any():
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*of doubtful quality")  # `quality` says it
            p, decided = decisions(
                estimator, X[np.flatnonzero(answered)], contract, threshold=threshold, pos_label=pos_label
            )
    return Answers(contract, index, faults.texts(), answered, p, decided)

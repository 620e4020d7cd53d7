"""Predictions of records as sorted statements with plain names."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

from .._scikit_learn import Interval, StrOptions, validate_params
from ..datasets._statements import plain_name
from ._decide import threshold_for
from ._predict_table import answers_of


@validate_params(
    {
        "estimator": [object],
        "X": [object],
        "top": [Interval(Integral, 1, None, closed="left"), None],
        "abstain": [StrOptions({"severe", "any", "never"})],
        "threshold": [Interval(Real, 0, 1, closed="both"), "array-like", None],
        "pos_label": [Real, str, "boolean", None],
    },
    prefer_skip_nested_validation=True,
)
def predict_ranked(estimator, X, *, top=5, abstain="severe", threshold=None, pos_label=None):
    """Predict records, and sort the classes or labels of each record for a reader.

    The predicted labels come first, and the more probable before the less probable.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, or a pipeline that ends in one, such as `skecg.load` returns.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals in mV.
    top : int, default=5
        Number of labels of each record, and more if more are predicted; None returns all.
    abstain : {"severe", "any", "never"}, default="severe"
        Records without a prediction, as in `predict_table`.
    threshold : float or array-like of shape (n_labels,), default=None
        Lowest probability at which a label, or the class to detect, is predicted; by default that of the model.
    pos_label : int, float, bool or str, default=None
        The class that `threshold` is about, as in `predict_table`.

    Returns
    -------
    table : pandas.DataFrame
        One row for each record and label, with the name of the record and the rank of the label, from 1, as index:
        `label`; `name`, the plain name of a statement of PTB-XL (`skecg.datasets.describe_statements`), else the
        label; `probability`; `threshold`, the lowest probability at which a label is predicted, missing where classes
        compete; `predicted`, bool; and `quality`, the reasons to doubt the recording. A record without a prediction
        has one row of rank 1 without a label.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    ValueError
        If the records, or the thresholds, do not fit the model.

    See Also
    --------
    predict_table : One row for each record, with the probabilities of all labels.

    Examples
    --------
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> ecgs = make_ecg(24, classes=["NORM", "LVH"], fs=100, random_state=0)
    >>> model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data, ecgs.target)
    >>> table = skecg.predict_ranked(model, ecgs.data[1:2])
    >>> sorted(table["name"])
    ['left ventricular hypertrophy', 'normal ECG']
    """
    import pandas as pd

    answers = answers_of(estimator, X, abstain=abstain, threshold=threshold, pos_label=pos_label)
    contract, labels = answers.contract, [str(label) for label in answers.contract.labels]
    names = [plain_name(label) or label for label in labels]
    lowest = np.broadcast_to(threshold_for(contract, None, threshold) if contract.multilabel else np.nan, len(labels))
    is_predicted = _indicator(answers)
    rows, of_answered = [], iter(zip(answers.p, is_predicted, strict=True))
    for record, quality, is_answered in zip(answers.index, answers.quality, answers.answered, strict=True):
        if not is_answered:
            rows.append((record, 1, None, None, np.nan, np.nan, False, quality))
            continue
        p, predicted = next(of_answered)
        order = np.lexsort((-p, ~predicted))
        for rank, i in enumerate(order[: None if top is None else max(top, predicted.sum())], start=1):
            rows.append((record, rank, labels[i], names[i], p[i], lowest[i], bool(predicted[i]), quality))
    columns = ["record", "rank", "label", "name", "probability", "threshold", "predicted", "quality"]
    return pd.DataFrame(rows, columns=columns).set_index(["record", "rank"])


def _indicator(answers):
    """Return which labels are predicted, bool (n_answered, n_labels)."""
    if answers.contract.multilabel:
        return np.asarray(answers.decided).reshape(answers.p.shape) != 0
    return answers.decided[:, None] == np.array(answers.contract.labels, object)

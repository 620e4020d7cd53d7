"""The score of the PhysioNet/Computing in Cardiology Challenge 2021."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from sklearn.utils import check_array, check_consistent_length

from .._scikit_learn import _check_sample_weight, validate_params


@validate_params(
    {
        "y_true": ["array-like"],
        "y_pred": ["array-like"],
        "labels": ["array-like"],
        "sample_weight": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def challenge2021_score(y_true, y_pred, *, labels, sample_weight=None):
    """Compute the score of the PhysioNet/CinC Challenge 2021 for several diagnoses of each record.

    A diagnosis that resembles the true one earns a part of its weight [1]_. A model that always predicts sinus rhythm
    alone scores 0, a model without errors 1.

    Parameters
    ----------
    y_true : array-like of shape (n_records, n_labels)
        Indicator of the true diagnoses.
    y_pred : array-like of shape (n_records, n_labels)
        Indicator of the predicted diagnoses, not probabilities.
    labels : array-like of shape (n_labels,)
        The diagnosis of each column: a SNOMED CT code or an abbreviation of the challenge, such as 164889003 or "AF".
        The columns may be any of the 30 that the challenge scores, in any order. Those that it counts as one, such as
        "PVC" and "VPB", count as one here; those that are absent were neither present nor predicted.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.

    Returns
    -------
    score : float
        At most 1, and negative if the predictions are worse than sinus rhythm for all. 0 if sinus rhythm alone is right
        for all records.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not 0 or 1, or the challenge does not score one of the labels.

    See Also
    --------
    challenge_fbeta_score, challenge_gbeta_score : The scores that the challenge of 2020 reported besides.

    Notes
    -----
    Each pair of a true and a predicted diagnosis of a record adds the weight of the pair, divided by the number of
    diagnoses that are true or predicted. The sum is scaled between that of sinus rhythm for all records and that of the
    truth. The weights are those that the challenge published [2]_.

    References
    ----------
    .. [1] M. A. Reyna et al., "Will two do? Varying dimensions in electrocardiography: the PhysioNet/Computing in
       Cardiology Challenge 2021", CinC 2021.
    .. [2] https://github.com/physionetchallenges/evaluation-2021, weights.csv.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.metrics import challenge2021_score
    >>> labels = ["NSR", "AF", "AFL"]
    >>> truth = np.eye(3, dtype=int)
    >>> flutter_for_fibrillation = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1]])
    >>> challenge2021_score(truth, flutter_for_fibrillation, labels=labels)
    0.571...
    """
    truth = _indicator(y_true, "y_true")
    answers = _indicator(y_pred, "y_pred")
    check_consistent_length(truth, answers)
    share = _check_sample_weight(sample_weight, truth)
    columns = _columns(labels)
    if not truth.shape[1] == answers.shape[1] == len(columns):
        raise ValueError(
            f"y_true, y_pred and labels must have as many columns; got {truth.shape[1]}, {answers.shape[1]} and "
            f"{len(columns)}."
        )
    weights, classes = _table()
    truth, answers = _merge(truth, columns, len(weights)), _merge(answers, columns, len(weights))
    sinus = np.zeros_like(truth)
    sinus[:, classes["NSR"]] = True
    earned, best, inactive = (_earned(truth, predicted, weights, share) for predicted in (answers, truth, sinus))
    return (earned - inactive) / (best - inactive) if best != inactive else 0.0


def _indicator(values, name):
    values = check_array(values, dtype=None, input_name=name)
    wrong = np.setdiff1d(values, [0, 1])
    if len(wrong):
        raise ValueError(f"{name} must hold 0 and 1 only; got {wrong[0]!r}. Apply thresholds to probabilities.")
    return values.astype(bool)


def _columns(labels):
    """Return the class of each label, as its place in the table of weights."""
    classes = _table()[1]
    unknown = [str(label) for label in labels if str(label) not in classes]
    if unknown:
        raise ValueError(
            f"The challenge of 2021 does not score {', '.join(unknown)}: leave out these columns. It scores "
            f"{', '.join(name for name in classes if not name.isdigit())}, or their SNOMED CT codes."
        )
    return [classes[str(label)] for label in labels]


def _merge(indicator, columns, n_classes):
    """Return the indicator of the classes, each of which is true if any of its labels is."""
    merged = np.zeros((len(indicator), n_classes), bool)
    np.logical_or.at(merged.T, columns, indicator.T)
    return merged


def _earned(truth, answers, weights, share):
    """Return the weights of all pairs of a true and a predicted class, divided by the classes of the record."""
    share = share / np.maximum((truth | answers).sum(axis=1), 1)
    return float((weights * ((truth * share[:, None]).T @ answers)).sum())


@cache
def _table():
    """Return the weights of the pairs of classes, (26, 26), and the place of each code and abbreviation."""
    with (files(__package__) / "challenge2021.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    classes = {name: place for place, row in enumerate(rows) for cell in row[:2] for name in cell.split("|")}
    return np.array([row[2:] for row in rows], float), classes

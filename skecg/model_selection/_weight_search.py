"""The weights of classes with which the highest weighted probability is the best decision."""

import warnings
from numbers import Real

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

N_TRIED = 32  # weights compared at once; two such steps reach every break point of 1,000 records
N_ROUNDS = 10  # three are usual
LARGEST = np.log(1e100)  # of the logarithm of a weight, so that no product overflows
DIGITS = 12  # to which scores are compared, so that the order of a sum decides nothing


def best_weights(P, score):
    """Choose the weights of the classes by coordinate ascent from 1.

    Parameters
    ----------
    P : ndarray of shape (n_records, n_classes)
        Probabilities.
    score : callable
        Returns the score of the decisions, an integer array of shape (n_records,) with the columns of P.

    Returns
    -------
    weights : ndarray of shape (n_classes,)
        Positive weights with a mean of 1, and a score no lower than that of equal weights.
    """
    log_weights = np.zeros(P.shape[1])
    best = _score(log_weights, P, score)
    for _ in range(N_ROUNDS):
        before = log_weights.copy()
        for column in range(len(log_weights)):
            best = _ascend(log_weights, column, best, P, score)
        if (log_weights == before).all():
            break
    return _weights(log_weights)


def _ascend(log_weights, column, best, P, score):
    """Set the best weight of one class, given the other weights, and return its score."""
    borders = np.concatenate([[-np.inf], _break_points(log_weights, column, P), [np.inf]])
    low, high = 0, len(borders) - 2  # the first and the last interval between borders
    while True:
        tried = np.unique(np.linspace(low, high, N_TRIED).round().astype(int))
        found = [_try(log_weights, column, _inside(borders[i], borders[i + 1]), P, score) for i in tried]
        place = max(range(len(found)), key=found.__getitem__)
        reached, _, value = found[place]
        if (reached, -abs(value)) > (best, -abs(log_weights[column])):
            best, log_weights[column] = reached, value
        if high - low < N_TRIED:
            return best
        low, high = tried[max(place - 1, 0)], tried[min(place + 1, len(tried) - 1)]


def _break_points(log_weights, column, P):
    """Return the logarithms of the weights of one class at which the decision on a record changes, sorted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        weighted = np.log(P) + log_weights
        own = weighted[:, column] - log_weights[column]
        weighted[:, column] = -np.inf
        points = weighted.max(axis=1) - own  # infinite or NaN where no weight changes the decision
    return np.unique(points[np.abs(points) < LARGEST])


def _inside(low, high):
    """Return a value between two borders: 0, the weight 1, if it lies between them, else the middle."""
    if low < 0 < high:
        return 0.0
    if np.isinf([low, high]).any():
        return low + np.log(2) if np.isfinite(low) else high - np.log(2)
    return (low + high) / 2


def _try(log_weights, column, value, P, score):
    """Return the score with another weight of one class, how near the weight is to 1, and its logarithm."""
    changed = log_weights.copy()
    changed[column] = value
    return _score(changed, P, score), -abs(value), value


def _score(log_weights, P, score):
    return round(score((P * _weights(log_weights)).argmax(axis=1)), DIGITS)


def _weights(log_weights):
    weights = np.exp(log_weights)
    return weights / weights.mean()


def score_of_decisions(scoring, truth, classes, weight):
    """Return a function that scores decisions.

    Parameters
    ----------
    scoring : str or callable
        A name of `SCORES`, or a metric function of the true and the predicted classes.
    truth : ndarray of shape (n_records,)
        The place of the true class of each record in `classes`.
    classes : ndarray of shape (n_classes,)
    weight : ndarray of shape (n_records,)
        Positive weights of the records.

    Returns
    -------
    score : callable
        Takes the places of the predicted classes, and returns a float.
    """
    n_classes = len(classes)
    if isinstance(scoring, str):

        def of_table(decided):
            table = np.bincount(truth * n_classes + decided, weight, n_classes**2)
            return float(SCORES[scoring](table.reshape(n_classes, n_classes)))

        return of_table
    keywords = {} if (weight == weight[0]).all() else {"sample_weight": weight}

    def of_function(decided):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)  # of weights that are only tried
            value = scoring(classes[truth], classes[decided], **keywords)
        if not (isinstance(value, Real) and np.isfinite(value)):
            raise ValueError(f"scoring must return one finite number, got {value!r:.50} of {scoring!r:.50}.")
        return float(value)

    return of_function


def _accuracy(table):
    return np.trace(table) / table.sum()


def _balanced_accuracy(table):
    n_true = table.sum(axis=1)
    return np.mean((np.diag(table) / np.maximum(n_true, 1e-300))[n_true > 0])


def _f1(table):
    """Return F1 of each class, 0 for a class that is neither present nor predicted, and the number of its records."""
    n_true = table.sum(axis=1)
    both = n_true + table.sum(axis=0)
    return np.divide(2 * np.diag(table), both, out=np.zeros(len(table)), where=both > 0), n_true


def _f1_macro(table):
    return np.mean(_f1(table)[0])


def _f1_weighted(table):
    f1, n_true = _f1(table)
    return np.average(f1, weights=n_true)


SCORES = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1_macro": _f1_macro,
    "f1_weighted": _f1_weighted,
}

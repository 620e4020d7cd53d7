"""One opinion from the probabilities of several classifiers."""

import numpy as np
from scipy.special import expit, softmax

_CERTAIN = 1e-6  # closer to 0 and 1 is not counted, so that no classifier decides alone


def linear_pool(each, weights, of_labels):
    """Return the weighted mean of probabilities, (n_classifiers, n_records, n_classes or n_labels)."""
    return np.average(each, axis=0, weights=weights)


def logarithmic_pool(each, weights, of_labels):
    """Return the probabilities whose log-odds (of labels) or logarithms (of classes) are the weighted mean."""
    each = np.clip(np.asarray(each, np.float64), _CERTAIN, 1 - _CERTAIN)
    if of_labels:
        return expit(np.average(np.log(each) - np.log1p(-each), axis=0, weights=weights))
    return softmax(np.average(np.log(each), axis=0, weights=weights), axis=-1)


POOLS = {"linear": linear_pool, "logarithmic": logarithmic_pool}


def pool_of(name):
    """Return the pool of a name, which `set_params` may have changed after `fit`."""
    if name not in POOLS:
        raise ValueError(f"pooling must be one of {sorted(POOLS)}, got {name!r}.")
    return POOLS[name]


def checked_weights(weights, parts):
    """Return the weights of the parts that are not dropped, as numbers, or None."""
    if weights is None:
        return None
    message = f"weights must be {len(parts)} numbers of zero or more, not all zero; got {weights}."
    try:
        weights = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise ValueError(message) from None
    if weights.shape != (len(parts),) or not (weights >= 0).all():
        raise ValueError(message)
    weights = weights[[not isinstance(part, str) or part != "drop" for part in parts]]
    if not 0 < weights.sum() < np.inf:
        raise ValueError(message)
    return weights

"""What the steps of a fitted model tell of the signals that it needs."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from ..preprocessing.form import length_kept, rate_before, takes_any_rate
from ..records import ECGRecords


def leaves(model):
    """Yield the steps of a model, the classifier last, from inside pipelines, frozen and threshold estimators."""
    if isinstance(model, Pipeline):
        for _, step in model.steps:
            if step is not None and step != "passthrough":
                yield from leaves(step)
    elif isinstance(model, FrozenEstimator):
        yield from leaves(model.estimator)
    elif hasattr(model, "estimator_"):  # what chooses thresholds or calibrates
        yield from leaves(model.estimator_)
    else:
        yield model


def rate_of(steps, X):
    """Return the rate that the model needs in Hz, or None where it takes any or nobody knows."""
    trained = np.unique(X.fs).tolist() if isinstance(X, ECGRecords) else []
    for i, step in enumerate(steps):
        if getattr(step, "fs", None) is not None:
            return rate_before(steps[:i], float(step.fs))
        if takes_any_rate(step):
            return None
        if length_kept(step) is not None and len(trained) == 1:  # it counts samples, whatever comes after it
            return trained[0]
    return rate_before(steps[:-1], getattr(steps[-1], "fs_", None))


def threshold_of(model, multilabel):
    """Return the probability from which a model decides for a label, or None where the most probable class counts."""
    while isinstance(model, Pipeline | FrozenEstimator):
        model = model.steps[-1][1] if isinstance(model, Pipeline) else model.estimator
    if hasattr(model, "thresholds_"):
        return np.asarray(model.thresholds_, float).tolist()
    threshold = getattr(model, "threshold", None)
    return threshold if isinstance(threshold, float) else 0.5 if multilabel else None

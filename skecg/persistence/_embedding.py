"""Records as a table: the embedding of a fitted network, as a step of a pipeline."""

from __future__ import annotations

import os

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from ..estimators.errors import UnsuitableModelError
from ..estimators.model import network_path
from ._files import load


def make_embedding(model):
    """Make a step that turns records into a table with the network of a fitted model.

    The step converts and preprocesses the records as the model does, and returns the input of the last layer of the
    network, averaged over the windows of each record. It learns nothing: cloning, searches and cross-validation keep
    its weights. A table serves every classifier of scikit-learn, clustering, and the search for similar ECGs.

    Parameters
    ----------
    model : estimator or path-like
        A fitted model that predicts with one network, its file, or the name of a packaged model. Thresholds and
        calibration do not matter.

    Returns
    -------
    embedding : FrozenEstimator
        `transform(X)` returns a float32 array of shape (n_records, n_features), or a DataFrame after
        `set_output(transform="pandas")`.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model has no network, or several, or its network gives no embedding.

    See Also
    --------
    skecg.load : Load a model.

    Examples
    --------
    >>> import skecg
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> large, small = (make_ecg(24, classes=["NORM", "LBBB"], fs=100, random_state=seed) for seed in (0, 1))
    >>> model = EEGNetClassifier(max_epochs=5, random_state=0).fit(large.data, large.target)
    >>> probe = make_pipeline(skecg.make_embedding(model), LogisticRegression()).fit(small.data, small.target)
    >>> probe[:-1].transform(small.data).shape
    (24, 512)
    """
    if isinstance(model, str | os.PathLike):
        model = load(model)
    path = network_path(model, "An embedding")
    if not hasattr(path.predictor, "transform"):
        raise UnsuitableModelError(
            f"The network of {type(path.predictor).__name__} gives no embedding: its module needs the method "
            "forward_features."
        )
    counts = {}
    steps = []
    for name, step in path.steps:
        counts[name] = counts.get(name, 0) + 1
        steps.append((name if counts[name] == 1 else f"{name}-{counts[name]}", step))
    return FrozenEstimator(Pipeline(steps))

"""Models whose networks run in another engine."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator

from ..classifiers._prediction import WindowedPrediction
from ..estimators.errors import UnsuitableModelError
from ..training.loop.predict import mean_over_windows

_BATCH = 64  # windows; measured on 12 leads of 1000 samples, more bring nothing
_LEARNT = ("classes_", "covariates_", "fs_", "leads_in_", "length_")
_LEARNT += ("n_features_in_", "n_leads_in_", "n_windows", "window")


class CompiledModel(FrozenEstimator):
    """A fitted model whose networks run in another engine, as `skecg.compile` returns it.

    The model has the methods and the fitted attributes of the model that was compiled, and the same checks of its
    input. It cannot be fitted. `clone` returns the model itself, and pickle keeps the networks as ONNX.

    Parameters
    ----------
    estimator : estimator
        A copy of the model with compiled networks.

    Attributes
    ----------
    engine_ : str
        The program that runs the networks.
    precision_ : str
        The precision of their layers.
    difference_ : float or None
        The largest change of a probability on the records that `skecg.compile` got.
    auc_, auc_exact_ : float or None
        With labels: the macro AUROC of this model, and that of the model that was compiled.

    Examples
    --------
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> ecgs = make_ecg(24, classes=["NORM", "LBBB"], fs=100, random_state=0)
    >>> model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data, ecgs.target)
    >>> compiled = skecg.compile(model, engine="torch", precision="bfloat16", X=ecgs.data)
    >>> compiled.predict(ecgs.data).shape, compiled.difference_ < 0.1
    ((24,), True)
    """

    def fit(self, X=None, y=None, **params):
        """Raise an error: a compiled model cannot learn.

        Parameters
        ----------
        X, y, **params
            Ignored.

        Raises
        ------
        UnsuitableModelError
            Always; a TypeError and a ValueError.
        """
        raise UnsuitableModelError(
            "A compiled model cannot be fitted. Fit the model, then call skecg.compile again; inside another "
            "estimator, which fits what it holds, use sklearn.frozen.FrozenEstimator(compiled)."
        )


class CompiledNetwork(WindowedPrediction, ClassifierMixin, BaseEstimator):
    """A classifier whose network runs in an engine.

    Parameters
    ----------
    engine : Engine
        Computes the logits.
    """

    def __init__(self, engine):
        self.engine = engine

    @classmethod
    def of(cls, classifier, engine):
        """Return a compiled network with the classes, the windows and the form of the input of a classifier."""
        compiled = cls(engine)
        vars(compiled).update({key: getattr(classifier, key) for key in _LEARNT if hasattr(classifier, key)})
        return compiled

    def fit(self, X=None, y=None):
        """Raise an error, as `CompiledModel.fit` does."""
        return CompiledModel(self).fit()

    def predict_proba(self, X):
        """Return the mean of the probabilities over the windows of each record."""
        windows = self._windows_of(X)
        n_times, seen = windows.lengths.max(), self.window or self.length_
        if n_times > seen and not self.engine.any_length:
            raise ValueError(
                f"The network was compiled for signals of up to {seen} samples, got {n_times}. Put "
                f'ECGCrop(length={seen}) before the network, train it on windows, or compile with engine="torch".'
            )
        return mean_over_windows(self._probabilities, windows, _BATCH)

    def _probabilities(self, inputs):
        parts = inputs.values() if isinstance(inputs, dict) else (inputs,)
        logits = self.engine(*(part.numpy() for part in parts)).astype(np.float64)
        if self._is_multilabel():
            return np.exp(-np.logaddexp(0, -logits))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_clone__(self):
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        return tags

"""Alternatives to skecg: MiniRocket with a ridge head, boosted trees on a table of beats, a plain skorch network.

MiniRocket comes from aeon, which pins an older NumPy and which no other script needs. Install it separately:

    python -m venv rocket && rocket/bin/pip install -e . aeon
"""

import numpy as np
import torch
from _plain import PlainResNet
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import RidgeCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skorch import NeuralNet

from skecg.features import BeatFeatures

N_KERNELS = 10_000  # the default in the paper of MiniRocket
STEEPNESS = 8.0  # of the sigmoid that turns ridge outputs of 0 to 1 into probabilities; it keeps the order
ALPHAS = np.logspace(-2, 4, 7)


class _Encoded(ClassifierMixin, BaseEstimator):
    """Turn labels into an indicator before fitting, and logits into probabilities after prediction."""

    def fit(self, X, y):
        """Fit on classes, or on an indicator of labels."""
        self.multilabel_ = np.ndim(y) == 2
        self.classes_ = np.arange(np.shape(y)[1]) if self.multilabel_ else np.unique(y)
        indicator = np.asarray(y) if self.multilabel_ else np.asarray(y)[:, None] == self.classes_
        self._fit(X, indicator.astype(np.float32))
        return self

    def predict_proba(self, X):
        """Return probabilities, (n_records, n_classes)."""
        logits = torch.from_numpy(np.asarray(self._logits(X), np.float32))
        return (logits.sigmoid() if self.multilabel_ else logits.softmax(1)).numpy()


class MiniRocketRidge(_Encoded):
    """MiniRocket of aeon with a ridge head, fitted to an indicator; leave-one-out chooses the penalty."""

    def __init__(self, n_kernels=N_KERNELS):
        self.n_kernels = n_kernels

    def _fit(self, X, indicator):
        from aeon.transformations.collection.convolution_based import MiniRocket

        self.rocket_ = MiniRocket(n_kernels=self.n_kernels, random_state=0)
        features = self.rocket_.fit_transform(X)  # no y: aeon accepts only a one-dimensional y
        self.head_ = make_pipeline(StandardScaler(), RidgeCV(ALPHAS)).fit(features, indicator)

    def _logits(self, X):
        return STEEPNESS * (self.head_.predict(self.rocket_.transform(X)) - 0.5)


class PlainNet(_Encoded):
    """ResNet18 in a plain skorch network: whole records, one mean and deviation for the set, Adam."""

    def __init__(self, max_epochs=1):
        self.max_epochs = max_epochs

    def _fit(self, X, indicator):
        self.mean_, self.deviation_ = float(X.mean()), float(X.std())
        torch.manual_seed(0)
        criterion = torch.nn.BCEWithLogitsLoss if self.multilabel_ else torch.nn.CrossEntropyLoss
        module = PlainResNet(X.shape[1], indicator.shape[1])
        params = {"optimizer": torch.optim.Adam, "lr": 1e-3, "batch_size": 64, "max_epochs": self.max_epochs}
        more = {"iterator_train__shuffle": True, "train_split": None, "predict_nonlinearity": None, "verbose": 0}
        self.net_ = NeuralNet(module, criterion, **params, **more)
        self.net_.fit((X - self.mean_) / self.deviation_, indicator)

    def _logits(self, X):
        return self.net_.predict((X - self.mean_) / self.deviation_)


def boosted_beats(multilabel, fs=100):
    """Return boosted trees on a table of the measurements of a cardiologist."""
    trees = HistGradientBoostingClassifier(random_state=0)
    measured = VarianceThreshold()  # trees reject a column without any value, as from an absent lead
    return make_pipeline(BeatFeatures(fs=fs), measured, OneVsRestClassifier(trees) if multilabel else trees)


def boosted_samples():
    """Return boosted trees on the raw samples, for single beats, on which no features are measured."""
    flat = FunctionTransformer(lambda X: np.asarray(X).reshape(len(X), -1))
    return make_pipeline(flat, HistGradientBoostingClassifier(random_state=0))

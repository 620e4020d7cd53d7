"""What a user would pick instead: MiniRocket with a ridge head, boosted trees on a table of beats, a plain skorch net.

MiniRocket comes from aeon, which none of the other scripts needs and which pins an older NumPy:

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

N_KERNELS = 10_000  # the default of its paper
STEEPNESS = 8.0  # of the sigmoid that turns a ridge's 0 to 1 into probabilities; it keeps their order
ALPHAS = np.logspace(-2, 4, 7)


class _Encoded(ClassifierMixin, BaseEstimator):
    """Turn labels into an indicator before fitting, and logits into probabilities after."""

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
    """MiniRocket of aeon with a ridge head, fitted to an indicator; the penalty by leave-one-out."""

    def __init__(self, n_kernels=N_KERNELS):
        self.n_kernels = n_kernels

    def _fit(self, X, indicator):
        from aeon.transformations.collection.convolution_based import MiniRocket

        self.rocket_ = MiniRocket(n_kernels=self.n_kernels, random_state=0)
        features = self.rocket_.fit_transform(X)  # without y, which aeon takes one-dimensional only
        self.head_ = make_pipeline(StandardScaler(), RidgeCV(ALPHAS)).fit(features, indicator)

    def _logits(self, X):
        return STEEPNESS * (self.head_.predict(self.rocket_.transform(X)) - 0.5)


class PlainNet(_Encoded):
    """skorch around ResNet18 as one would write it: whole records, one mean and deviation, Adam."""

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
    """Return boosted trees on a table of what a cardiologist would measure."""
    trees = HistGradientBoostingClassifier(random_state=0)
    measured = VarianceThreshold()  # trees take missing values, but no column of nothing else, as of an absent lead
    return make_pipeline(BeatFeatures(fs=fs), measured, OneVsRestClassifier(trees) if multilabel else trees)


def boosted_samples():
    """Return boosted trees on the samples as they are, for beats, of which there is nothing more to measure."""
    flat = FunctionTransformer(lambda X: np.asarray(X).reshape(len(X), -1))
    return make_pipeline(flat, HistGradientBoostingClassifier(random_state=0))

"""EEGNet as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval
from ..networks import EEGNet
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class EEGNetClassifier(BaseECGClassifier):
    """EEGNet: a temporal, a spatial and a separable convolution, in a few thousand parameters.

    Parameters
    ----------
    width : int, default=16
        Number of filters in time.
    multiplier : int, default=2
        Number of mixtures of leads for each of these filters.
    n_tokens : int, default=16
        Number of tokens that the embedding concatenates.
    dropout : float, default=0.5
        Dropout after the second and the third step.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture: Lawhern et al. 2018, with the sizes of Marques & Oliveira 2025, arXiv 2503.08960.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import EEGNetClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = EEGNetClassifier(max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    width: int = 16
    multiplier: int = 2
    n_tokens: int = 16
    dropout: float = 0.5

    _network = EEGNet

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "width": [Interval(Integral, 1, None, closed="left")],
        "multiplier": [Interval(Integral, 1, None, closed="left")],
        "n_tokens": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

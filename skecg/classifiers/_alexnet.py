"""The AlexNet as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval
from ..networks import AlexNet
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class AlexNetClassifier(BaseECGClassifier):
    """AlexNet in one dimension: five convolutions and two wide linear layers.

    Parameters
    ----------
    width : int, default=64
        Number of channels of the first convolution; the others have 3, 6, 4 and 4 times as many.
    hidden_size : int, default=4096
        Size of the two layers of the perceptron, which is also the size of the embedding.
    dropout : float, default=0.5
        Dropout before each of these two layers.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture: Krizhevsky et al. 2012, in one dimension as in Marques & Oliveira 2025, arXiv 2503.08960.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import AlexNetClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = AlexNetClassifier(width=2, hidden_size=16, max_epochs=10, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    width: int = 64
    hidden_size: int = 4096
    dropout: float = 0.5

    _network = AlexNet

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "width": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

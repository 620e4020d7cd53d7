"""VGG as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval, Options
from ..networks import VGG
from ..networks.vgg import DEPTHS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class VGGClassifier(BaseECGClassifier):
    """VGG 11 to 19 in one dimension, with or without BatchNorm.

    Parameters
    ----------
    depth : {11, 13, 16, 19}, default=11
        Number of layers with weights.
    batch_norm : bool, default=True
        Whether BatchNorm follows each convolution.
    width : int, default=64
        Channels of the first stage; the others have 2, 4, 8 and 8 times as many.
    hidden_size : int, default=4096
        Size of the two layers of the perceptron, which is also the size of the embedding.
    dropout : float, default=0.5
        Dropout after each of these two layers.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture: Simonyan & Zisserman 2015, in one dimension as in Marques & Oliveira 2025, arXiv 2503.08960.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import VGGClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = VGGClassifier(width=2, hidden_size=16, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    depth: int = 11
    batch_norm: bool = True
    width: int = 64
    hidden_size: int = 4096
    dropout: float = 0.5

    _network = VGG

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "depth": [Options(Integral, set(DEPTHS))],
        "batch_norm": ["boolean"],
        "width": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

"""The ResNet as a classifier."""

from dataclasses import dataclass
from numbers import Integral

from .._scikit_learn import Interval, Options
from ..networks import ResNet
from ..networks.resnet import DEPTHS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class ResNetClassifier(BaseECGClassifier):
    """ResNet 18 to 152 in one dimension, a strong and stable feature extractor.

    Parameters
    ----------
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers.
    width : int, default=64
        Number of channels of the first stage; the last stage has eight times as many. At depths of 50
        and more, each stage returns four times its number of channels.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture: He et al. 2016, in one dimension as in Marques & Oliveira 2025, arXiv 2503.08960.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import ResNetClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = ResNetClassifier(width=8, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    depth: int = 18
    width: int = 64

    _network = ResNet

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "depth": [Options(Integral, set(DEPTHS))],
        "width": [Interval(Integral, 1, None, closed="left")],
    }

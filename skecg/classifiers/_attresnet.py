"""The ResNet with attention as a classifier."""

from dataclasses import dataclass
from numbers import Integral

from .._scikit_learn import Interval, Options, StrOptions
from ..networks import AttResNet
from ..networks.resnet import DEPTHS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class AttResNetClassifier(BaseECGClassifier):
    """AttResNet: a ResNet trunk, then self-attention over its tokens.

    Parameters
    ----------
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers of the ResNet trunk.
    width : int, default=64
        Channels of the first stage of the trunk.
    n_heads : int, default=8
        Number of attention heads. It must divide the channels of a token: `8 * width` at depths 18
        and 34, `32 * width` at greater depths.
    pooling : {"mean", "flatten"}, default="mean"
        "mean" averages the tokens; "flatten" keeps their order.
    n_tokens : int, default=64
        Number of tokens that "flatten" keeps; the default is the number of tokens of 2048 samples.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture and its defaults: Marques & Oliveira 2025, arXiv 2503.08960.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import AttResNetClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = AttResNetClassifier(width=8, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    depth: int = 18
    width: int = 64
    n_heads: int = 8
    pooling: str = "mean"
    n_tokens: int = 64

    _network = AttResNet

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "depth": [Options(Integral, set(DEPTHS))],
        "width": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "pooling": [StrOptions({"mean", "flatten"})],
        "n_tokens": [Interval(Integral, 1, None, closed="left")],
    }

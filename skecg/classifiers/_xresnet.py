"""The xresnet as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval, Options
from ..networks import XResNet
from ..networks.xresnet import DEPTHS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class XResNetClassifier(BaseECGClassifier):
    """xresnet1d 50 and 101, among the best networks on PTB-XL.

    Parameters
    ----------
    depth : {50, 101}, default=101
        Number of layers.
    width : int, default=64
        Number of channels after the stem and inside the blocks; between blocks, four times as many.
    hidden_size : int, default=128
        Size of the second to last layer, which is also the size of the embedding.
    dropout : float, default=0.5
        Dropout before the last layer; before the second to last layer, half as much.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture and its defaults: Strodthoff et al. 2021, Deep learning for ECG analysis.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import XResNetClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = XResNetClassifier(width=4, hidden_size=8, max_epochs=10, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    depth: int = 101
    width: int = 64
    hidden_size: int = 128
    dropout: float = 0.5

    _network = XResNet

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "depth": [Options(Integral, set(DEPTHS))],
        "width": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

"""The CRNN as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval, Options, StrOptions
from ..networks import CRNN
from ..networks.crnn import CELLS
from ..networks.resnet import DEPTHS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class CRNNClassifier(BaseECGClassifier):
    """CRNN: a convolutional trunk, then a recurrent network over its tokens.

    Try this network first: Marques & Oliveira 2025 find that it best balances ease of training and
    performance.

    Parameters
    ----------
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers of the ResNet trunk.
    width : int, default=64
        Number of channels of the first stage of the trunk; the last stage has eight times as many. At
        depths of 50 and more, each stage returns four times its number of channels.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrent layer.
    hidden_size : int, default=256
        Size of the state of the recurrent layer.
    n_layers : int, default=2
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether the layer reads the tokens in both directions.
    dropout : float, default=0.1
        Dropout between the recurrent layers.
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
    >>> from skecg.classifiers import CRNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = CRNNClassifier(width=8, hidden_size=16, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    depth: int = 18
    width: int = 64
    cell: str = "lstm"
    hidden_size: int = 256
    n_layers: int = 2
    bidirectional: bool = False
    dropout: float = 0.1

    _network = CRNN

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "depth": [Options(Integral, set(DEPTHS))],
        "width": [Interval(Integral, 1, None, closed="left")],
        "cell": [StrOptions(set(CELLS))],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

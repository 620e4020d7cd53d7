"""A recurrent network on raw samples as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval, StrOptions
from ..networks import RNN
from ..networks.crnn import CELLS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class RNNClassifier(BaseECGClassifier):
    """LSTM, GRU or plain RNN on raw samples.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrent layer.
    hidden_size : int, default=256
        Size of the state of the recurrent layer.
    n_layers : int, default=2
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether the layer reads the samples in both directions.
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
    >>> from skecg.classifiers import RNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = RNNClassifier(hidden_size=8, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    cell: str = "lstm"
    hidden_size: int = 256
    n_layers: int = 2
    bidirectional: bool = False
    dropout: float = 0.1

    _network = RNN

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "cell": [StrOptions(set(CELLS))],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

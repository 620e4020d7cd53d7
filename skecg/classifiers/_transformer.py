"""The transformer as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval
from ..networks import Transformer
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class TransformerClassifier(BaseECGClassifier):
    """Transformer encoder on the output of a convolution over raw samples.

    Parameters
    ----------
    width : int, default=256
        Number of channels of a token, a multiple of `n_heads`. The feed-forward networks are four times as wide.
    n_layers : int, default=2
        Number of encoder layers.
    n_heads : int, default=4
        Number of attention heads.
    dropout : float, default=0.1
        Dropout on the tokens after adding positions, and on the output of each part of a layer.
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
    >>> from skecg.classifiers import TransformerClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = TransformerClassifier(width=8, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    width: int = 256
    n_layers: int = 2
    n_heads: int = 4
    dropout: float = 0.1

    _network = Transformer

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "width": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

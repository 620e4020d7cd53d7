"""The diagonal state-space network as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval
from ..networks import S4
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class S4Classifier(BaseECGClassifier):
    """S4D: diagonal state-space layers, each a convolution with a kernel as long as the signal.

    Parameters
    ----------
    width : int, default=512
        Number of channels.
    n_layers : int, default=4
        Number of blocks.
    n_states : int, default=8
        Size of the state of each channel; even, because the states are conjugate pairs.
    bidirectional : bool, default=True
        Whether the state spaces also run backwards in time.
    dropout : float, default=0.2
        Dropout after the state spaces and on the output of each block before its skip connection.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture: Gu et al. 2022, arXiv 2206.11893; sizes: Mehari & Strodthoff 2022, arXiv 2211.07579.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import S4Classifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = S4Classifier(width=8, n_layers=1, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    width: int = 512
    n_layers: int = 4
    n_states: int = 8
    bidirectional: bool = True
    dropout: float = 0.2

    _network = S4

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "width": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "n_states": [Interval(Integral, 2, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

"""EfficientECG as a classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

from .._scikit_learn import Interval, StrOptions
from ..networks import EfficientECG
from ..networks.efficientecg import VARIANTS
from ._base import BaseECGClassifier


@dataclass(kw_only=True, eq=False, repr=False)
class EfficientECGClassifier(BaseECGClassifier):
    """EfficientECG B0 to B7: a light network of inverted bottlenecks.

    Parameters
    ----------
    variant : {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "compact"}, default="b0"
        The size, which sets the factors of width and depth, and the dropout before the last layer.
    width : int, default=32
        Number of channels of the first convolution of B0; all widths scale in proportion and are
        rounded to multiples of 8.
    dropout : float, default=None
        Dropout before the last layer; None takes the value of the variant, 0.2 to 0.5.
    drop_connect : float, default=0.2
        Probability that a record skips a block in training. It grows linearly with depth, from 0
        in the first block towards `drop_connect`. Blocks without a shortcut are never skipped.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    Architecture: Tan & Le 2019, in one dimension as Deng et al. 2025, arXiv 2512.03804, describe it.
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import EfficientECGClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = EfficientECGClassifier(width=8, max_epochs=10, batch_size=8, learning_rate=0.01, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    variant: str = "b0"
    width: int = 32
    dropout: float | None = None
    drop_connect: float = 0.2

    _network = EfficientECG
    _steps_to_learn = 30

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "variant": [StrOptions(set(VARIANTS))],
        "width": [Interval(Integral, 1, None, closed="left")],
        "dropout": [None, Interval(Real, 0, 1, closed="left")],
        "drop_connect": [Interval(Real, 0, 1, closed="left")],
    }

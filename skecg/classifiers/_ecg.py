"""Any torch network as a classifier."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from ._base import BaseECGClassifier


@dataclass(eq=False, repr=False)
class ECGClassifier(BaseECGClassifier):
    """Any torch network as a scikit-learn classifier.

    Parameters
    ----------
    module : callable
        A class or function that returns the network. It is called as
        `module(n_leads=..., n_outputs=..., **module_params)`, and also with `n_times` if its
        signature has this parameter. The network maps float32 (batch, n_leads, n_times) to logits
        (batch, n_outputs). `transform` needs a class with the method `forward_features`. The
        children of the network, in the order of the data, are the stages of `fine_tune`; the last
        child is the head. `covariates` need `forward_features` and a linear last layer `head` after
        it. `fusion="cross_attention"` also needs `forward_tokens`, which returns (batch, n_tokens,
        n_channels), `pool_tokens`, which computes the embedding from the tokens, and the attribute
        `n_channels`.
    module_params : dict, default=None
        Further arguments of `module`.
    **training

    Attributes
    ----------
    **fitted

    Notes
    -----
    **defaults

    Examples
    --------
    >>> import numpy as np
    >>> from torch import nn
    >>> from skecg.classifiers import ECGClassifier
    >>> def mean_voltage(n_leads, n_outputs):
    ...     return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(n_leads, n_outputs))
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 20)
    >>> X = rng.normal(size=(40, 2, 200)) + 2.0 * (y == "high")[:, None, None]
    >>> clf = ECGClassifier(mean_voltage, learning_rate=0.1, random_state=0)
    >>> clf.fit(X, y).predict(X[[0, -1]]).tolist()
    ['low', 'high']
    """

    module: Callable
    module_params: dict | None = None

    _parameter_constraints = {
        **BaseECGClassifier._parameter_constraints,
        "module": [callable],
        "module_params": [None, dict],
    }

    def _make_network(self, n_leads, n_outputs, n_times):
        params = {"n_leads": n_leads, "n_outputs": n_outputs, **(self.module_params or {})}
        if "n_times" in inspect.signature(self.module).parameters:
            params["n_times"] = n_times
        return self.module(**params)

    def _embeds(self):
        return hasattr(self.module, "forward_features")

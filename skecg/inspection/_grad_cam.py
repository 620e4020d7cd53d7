"""Grad-CAM: the places where the last convolutions find evidence for a class."""

from __future__ import annotations

import numpy as np

from ..training.loop.predict import trained_network
from ._follow import Followed, fill_parameters
from ._score import batches, differentiable, import_captum, targets_of
from ._tokens import captured, last_convolution, positions, spread


@fill_parameters
def grad_cam(estimator, X, *, target=None, layer=None, relu=True, space="input"):
    """Compute gradient-weighted class activation maps of a convolutional network.

    The map shows where a layer finds evidence for the target. The map has the time resolution of
    the layer: one value for 32 samples in a ResNet. The map does not distinguish leads, because
    the first convolution mixes the leads; all leads of a record get the same values.

    Parameters
    ----------
    **estimator
    **X
    **target
    layer : str, default=None
        Name of the layer inside the network, such as "trunk.stages.2". The output of the layer
        must have the shape (n_records, n_channels, n_tokens) or (n_records, n_channels, 1, n_tokens).
        By default all convolutions, up to the last that keeps a time axis.
    relu : bool, default=True
        Whether to set negative values, which speak against the target, to zero, as Selvaraju et
        al. do.
    **space

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        Without a unit. The result is a list if the records differ in length.

    Raises
    ------
    ImportError
        If captum is not installed.
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If the network has no convolution or no such layer, X does not fit the estimator, the
        target is unknown, or the result cannot be mapped back to X.

    Notes
    -----
    Overlapping windows are averaged. The value of a token is placed at the centre of gravity of
    the token's gradient; samples between two tokens are interpolated. The notes of `saliency`
    describe the score that is explained and how the result is mapped back to X.

    References
    ----------
    Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based
    localization", arXiv 1610.02391.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import grad_cam
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 300)), [0, 1] * 4
    >>> clf = CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> grad_cam(clf, X).shape
    (8, 2, 300)
    """
    captum = import_captum()
    followed = Followed(estimator, X)
    network = trained_network(followed.classifier)

    def maps(score, windows, arguments):
        _, *covariates = arguments
        first = [values[:1] for values in (windows, *covariates)]
        module = last_convolution(network, *first) if layer is None else _named(network, layer)
        cam = captum.LayerGradCam(score.log_odds, module)
        values = cam.attribute(windows, additional_forward_args=arguments).detach().flatten(1).cpu().numpy()

        def tokens_of(x):
            return captured(network, module, x, *(values[:1].expand(len(x), -1) for values in covariates)).flatten(2)

        centres = positions(network, *windows.shape[1:], values.shape[1], tokens_of)
        return spread(values, centres, windows.shape[2])

    values = over_windows(followed, targets_of(followed, target), maps)
    return followed.to_input([np.maximum(value, 0) for value in values] if relu else values, space)


def _named(network, layer):
    modules = dict(network.named_modules())
    if layer not in modules or not layer:
        raise ValueError(f"The network has no layer {layer!r}; its first layers are {list(modules)[1:12]}.")
    return modules[layer]


def over_windows(followed, target, compute):
    """Compute values for the samples of each window, and average the values over the windows of each record.

    Parameters
    ----------
    followed : Followed
    target : ndarray of int, shape (n_records,)
    compute : callable
        `compute(score, windows, arguments)` returns an ndarray of shape (n_windows, length).

    Returns
    -------
    values : list of ndarray of shape (n_leads, n_times)
    """
    out = [None] * len(followed.signals)
    with differentiable():
        for rows, x, arguments, score in batches(followed, target):
            n_windows, n_times = len(score.starts), x.shape[2]
            values = compute(score, score.cut(x), score.repeat(arguments))
            total, count = np.zeros((len(rows), n_times + score.length)), np.zeros(n_times + score.length)
            for i, start in enumerate(score.starts):
                total[:, start : start + score.length] += values[i::n_windows]
                count[start : start + score.length] += 1
            mean = (total / np.maximum(count, 1))[:, :n_times]
            for row, value in zip(rows, mean, strict=True):
                out[row] = np.broadcast_to(value, x.shape[1:])
    return out

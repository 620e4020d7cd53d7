"""Grad-CAM: where the last convolutions see what speaks for a class."""

from __future__ import annotations

import numpy as np
import torch

from ._follow import Followed
from ._score import batches, import_captum, targets_of, without_cudnn
from ._tokens import captured, last_convolution, positions, spread


def grad_cam(estimator, X, *, target=None, layer=None, relu=True, space="input"):
    """Tell where a convolutional network sees its reasons: gradient-weighted class activation maps.

    The map has the time resolution of the layer, one value for 32 samples in a ResNet, and knows
    no leads, which the first convolution mixes: all leads of a record get the same values.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg, or a `Pipeline` or a search that ends in one.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals as the estimator takes them.
    target : class, int or array-like of shape (n_records,), default=None
        The class to explain, or the number of the label in a multi-label task; one for all
        records or one each. By default the most probable one of each record.
    layer : str, default=None
        Name of the layer inside the network, such as "trunk.stages.2"; its output is
        (n_records, n_channels, n_tokens), or so with a height of one. By default all
        convolutions, up to the last that keeps a time axis.
    relu : bool, default=True
        Whether to keep only what speaks for the target, as Selvaraju et al. do.
    space : {"input", "network"}, default="input"
        Where the result belongs: to X, or to what the network sees (`seen_by_network`).

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        In no unit; a list where the records differ in length.

    Raises
    ------
    ImportError
        If captum is not there.
    TypeError
        If the last step is no classifier of skecg.
    ValueError
        If the network has no convolution or no such layer, X does not fit the estimator, the
        target is unknown, or the result cannot be led back to X.

    Notes
    -----
    Where windows overlap, the mean over them is taken. Values of tokens are placed where the
    tokens look, at the centre of gravity of their gradient, and interpolated between. What is
    explained, and how it is led back to X, is told in `saliency`.

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
    network = (followed := Followed(estimator, X)).classifier.net_.module_

    def maps(score, windows, beside):
        first = [values[:1] for values in (windows, *beside[1:])]
        module = last_convolution(network, *first) if layer is None else _named(network, layer)
        cam = captum.LayerGradCam(score.log_odds, module)
        values = cam.attribute(windows, additional_forward_args=beside).detach().flatten(1).cpu().numpy()

        def tokens_of(x):
            return captured(network, module, x, *(values[:1].expand(len(x), -1) for values in beside[1:])).flatten(2)

        centres = positions(network, *windows.shape[1:], values.shape[1], tokens_of)
        return spread(values, centres, windows.shape[2])

    values = over_windows(followed, targets_of(followed, target), maps)
    return followed.to_input([np.maximum(value, 0) for value in values] if relu else values, space)


def _named(network, layer):
    known = dict(network.named_modules())
    if layer not in known or not layer:
        raise ValueError(f"There is no layer {layer!r}; some are {list(known)[1:12]}.")
    return known[layer]


def over_windows(followed, target, compute):
    """Average over the windows of each record what is computed for their samples.

    Parameters
    ----------
    followed : Followed
    target : ndarray of int, shape (n_records,)
    compute : callable
        `compute(score, windows, beside)` gives an ndarray (n_windows, length).

    Returns
    -------
    values : list of ndarray of shape (n_leads, n_times)
    """
    out = [None] * len(followed.signals)
    with without_cudnn(), torch.enable_grad():
        for rows, x, beside, score in batches(followed, target):
            n_windows, n_times = len(score.starts), x.shape[2]
            values = compute(score, score.cut(x), score.repeat(beside))
            total, count = np.zeros((len(rows), n_times + score.length)), np.zeros(n_times + score.length)
            for i, start in enumerate(score.starts):
                total[:, start : start + score.length] += values[i::n_windows]
                count[start : start + score.length] += 1
            mean = (total / np.maximum(count, 1))[:, :n_times]
            for row, value in zip(rows, mean, strict=True):
                out[row] = np.broadcast_to(value, x.shape[1:])
    return out

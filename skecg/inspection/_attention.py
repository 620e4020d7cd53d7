"""Where the attention of a network goes."""

from __future__ import annotations

import numpy as np
import torch

from ..networks._attention import SelfAttention
from ._follow import Followed
from ._grad_cam import over_windows
from ._tokens import captured, positions, spread


def attention(estimator, X, *, layer=-1, space="input"):
    """Tell which samples the attention of a network looks at.

    Each token gets the mean of the attention that all tokens pay to it, in all heads, as a
    multiple of what it would get if attention were spread evenly. That is where the network
    looks, for whatever class: what it sees there is told by the other explanations.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg with attention (AttResNet, Transformer, ResTransformer), or a
        `Pipeline` or a search that ends in one.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals as the estimator takes them.
    layer : int or "rollout", default=-1
        Which of the attention layers, counted from the first, or from the last if negative;
        "rollout" multiplies them all, with half of each taken by the skip beside it (Abnar &
        Zuidema 2020).
    space : {"input", "network"}, default="input"
        Where the result belongs: to X, or to what the network sees (`seen_by_network`).

    Returns
    -------
    attention : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        1 is an even share. All leads of a record have the same values; a list where the records
        differ in length.

    Raises
    ------
    TypeError
        If the last step is no classifier of skecg.
    ValueError
        If the network has no attention or no such layer, X does not fit the estimator, or the
        result cannot be led back to X.

    Notes
    -----
    The matrices of attention are computed for one batch at a time; they grow with the square
    of the number of tokens. Windows are averaged where they overlap. How the result is led back
    to X is told in `saliency`.

    References
    ----------
    Abnar, Zuidema 2020, "Quantifying attention flow in transformers", arXiv 2005.00928.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import AttResNetClassifier
    >>> from skecg.inspection import attention
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 300)), [0, 1] * 4
    >>> clf = AttResNetClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> attention(clf, X).shape
    (8, 2, 300)
    """
    followed = Followed(estimator, X)
    network = followed.classifier.net_.module_
    modules = [module for module in network.modules() if isinstance(module, SelfAttention)]
    if not modules:
        raise ValueError(f"{type(network).__name__} has no attention; take grad_cam or integrated_gradients.")
    if layer != "rollout" and not (isinstance(layer, int) and -len(modules) <= layer < len(modules)):
        raise ValueError(f'layer must be "rollout" or the number of one of {len(modules)} layers; got {layer!r}.')

    def received(score, windows, target):
        with torch.no_grad():
            chosen = modules if layer == "rollout" else [modules[layer]]
            matrices = [_matrix(module, captured(network, module, windows, inputs=True)) for module in chosen]
            flow = _rollout(matrices) if layer == "rollout" else matrices[0]
            share = (flow.mean(dim=1) * flow.shape[2]).cpu().numpy()  # (n_windows, n_tokens)

        def tokens_of(x):
            return captured(network, modules[0], x, inputs=True).transpose(1, 2)

        centres = positions(network, *windows.shape[1:], share.shape[1], tokens_of)
        return spread(share, centres, windows.shape[2])

    nothing = np.zeros(len(followed.signals), np.int64)
    return followed.back(over_windows(followed, nothing, received), space)


def _matrix(module, tokens):
    """Return what each token (row) pays to each other one, mean over heads: (n_records, n_tokens, n_tokens)."""
    qkv = module.project_in(tokens).unflatten(2, (3, module.n_heads, -1))
    query, key, _ = qkv.permute(2, 0, 3, 1, 4)
    weights = (query @ key.transpose(2, 3) / query.shape[3] ** 0.5).softmax(dim=3)
    return weights.mean(dim=1)


def _rollout(matrices):
    """Multiply the attention of all layers, each with the skip beside it."""
    flow = None
    for matrix in matrices:
        step = (matrix + torch.eye(matrix.shape[1], device=matrix.device)) / 2
        flow = step if flow is None else step @ flow
    return flow

"""Where the attention of a network goes."""

from __future__ import annotations

import numpy as np
import torch

from ..networks._attention import SelfAttention
from ..networks._fusion import Fused
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
        A fitted classifier of skecg with attention (AttResNet, Transformer, ResTransformer, or
        any whose covariates are fused by cross-attention), or a `Pipeline` or a search that ends
        in one.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals as the estimator takes them.
    layer : int, "rollout" or "fusion", default=-1
        Which of the attention layers, counted from the first, or from the last if negative;
        "rollout" multiplies them all, with half of each taken by the skip beside it (Abnar &
        Zuidema 2020); "fusion" is what the covariates look at, with
        `fusion="cross_attention"`.
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
    modules = _choose(network, layer)

    def received(score, windows, beside):
        with torch.no_grad():
            if isinstance(network, Fused) and layer == "fusion":
                flow = network.attention(windows, *beside[1:])["covariates"].mean(dim=1)
            else:
                matrices = [_matrix(one, captured(network, one, windows, *beside[1:], inputs=True)) for one in modules]
                flow = _rollout(matrices) if layer == "rollout" else matrices[layer]
            share = (flow.mean(dim=1) * flow.shape[2]).cpu().numpy()  # (n_windows, n_tokens)

        def tokens_of(x):
            if layer == "fusion":
                return network.backbone.forward_tokens(x).transpose(1, 2)
            few = (values[:1].expand(len(x), -1) for values in beside[1:])
            return captured(network, modules[0], x, *few, inputs=True).transpose(1, 2)

        centres = positions(network, *windows.shape[1:], share.shape[1], tokens_of)
        return spread(share, centres, windows.shape[2])

    nothing = np.zeros(len(followed.signals), np.int64)
    return followed.to_input(over_windows(followed, nothing, received), space)


def _choose(network, layer):
    """Return the self-attentions of a network; the fusion with covariates has its own."""
    modules = [module for module in network.modules() if isinstance(module, SelfAttention)]
    fused = getattr(network, "fusion", None) == "cross_attention"
    if layer == "fusion" and not fused:
        raise ValueError('layer="fusion" needs a classifier with covariates and fusion="cross_attention".')
    if layer != "fusion" and not modules:
        instead = 'layer="fusion"' if fused else "grad_cam or integrated_gradients"
        raise ValueError(f"{type(network).__name__} has no attention of its own; take {instead}.")
    if layer not in ("fusion", "rollout") and not (isinstance(layer, int) and -len(modules) <= layer < len(modules)):
        raise ValueError(
            f'layer must be "rollout", "fusion" or the number of one of {len(modules)} layers; got {layer!r}.'
        )
    return modules


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

"""The attention that a network pays to each sample."""

from __future__ import annotations

import numpy as np
import torch

from ..networks._attention import SelfAttention
from ..networks._fusion import Fused
from ..training.loop.predict import trained_network
from ._follow import Followed, fill_parameters
from ._grad_cam import over_windows
from ._tokens import captured, positions, spread


@fill_parameters
def attention(estimator, X, *, layer=-1, space="input"):
    """Return the attention that a network pays to each sample.

    The value of a token is the attention that the token receives, averaged over all tokens and
    heads, as a multiple of an even share. Attention shows where the network looks, for all
    classes at once. The other explanations show what speaks for one class.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg with attention (AttResNet, Transformer, ResTransformer, or
        any whose covariates are fused by cross-attention), or a `Pipeline` or a search that ends
        in one.
    **X
    layer : int, "rollout" or "fusion", default=-1
        Number of the attention layer, counted from the first, or from the last if negative.
        "rollout" multiplies all layers and gives each layer and its skip connection half of the
        weight (Abnar & Zuidema 2020). "fusion" is the attention that the covariates pay, with
        `fusion="cross_attention"`.
    **space

    Returns
    -------
    attention : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        1 is an even share. All leads of a record have the same values. The result is a list if
        the records differ in length.

    Raises
    ------
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If the network has no attention or no such layer, X does not fit the estimator, or the
        result cannot be mapped back to X.

    Notes
    -----
    The attention matrices grow with the square of the number of tokens. `attention` computes the
    matrices for one batch at a time. Overlapping windows are averaged. The notes of `saliency`
    describe how the result is mapped back to X.

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
    network = trained_network(followed.classifier)
    modules = _choose(network, layer)

    def received(score, windows, arguments):
        _, *covariates = arguments
        with torch.no_grad():
            if isinstance(network, Fused) and layer == "fusion":
                flow = network.attention(windows, *covariates)["covariates"].mean(dim=1)
            else:
                matrices = [_matrix(one, captured(network, one, windows, *covariates, inputs=True)) for one in modules]
                flow = _rollout(matrices) if layer == "rollout" else matrices[layer]
            share = (flow.mean(dim=1) * flow.shape[2]).cpu().numpy()  # (n_windows, n_tokens)

        def tokens_of(x):
            if layer == "fusion":
                return network.backbone.forward_tokens(x).transpose(1, 2)
            few = (values[:1].expand(len(x), -1) for values in covariates)
            return captured(network, modules[0], x, *few, inputs=True).transpose(1, 2)

        centres = positions(network, *windows.shape[1:], share.shape[1], tokens_of)
        return spread(share, centres, windows.shape[2])

    nothing = np.zeros(len(followed.signals), np.int64)
    return followed.to_input(over_windows(followed, nothing, received), space)


def _choose(network, layer):
    """Return the self-attention modules of a network, and check that the network has the layer."""
    modules = [module for module in network.modules() if isinstance(module, SelfAttention)]
    fused = getattr(network, "fusion", None) == "cross_attention"
    if layer == "fusion" and not fused:
        raise ValueError('layer="fusion" needs a classifier with covariates and fusion="cross_attention".')
    if layer != "fusion" and not modules:
        instead = 'layer="fusion"' if fused else "grad_cam or integrated_gradients"
        raise ValueError(f"{type(network).__name__} has no attention layers; use {instead} instead.")
    if layer not in ("fusion", "rollout") and not (isinstance(layer, int) and -len(modules) <= layer < len(modules)):
        raise ValueError(
            f'layer must be "rollout", "fusion" or the number of one of the {len(modules)} layers; got {layer!r}.'
        )
    return modules


def _matrix(module, tokens):
    """Return the attention from each token (row) to each token, mean over heads: (n_records, n_tokens, n_tokens)."""
    qkv = module.project_in(tokens).unflatten(2, (3, module.n_heads, -1))
    query, key, _ = qkv.permute(2, 0, 3, 1, 4)
    weights = (query @ key.transpose(2, 3) / query.shape[3] ** 0.5).softmax(dim=3)
    return weights.mean(dim=1)


def _rollout(matrices):
    """Multiply the attention of all layers, each averaged with its skip connection."""
    flow = None
    for matrix in matrices:
        step = (matrix + torch.eye(matrix.shape[1], device=matrix.device)) / 2
        flow = step if flow is None else step @ flow
    return flow

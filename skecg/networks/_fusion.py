"""Fuse age, sex and other covariates with the signal in three ways, for every network.

Reference: Deng et al. 2025, "EfficientECG: cross-attention with feature fusion", arXiv 2512.03804,
for the cross-attention of leads, age and sex; Perez et al. 2018, "FiLM: visual reasoning with a
general conditioning layer", arXiv 1709.07871. Differences from the former, which has no public code:
the sizes, the simultaneous attention in both directions and the empty token are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ._layers import Projection
from ._random import rand

HIDDEN = 0.1  # probability that training hides a covariate


class CovariateEncoder(nn.Module):
    """Embed each covariate as a vector; a missing covariate has a separate vector.

    A covariate is given as a few numbers: a numeric covariate as (value, 1, 0), or (0, 0, 1) if it
    is missing; a categorical covariate as a one-hot vector, in which the last place means missing.
    The numbers may be blended, as mixup does. Training hides one covariate in ten, so that the
    vector for missing values is learnt even if no value is missing.
    """

    def __init__(self, sizes: Sequence[int], width: int):
        super().__init__()
        self.sizes = list(sizes)
        self.columns = nn.ModuleList([nn.Linear(size, width, bias=False) for size in sizes])
        self.mix = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, covariates: Tensor) -> Tensor:
        """Return (n_records, n_covariates, width)."""
        columns = zip(self.columns, covariates.split(self.sizes, dim=1), strict=True)
        embedded = torch.stack([column(self._hide(values)) for column, values in columns], dim=1)
        return embedded + self.mix(embedded)

    def _hide(self, values: Tensor) -> Tensor:
        if not self.training:
            return values
        missing = torch.zeros_like(values)
        missing[:, -1] = 1
        return torch.where(rand((len(values), 1), values.device) < HIDDEN, missing, values)


class CrossAttention(nn.Module):
    """Multi-head attention from query tokens to memory tokens, which also returns its weights."""

    def __init__(self, n_query: int, n_memory: int, *, width: int, n_heads: int):
        super().__init__()
        self.n_heads = n_heads
        self.query = Projection(n_query, width)
        self.key = Projection(n_memory, width)
        self.value = Projection(n_memory, width)
        self.out = nn.Linear(width, n_query)
        nn.init.zeros_(self.out.weight)  # the untrained layer only passes on its skip connection
        nn.init.zeros_(self.out.bias)

    def forward(self, queries: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return the output, shaped as the queries, and the weights, (n_records, n_heads, n_queries, n_memory)."""
        query, key, value = (
            projected.unflatten(2, (self.n_heads, -1)).transpose(1, 2)  # (n_records, n_heads, n_tokens, ...)
            for projected in (self.query(queries), self.key(memory), self.value(memory))
        )
        weights = torch.softmax(query @ key.transpose(2, 3) * query.shape[3] ** -0.5, dim=3)
        return self.out((weights @ value).transpose(1, 2).flatten(2)), weights


class _Head(nn.Module):
    """Layers after the backbone: embedding of covariates, fusion with the signal, last layer."""

    def __init__(self, n_features: int, sizes: Sequence[int], n_outputs: int, width: int):
        super().__init__()
        self.covariates = CovariateEncoder(sizes, width)
        self.classify = nn.Linear(n_features, n_outputs)
        nn.init.normal_(self.classify.weight, 0.0, 0.01)
        nn.init.zeros_(self.classify.bias)


class _Concat(_Head):
    """Concatenation of the embeddings of signal and covariates."""

    def __init__(self, n_features: int, sizes: Sequence[int], n_outputs: int, width: int):
        super().__init__(n_features + width * len(sizes), sizes, n_outputs, width)

    def fuse(self, features: Tensor, covariates: Tensor) -> Tensor:
        return torch.cat([features, self.covariates(covariates).flatten(1)], dim=1)


class _FiLM(_Head):
    """Scale and shift of every signal feature, computed from the covariates."""

    def __init__(self, n_features: int, sizes: Sequence[int], n_outputs: int, width: int):
        super().__init__(n_features, sizes, n_outputs, width)
        self.modulate = nn.Linear(width * len(sizes), 2 * n_features)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)

    def fuse(self, features: Tensor, covariates: Tensor) -> Tensor:
        scale, shift = self.modulate(self.covariates(covariates).flatten(1)).chunk(2, dim=1)
        return features * (1 + scale) + shift


class _CrossAttentionHead(_Head):
    """Covariates query the tokens and tokens query the covariates, each with a skip connection."""

    def __init__(self, n_features: int, sizes: Sequence[int], n_outputs: int, width: int, *, n_channels: int):
        super().__init__(n_features + width * len(sizes), sizes, n_outputs, width)
        self.nothing = nn.Parameter(torch.randn(1, 1, width))  # token to attend to when no covariate matters
        self.ask_signal = CrossAttention(width, n_channels, width=width, n_heads=_N_HEADS)
        self.ask_covariates = CrossAttention(n_channels, width, width=width, n_heads=_N_HEADS)
        self.norm = nn.LayerNorm(width)

    def fuse(
        self, tokens: Tensor, covariates: Tensor, pool: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        embedded = self.covariates(covariates)  # (n_records, n_covariates, width)
        from_signal, weights_of_covariates = self.ask_signal(embedded, tokens)
        memory = torch.cat([embedded, self.nothing.expand(tokens.shape[0], -1, -1)], dim=1)
        from_covariates, weights_of_tokens = self.ask_covariates(tokens, memory)
        features = [pool(tokens + from_covariates), self.norm(embedded + from_signal).flatten(1)]
        return torch.cat(features, dim=1), {"covariates": weights_of_covariates, "tokens": weights_of_tokens}


_N_HEADS = 4
_EMBEDDINGS = {"concat": _Concat, "film": _FiLM}
FUSIONS = (*_EMBEDDINGS, "cross_attention")


class Fused(nn.Module):
    """A network whose signal features are fused with covariates before the last layer.

    Parameters
    ----------
    backbone : torch.nn.Module
        Has `forward_features` and the last linear layer `head`, which the fusion replaces;
        for "cross_attention", also `forward_tokens`, `pool_tokens` and `n_channels`.
    sizes : sequence of int
        Number of values that encode each covariate, see `CovariateEncoder`.
    n_outputs : int
        Number of outputs (logits).
    fusion : {"concat", "film", "cross_attention"}
        "concat" concatenates the embeddings; "film" scales and shifts the features of the signal;
        in "cross_attention", the covariates query the tokens of the signal in time, and the tokens
        query the covariates.
    width : int, default=32
        Size of the embedding of a covariate and of the attention, a multiple of 4.

    Raises
    ------
    ValueError
        If the backbone lacks a method or attribute that the fusion needs.
    """

    backbone: Any
    head: Any

    def __init__(self, backbone: Any, sizes: Sequence[int], n_outputs: int, *, fusion: str, width: int = 32):
        super().__init__()
        _check_backbone(backbone, fusion)
        self.backbone = backbone
        self.fusion = fusion
        n_features = backbone.head.in_features
        backbone.head = nn.Identity()
        if fusion == "cross_attention":
            n_channels = backbone.n_channels
            self.head = _CrossAttentionHead(n_features, sizes, n_outputs, width, n_channels=n_channels)
        else:
            self.head = _EMBEDDINGS[fusion](n_features, sizes, n_outputs, width)

    def forward_features(self, x: Tensor, covariates: Tensor) -> Tensor:
        """Return the fused embedding, (n_records, n_features)."""
        if isinstance(self.head, _CrossAttentionHead):
            return self._attend(x, covariates)[0]
        return self.head.fuse(self.backbone.forward_features(x), covariates)

    def classify(self, x: Tensor, covariates: Tensor) -> Tensor:
        """Return the logits for embeddings `x` of the backbone; not for "cross_attention", which needs tokens."""
        return self.head.classify(self.head.fuse(x, covariates))

    def forward(self, x: Tensor, covariates: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head.classify(self.forward_features(x, covariates))

    def attention(self, x: Tensor, covariates: Tensor) -> dict[str, Tensor]:
        """Return the attention weights.

        "covariates" holds the weights of the tokens for each covariate, (n_records, n_heads,
        n_covariates, n_tokens). "tokens" holds the weights of the covariates for each token,
        (n_records, n_heads, n_tokens, n_covariates + 1); the last weight is for no covariate.
        """
        if not isinstance(self.head, _CrossAttentionHead):
            raise ValueError('Only fusion="cross_attention" has attention weights.')
        return self._attend(x, covariates)[1]

    def _attend(self, x: Tensor, covariates: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return self.head.fuse(self.backbone.forward_tokens(x), covariates, self.backbone.pool_tokens)


def _check_backbone(backbone: nn.Module, fusion: str) -> None:
    name = type(backbone).__name__
    if not (hasattr(backbone, "forward_features") and isinstance(getattr(backbone, "head", None), nn.Linear)):
        raise ValueError(
            f"{name} cannot be fused with covariates: it needs a method forward_features and a linear last "
            'layer called head, for fusion="concat" and "film".'
        )
    wanted = ("forward_tokens", "pool_tokens", "n_channels")
    if fusion == "cross_attention" and not all(hasattr(backbone, what) for what in wanted):
        raise ValueError(
            f'{name} has no tokens ({", ".join(wanted)}), which fusion="cross_attention" needs; '
            'fusion="concat" and "film" work with it.'
        )

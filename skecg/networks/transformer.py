"""Transformer: self-attention on raw samples.

Reference: Vaswani et al. 2017, "Attention is all you need", arXiv 1706.03762; for ECGs:
Marques & Oliveira 2025, arXiv 2503.08960, who find that it struggles with little data and gains
much from a convolutional trunk in front (`ResTransformer`). Differences from the paper: no
dropout on the attention weights, so that memory is linear in the length, not quadratic.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._attention import Encoder
from ._layers import conv, initialize, to_image, to_tokens


class Transformer(nn.Module):
    """A Transformer encoder with one token for every sample.

    signal -> convolution 3 -> sinusoidal positions -> encoder layers -> mean over time -> linear

    Memory is linear in the length, because the attention is fused, which allows no dropout on its
    weights. `dropout` applies to the positions, the residual and the feed-forward paths.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    width : int, default=256
        Number of channels of a token, a multiple of `n_heads`. The feed-forward networks are four times as wide.
    n_layers : int, default=2
        Number of encoder layers.
    n_heads : int, default=4
        Number of attention heads.
    dropout : float, default=0.1
        Dropout on the tokens after adding positions, and on the output of each part of a layer.

    Raises
    ------
    ValueError
        If `width` is not a multiple of `n_heads`.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import Transformer
    >>> Transformer(12, 5)(torch.zeros(2, 12, 250)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        width: int = 256,
        n_layers: int = 2,
        n_heads: int = 4,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.n_channels = width
        self.embed = conv(n_leads, width, 3, bias=True)
        self.encoder = Encoder(width, n_layers=n_layers, n_heads=n_heads, dropout=dropout)
        self.head = nn.Linear(width, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_times, width)."""
        return self.encoder(to_tokens(self.embed(to_image(x))))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, width)."""
        return tokens.mean(dim=1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, width)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

"""AttResNet: a ResNet, then one self-attention layer over its tokens.

Reference: Marques & Oliveira 2025, arXiv 2503.08960, where fine-tuning all weights is better
than fine-tuning only the classification layer. Differences from the paper: the variant without a
mean first averages its tokens to a fixed number of tokens, so that it accepts any length. At 2048
samples, the length of the paper, both are the same.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._attention import SelfAttention
from ._layers import check_option, initialize
from .resnet import ResNetTrunk

POOLINGS = ("mean", "flatten")


class AttResNet(nn.Module):
    """A ResNet trunk, then one self-attention over its tokens.

    signal -> ResNetTrunk -> multi-head self-attention -> mean over tokens, or a fixed number of
    tokens concatenated -> linear

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers of the ResNet trunk.
    width : int, default=64
        Channels of the first stage of the trunk.
    n_heads : int, default=8
        Number of attention heads. It must divide the channels of a token: `8 * width` at depths 18
        and 34, `32 * width` at greater depths.
    pooling : {"mean", "flatten"}, default="mean"
        "mean" averages the tokens; "flatten" keeps their order.
    n_tokens : int, default=64
        Number of tokens that "flatten" keeps; the default is the number of tokens of 2048 samples.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import AttResNet
    >>> AttResNet(12, 5)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        depth: int = 18,
        width: int = 64,
        n_heads: int = 8,
        pooling: str = "mean",
        n_tokens: int = 64,
    ):
        super().__init__()
        check_option("pooling", pooling, POOLINGS)
        self.trunk = ResNetTrunk(n_leads, depth=depth, width=width)
        self.n_channels = self.trunk.n_channels
        self.attention = SelfAttention(self.trunk.n_channels, n_heads)
        n_kept = n_tokens if pooling == "flatten" else 1
        self.pool = nn.AdaptiveAvgPool1d(n_kept)
        self.head = nn.Linear(self.trunk.n_channels * n_kept, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, ceil(n_times / 32), n_channels)."""
        return self.attention(self.trunk(x).transpose(1, 2))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, n_channels) or (n_records, n_channels x n_tokens)."""
        return self.pool(tokens.transpose(1, 2)).flatten(1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, n_channels) or (n_records, n_channels x n_tokens)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

"""ResTransformer: a convolutional trunk for the beats, and self-attention to relate them.

Reference: Marques & Oliveira 2025, arXiv 2503.08960, where fine-tuning all weights is
better than fine-tuning only the last layer. Differences from the paper: no dropout on the attention
weights, so that memory is linear in the length, not quadratic.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._attention import Encoder
from ._layers import initialize
from .resnet import ResNetTrunk


class ResTransformer(nn.Module):
    """A ResNet trunk, then a Transformer encoder over its tokens.

    signal -> ResNetTrunk -> sinusoidal positions -> encoder layers -> mean over time -> linear

    The encoder is as wide as the tokens of the trunk: by default, 512 channels after ResNet 18 and
    34, and 2048 after the deeper trunks.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers of the ResNet trunk.
    width : int, default=64
        Channels of the first stage of the trunk.
    n_layers : int, default=2
        Number of encoder layers.
    n_heads : int, default=4
        Number of attention heads.
    dropout : float, default=0.1
        Dropout on the tokens after adding positions, and on the output of each part of a layer.

    Raises
    ------
    ValueError
        If the number of channels of the trunk is not a multiple of `n_heads`.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import ResTransformer
    >>> ResTransformer(12, 5)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        depth: int = 18,
        width: int = 64,
        n_layers: int = 2,
        n_heads: int = 4,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.trunk = ResNetTrunk(n_leads, depth=depth, width=width)
        self.n_channels = self.trunk.n_channels
        self.encoder = Encoder(self.trunk.n_channels, n_layers=n_layers, n_heads=n_heads, dropout=dropout)
        self.head = nn.Linear(self.trunk.n_channels, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, ceil(n_times / 32), n_channels)."""
        return self.encoder(self.trunk(x).transpose(1, 2))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, n_channels)."""
        return tokens.mean(dim=1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, n_channels)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

"""Self-attention over tokens, `(n_records, n_tokens, n_channels)`: shared by the Transformer networks.

Reference: Vaswani et al. 2017, "Attention is all you need", arXiv 1706.03762.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ._layers import Projection, TokenLinear
from ._random import Dropout


class SelfAttention(nn.Module):
    """Multi-head self-attention with memory linear in the number of tokens.

    There is no dropout on the attention weights. With dropout, PyTorch does not use its fused kernel
    and stores the n_tokens x n_tokens matrix of every head, which at 5,000 tokens takes 1.6 GB per
    record instead of 33 MB.
    """

    def __init__(self, n_channels: int, n_heads: int):
        super().__init__()
        if n_channels % n_heads:
            raise ValueError(f"n_channels ({n_channels}) must be a multiple of n_heads ({n_heads})")
        self.n_heads = n_heads
        self.project_in = Projection(n_channels, 3 * n_channels)
        self.project_out = Projection(n_channels, n_channels)

    def forward(self, tokens: Tensor) -> Tensor:
        qkv = self.project_in(tokens).unflatten(2, (3, self.n_heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (n_records, n_heads, n_tokens, n_channels / n_heads)
        mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.project_out(mixed.transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each followed by a skip connection and LayerNorm.

    Dropout is applied to the output of both and inside the feed-forward network, but not to the
    attention weights (see `SelfAttention`).
    """

    def __init__(self, n_channels: int, n_heads: int, dropout: float):
        super().__init__()
        self.attention = SelfAttention(n_channels, n_heads)
        self.norm1 = nn.LayerNorm(n_channels)
        self.feed_forward = nn.Sequential(
            TokenLinear(n_channels, 4 * n_channels),
            nn.ReLU(),
            Dropout(dropout),
            TokenLinear(4 * n_channels, n_channels),
        )
        self.norm2 = nn.LayerNorm(n_channels)
        self.dropout = Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.norm1(tokens + self.dropout(self.attention(tokens)))
        return self.norm2(tokens + self.dropout(self.feed_forward(tokens)))


class Encoder(nn.Module):
    """Sinusoidal positions, then a stack of post-norm encoder layers."""

    def __init__(self, n_channels: int, *, n_layers: int, n_heads: int, dropout: float):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.layers = nn.Sequential(*[EncoderLayer(n_channels, n_heads, dropout) for _ in range(n_layers)])

    def forward(self, tokens: Tensor) -> Tensor:
        return self.layers(self.dropout(tokens + sinusoidal_positions(tokens)))


def sinusoidal_positions(tokens: Tensor) -> Tensor:
    """Return the positions of the tokens, (n_tokens, n_channels).

    Token t has sin(w_i t) in channel 2i and cos(w_i t) in channel 2i + 1, for the frequencies
    w_i = 10000^(-2i / n_channels) (Vaswani et al. 2017, section 3.5).
    """
    _, n_tokens, n_channels = tokens.shape
    even = torch.arange(0, n_channels, 2, device=tokens.device, dtype=torch.float32)
    time = torch.arange(n_tokens, device=tokens.device, dtype=torch.float32)
    angle = torch.outer(time, torch.exp(even * (-math.log(10_000) / n_channels)))
    waves = torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)  # (n_tokens, n_channels or one more)
    return waves[:, :n_channels].to(tokens.dtype)

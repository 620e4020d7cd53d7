"""EEGNet: a few thousand weights, in three steps: filters in time, over the leads, and in time again.

Reference: Lawhern et al. 2018, "EEGNet: a compact convolutional neural network for EEG-based
brain-computer interfaces", doi 10.1088/1741-2552/aace8c; for ECGs: Marques & Oliveira 2025,
arXiv 2503.08960, with 16 filters of 32 samples. Differences from the latter: the last pool
averages to a fixed number of tokens. In the paper it averages 16 steps, so that the head accepts only
one length. At 2048 samples, the length of the paper, both are the same. Differences from the former:
no upper limit on the norm of the weights.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._layers import initialize, pad_to, to_tokens
from ._random import Dropout

_SHORTEST = 8  # one step of the first pool


class EEGNet(nn.Module):
    """EEGNet for ECGs: filters in time, mixtures of leads per filter, filters in time.

    signal -> convolution 32 of each lead separately -> weighted sums over the leads, `multiplier`
    for each filter -> mean of 8 -> depthwise convolution 16 and mixture of filters -> mean to
    `n_tokens` tokens -> linear

    BatchNorm follows every step; ELU and dropout follow the second and the third step.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    width : int, default=16
        Number of filters in time.
    multiplier : int, default=2
        Number of mixtures of leads for each of these filters.
    n_tokens : int, default=16
        Number of tokens that the embedding concatenates.
    dropout : float, default=0.5
        Dropout after the second and the third step.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.
    Fewer than 8 samples are zero-padded at their end to 8.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import EEGNet
    >>> EEGNet(12, 5)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        width: int = 16,
        multiplier: int = 2,
        n_tokens: int = 16,
        dropout: float = 0.5,
    ):
        super().__init__()
        n_mixed = multiplier * width
        self.temporal = nn.Sequential(
            nn.ZeroPad2d((15, 16, 0, 0)),
            nn.Conv2d(1, width, (1, 32), bias=False),
            nn.BatchNorm2d(width),
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(width, n_mixed, (n_leads, 1), groups=width, bias=False),
            nn.BatchNorm2d(n_mixed),
            nn.ELU(),
            nn.AvgPool2d((1, 8)),
            Dropout(dropout),
        )
        self.separable = nn.Sequential(
            nn.ZeroPad2d((7, 8, 0, 0)),
            nn.Conv2d(n_mixed, n_mixed, (1, 16), groups=n_mixed, bias=False),
            nn.Conv2d(n_mixed, n_mixed, 1, bias=False),
            nn.BatchNorm2d(n_mixed),
            nn.ELU(),
            nn.AdaptiveAvgPool2d((1, n_tokens)),
            Dropout(dropout),
        )
        self.n_channels = n_mixed
        self.head = nn.Linear(n_mixed * n_tokens, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_tokens, multiplier x width)."""
        x = self.temporal(pad_to(x, _SHORTEST).unsqueeze(1))  # (n_records, width, n_leads, n_times)
        x = self.spatial(x)  # (n_records, multiplier x width, 1, n_times // 8)
        return to_tokens(self.separable(x))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, multiplier x width x n_tokens)."""
        return tokens.transpose(1, 2).flatten(1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, multiplier x width x n_tokens)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

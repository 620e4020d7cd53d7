"""XResNet: a ResNet with a deep stem, averaging shortcuts and the same narrow width in all stages.

Reference: He et al. 2019, "Bag of tricks for image classification with convolutional neural
networks"; in one dimension for ECGs, as xresnet1d50 and xresnet1d101: Strodthoff, Wagner,
Schaeffter, Samek 2021, "Deep learning for ECG analysis: benchmarking and insights from PTB-XL",
doi 10.1109/JBHI.2020.3022989. Differences from the latter: none.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._layers import check_option, conv, initialize, to_image, to_tokens
from ._random import Dropout

_CONFIGURATIONS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
DEPTHS = tuple(_CONFIGURATIONS)
_EXPANSION = 4
_KERNEL = 5


def _normed(n_in: int, n_out: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(conv(n_in, n_out, kernel, stride=stride), nn.BatchNorm2d(n_out))


def _activated(n_in: int, n_out: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(*_normed(n_in, n_out, kernel, stride=stride), nn.ReLU())


class _Bottleneck(nn.Module):
    """Reduce, convolve with kernel 5, expand fourfold, with a shortcut that averages over time."""

    def __init__(self, n_in: int, width: int, stride: int):
        super().__init__()
        n_out = _EXPANSION * width
        self.reduce = _activated(n_in, width, 1)
        self.convolve = _activated(width, width, _KERNEL, stride=stride)
        self.expand = conv(width, n_out, 1)
        self.norm = nn.BatchNorm2d(n_out)
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut.append(nn.AvgPool2d((1, stride), ceil_mode=True))
        if n_in != n_out:
            self.shortcut.append(_normed(n_in, n_out, 1))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        out = self.norm(self.expand(self.convolve(self.reduce(x))))
        return self.relu(out + self.shortcut(x))


class XResNet(nn.Module):
    """XResNet 50 and 101 for ECGs, with short windows at 100 Hz among the best networks on PTB-XL.

    signal -> three convolutions 5, the first of stride 2 -> maximum of 3, stride 2 -> four
    stages of bottleneck blocks; each stage after the first halves the time -> mean and maximum over
    time -> BatchNorm, dropout and one layer of a perceptron -> BatchNorm, dropout -> linear

    The last BatchNorm of each block starts with zero weights, so that an untrained block returns its
    shortcut.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    depth : {50, 101}, default=101
        Number of layers.
    width : int, default=64
        Number of channels after the stem and inside the blocks; between blocks, four times as many.
    hidden_size : int, default=128
        Size of the second to last layer, which is also the size of the embedding.
    dropout : float, default=0.5
        Dropout before the last layer; before the second to last layer, half as much.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import XResNet
    >>> XResNet(12, 5, depth=50)(torch.zeros(2, 12, 250)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        depth: int = 101,
        width: int = 64,
        hidden_size: int = 128,
        dropout: float = 0.5,
    ):
        super().__init__()
        check_option("depth", depth, DEPTHS)
        self.stem = nn.Sequential(
            _activated(n_leads, width // 2, _KERNEL, stride=2),
            _activated(width // 2, width // 2, _KERNEL),
            _activated(width // 2, width, _KERNEL),
            nn.MaxPool2d((1, 3), stride=(1, 2), padding=(0, 1)),
        )
        stages = []
        n_in = width
        for i, n_blocks in enumerate(_CONFIGURATIONS[depth]):
            blocks = []
            for j in range(n_blocks):
                blocks.append(_Bottleneck(n_in, width, stride=2 if i > 0 and j == 0 else 1))
                n_in = _EXPANSION * width
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.n_channels = n_in
        self.perceptron = nn.Sequential(
            nn.BatchNorm1d(2 * n_in),
            Dropout(dropout / 2),
            nn.Linear(2 * n_in, hidden_size),
            nn.ReLU(),
            nn.BatchNorm1d(hidden_size),
            Dropout(dropout),
        )
        self.head = nn.Linear(hidden_size, n_outputs)
        self._initialize()

    def _initialize(self) -> None:
        """Set the weights as published: Kaiming also for linear layers, and each block starts as its shortcut."""
        initialize(self)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)
            elif isinstance(module, _Bottleneck):
                nn.init.zeros_(module.norm.weight)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_tokens, n_channels)."""
        return to_tokens(self.stages(self.stem(to_image(x))))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, hidden_size)."""
        return self.perceptron(torch.cat([tokens.amax(dim=1), tokens.mean(dim=1)], dim=1))

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, hidden_size)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

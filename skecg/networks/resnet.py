"""ResNet: the torchvision family in one dimension.

Reference: He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition"; in one
dimension for ECGs: Marques & Oliveira 2025, arXiv 2503.08960. Differences from the latter: none.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ._layers import conv, initialize, to_image


class _Block(nn.Module):
    """A residual block; each of its activations is a module, as tools such as DeepLIFT require."""

    activations: tuple[str, ...]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "relu" in self._modules:  # pickles of 0.1.0 have one module for all activations
            for name in self.activations:
                self._modules[name] = nn.ReLU()
            del self._modules["relu"]


class _BasicBlock(_Block):
    """Two convolutions of kernel 3 with a shortcut."""

    expansion = 1
    activations = ("relu1", "relu2")

    def __init__(self, n_in: int, width: int, stride: int):
        super().__init__()
        self.conv1 = conv(n_in, width, 3, stride=stride)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(width, width, 3)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.shortcut = _shortcut(n_in, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu1(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        return self.relu2(out + self.shortcut(x))


class _Bottleneck(_Block):
    """Reduce, convolve with kernel 3, expand fourfold, with a shortcut."""

    expansion = 4
    activations = ("relu1", "relu2", "relu3")

    def __init__(self, n_in: int, width: int, stride: int):
        super().__init__()
        n_out = self.expansion * width
        self.conv1 = conv(n_in, width, 1)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(width, width, 3, stride=stride)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3 = conv(width, n_out, 1)
        self.norm3 = nn.BatchNorm2d(n_out)
        self.relu3 = nn.ReLU()
        self.shortcut = _shortcut(n_in, n_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu1(self.norm1(self.conv1(x)))
        out = self.relu2(self.norm2(self.conv2(out)))
        out = self.norm3(self.conv3(out))
        return self.relu3(out + self.shortcut(x))


def _shortcut(n_in: int, n_out: int, stride: int) -> nn.Module:
    if stride == 1 and n_in == n_out:
        return nn.Identity()
    return nn.Sequential(conv(n_in, n_out, 1, stride=stride), nn.BatchNorm2d(n_out))


_CONFIGURATIONS: dict[int, tuple[type[_BasicBlock] | type[_Bottleneck], tuple[int, ...]]] = {
    18: (_BasicBlock, (2, 2, 2, 2)),
    34: (_BasicBlock, (3, 4, 6, 3)),
    50: (_Bottleneck, (3, 4, 6, 3)),
    101: (_Bottleneck, (3, 4, 23, 3)),
    152: (_Bottleneck, (3, 8, 36, 3)),
}
DEPTHS = tuple(_CONFIGURATIONS)


class ResNetTrunk(nn.Module):
    """The convolutions of a ResNet, which map an ECG to one token for every 32 samples.

    signal -> convolution 7, stride 2 -> maximum of 3, stride 2 -> four stages of residual
    blocks; each stage after the first halves the time and doubles the width -> tokens

    Parameters
    ----------
    n_leads : int
        Number of leads.
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers.
    width : int, default=64
        Channels of the first stage.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_channels, ceil(n_times / 32)); the
    shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import ResNetTrunk
    >>> ResNetTrunk(12, depth=18)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 512, 32])
    """

    def __init__(self, n_leads: int, *, depth: int = 18, width: int = 64):
        super().__init__()
        block, repeats = _CONFIGURATIONS[depth]
        self.stem = nn.Sequential(
            conv(n_leads, width, 7, stride=2),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d((1, 3), stride=(1, 2), padding=(0, 1)),
        )
        stages = []
        n_in = width
        for i, n_blocks in enumerate(repeats):
            stage_width = width * 2**i
            blocks = []
            for j in range(n_blocks):
                blocks.append(block(n_in, stage_width, stride=2 if i > 0 and j == 0 else 1))
                n_in = block.expansion * stage_width
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.n_channels = n_in

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_channels, n_tokens)."""
        x = self.stages(self.stem(to_image(x)))  # (n_records, n_channels, 1, n_tokens)
        return x.squeeze(2)


class ResNet(nn.Module):
    """ResNet 18 to 152 for ECGs (He et al. 2016, in one dimension).

    signal -> ResNetTrunk -> mean over time -> linear

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers.
    width : int, default=64
        Channels of the first stage.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import ResNet
    >>> ResNet(12, 5, depth=18)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(self, n_leads: int, n_outputs: int, *, depth: int = 18, width: int = 64):
        super().__init__()
        self.trunk = ResNetTrunk(n_leads, depth=depth, width=width)
        self.n_channels = self.trunk.n_channels
        self.head = nn.Linear(self.trunk.n_channels, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, ceil(n_times / 32), n_channels)."""
        return self.trunk(x).transpose(1, 2)

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, n_channels)."""
        return tokens.mean(dim=1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, n_channels)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

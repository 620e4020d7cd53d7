"""Net1D: the residual network of two published sets of weights, ECGFounder and CLEF.

Reference: Hong 2020, "Net1D", github.com/hsd1503/resnet1d, after the RegNet of Radosavovic et al. 2020, arXiv
2003.13678; sizes: Li et al. 2024, "An electrocardiogram foundation model built on over 10 million recordings with
external evaluation across multiple domains" (ECGFounder), arXiv 2410.04133. Differences from the published
networks: none in what they compute. Their files also hold layers of BatchNorm, which these networks do not use.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._layers import to_image, to_tokens

_STRIDE = 2  # of the stem, and of the first block of each stage


class _Conv(nn.Conv2d):
    """A convolution along time with zeros around the signal, so that only the stride shortens it."""

    def __init__(self, n_in: int, n_out: int, kernel: int, *, stride: int = 1, groups: int = 1):
        super().__init__(n_in, n_out, (1, kernel), stride=(1, stride), groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride, n_times = self.kernel_size[1], self.stride[1], x.shape[3]
        missing = max(0, (-(-n_times // stride) - 1) * stride + kernel - n_times)
        return super().forward(F.pad(x, (missing // 2, missing - missing // 2)))


class _Shortcut(nn.Module):
    """The maximum of each two samples, if the block has a stride; zeros for channels that the input lacks."""

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.pool = nn.MaxPool2d((1, stride)) if stride > 1 else nn.Identity()
        self.stride = stride
        before = (n_out - n_in) // 2
        self.padding = (before, n_out - n_in - before)

    def forward(self, x: Tensor) -> Tensor:
        odd = x.shape[3] % self.stride  # the last sample then competes with a zero
        x = self.pool(F.pad(x, (0, odd)))
        return F.pad(x, (0, 0, 0, 0, *self.padding))


class _Block(nn.Module):
    """Three convolutions, the middle one in groups, whose channels a gate weights, with a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int, *, ratio: float, kernel: int, group_width: int, first: bool):
        super().__init__()
        n_middle, n_groups = int(n_out * ratio), n_out // group_width
        self.path = nn.Sequential(
            nn.Identity() if first else nn.SiLU(),  # the stem ends with an activation
            _Conv(n_in, n_middle, 1),
            nn.SiLU(),
            _Conv(n_middle, n_middle, kernel, stride=stride, groups=n_groups),
            nn.SiLU(),
            _Conv(n_middle, n_out, 1),
        )
        self.gate = nn.Sequential(nn.Linear(n_out, n_out // 2), nn.SiLU(), nn.Linear(n_out // 2, n_out), nn.Sigmoid())
        self.shortcut = _Shortcut(n_in, n_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.path(x)
        return out * self.gate(out.mean(dim=(2, 3)))[:, :, None, None] + self.shortcut(x)


class Net1D(nn.Module):
    """Net1D (Hong 2020), with the sizes of ECGFounder (Li et al. 2024).

    signal -> convolution, stride 2 -> stages of residual blocks with grouped convolutions and a gate
    for each channel; each stage halves the time -> mean over time -> linear

    There is no normalisation inside the network, so it expects signals of a standard deviation near 1.
    The weights are initialised by PyTorch's defaults.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    widths : sequence of int, default=(64, 160, 160, 400, 400, 1024, 1024)
        Channels of each stage. The stem has as many as the first stage.
    depths : sequence of int, default=(2, 2, 2, 3, 3, 4, 4)
        Blocks of each stage.
    ratio : float, default=1.0
        Channels inside a block, as a factor of the channels of its stage.
    kernel : int, default=16
        Length of the convolutions in samples.
    group_width : int, default=16
        Channels of a stage for each group of its grouped convolutions.

    Raises
    ------
    ValueError
        If `widths` and `depths` differ in length.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import Net1D
    >>> network = Net1D(12, 5, widths=(16, 32), depths=(1, 1))
    >>> network(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        widths: Sequence[int] = (64, 160, 160, 400, 400, 1024, 1024),
        depths: Sequence[int] = (2, 2, 2, 3, 3, 4, 4),
        ratio: float = 1.0,
        kernel: int = 16,
        group_width: int = 16,
    ):
        super().__init__()
        if len(widths) != len(depths):
            raise ValueError(f"widths and depths must have one number a stage; got {len(widths)} and {len(depths)}.")
        self.stem = nn.Sequential(_Conv(n_leads, widths[0], kernel, stride=_STRIDE), nn.SiLU())
        stages, n_in = [], widths[0]
        for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            blocks = []
            for j in range(depth):
                first, stride = i == j == 0, _STRIDE if j == 0 else 1
                block = _Block(n_in, width, stride, ratio=ratio, kernel=kernel, group_width=group_width, first=first)
                blocks.append(block)
                n_in = width
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.n_channels = n_in
        self.head = nn.Linear(n_in, n_outputs)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_tokens, n_channels)."""
        return to_tokens(self.stages(self.stem(to_image(x))))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, n_channels)."""
        return tokens.mean(dim=1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, n_channels)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

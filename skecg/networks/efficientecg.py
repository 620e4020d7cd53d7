"""EfficientECG: the EfficientNet family in one dimension, small for its accuracy and fast on one record.

References: Deng et al. 2025, "EfficientECG", arXiv 2512.03804; Tan & Le 2019, "EfficientNet:
rethinking model scaling for convolutional neural networks", arXiv 1905.11946. Differences from
the paper: it has no public code and we do not have its widths, so that widths, depths, kernels and
dropout here are those of EfficientNet B0 to B7, with kernels along time; the compact variant is
ours. The last linear layer is initialised as N(0, 0.01), as in the other networks here, because
EfficientNet's rule, made for 1,000 classes, gives large random logits with few outputs.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ._layers import check_option, conv, initialize, to_image, to_tokens
from ._random import Dropout, dropout

_EPS = 1e-3  # of BatchNorm, as in EfficientNet

# Channels, repeats, kernel, stride and expansion of the stages of B0 (Tan & Le 2019, table 1).
_STAGES: tuple[tuple[int, int, int, int, int], ...] = (
    (16, 1, 3, 1, 1),
    (24, 2, 3, 2, 6),
    (40, 2, 5, 2, 6),
    (80, 3, 3, 2, 6),
    (112, 3, 5, 1, 6),
    (192, 4, 5, 2, 6),
    (320, 1, 3, 1, 6),
)
_STEM_CHANNELS = 32
_TOP_CHANNELS = 1280

# The stages of our compact variant: half the stem channels, expansion 4, and a total stride of 16, so
# that a single beat of 100 to 360 samples still has 6 to 22 positions.
_COMPACT_STAGES: tuple[tuple[int, int, int, int, int], ...] = (
    (16, 1, 3, 1, 1),
    (24, 2, 3, 2, 4),
    (40, 2, 5, 2, 4),
    (80, 2, 5, 2, 4),
    (112, 1, 5, 1, 4),
)
_COMPACT_STEM_CHANNELS = 16
_COMPACT_TOP_CHANNELS = 320

# Factor of the widths, factor of the depths, dropout (the published EfficientNet models).
_VARIANTS: dict[str, tuple[float, float, float]] = {
    "b0": (1.0, 1.0, 0.2),
    "b1": (1.0, 1.1, 0.2),
    "b2": (1.1, 1.2, 0.3),
    "b3": (1.2, 1.4, 0.3),
    "b4": (1.4, 1.8, 0.4),
    "b5": (1.6, 2.2, 0.4),
    "b6": (1.8, 2.6, 0.5),
    "b7": (2.0, 3.1, 0.5),
    "compact": (1.0, 1.0, 0.2),
}
VARIANTS = tuple(_VARIANTS)


class _SqueezeExcitation(nn.Module):
    """Weight each channel by a factor computed from the means over time of all channels."""

    def __init__(self, n_channels: int, n_squeezed: int):
        super().__init__()
        self.squeeze = conv(n_channels, n_squeezed, 1, bias=True)
        self.excite = conv(n_squeezed, n_channels, 1, bias=True)
        self.activation = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        weights = self.activation(self.squeeze(x.mean(dim=3, keepdim=True)))  # (batch, n_squeezed, 1, 1)
        return x * torch.sigmoid(self.excite(weights))


class _MBConv(nn.Module):
    """Expand, convolve each channel, weight the channels, project; add a shortcut if the shapes agree."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, expansion: int, drop_connect: float):
        super().__init__()
        n_inner = expansion * n_in
        self.layers = nn.Sequential(
            *(_conv_norm(n_in, n_inner, 1) if expansion > 1 else ()),
            *_conv_norm(n_inner, n_inner, kernel, stride=stride, groups=n_inner),
            _SqueezeExcitation(n_inner, max(1, n_in // 4)),
            conv(n_inner, n_out, 1),
            nn.BatchNorm2d(n_out, eps=_EPS),
        )
        self.has_shortcut = stride == 1 and n_in == n_out
        self.drop_connect = drop_connect

    def forward(self, x: Tensor) -> Tensor:
        out = self.layers(x)
        if not self.has_shortcut:
            return out
        if self.training and self.drop_connect > 0.0:
            kept = dropout(out.new_ones(len(out), 1, 1, 1), self.drop_connect)
            out = out * kept  # a record skips the whole block or nothing
        return x + out


def _conv_norm(n_in: int, n_out: int, kernel: int, *, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    layer = conv(n_in, n_out, kernel, stride=stride, groups=groups)
    # not in place, because SiLU would copy its input for the gradient
    return [layer, nn.BatchNorm2d(n_out, eps=_EPS), nn.SiLU()]


def _round_to_8(n_channels: float) -> int:
    """Round to a multiple of 8, but never down by more than a tenth (as in EfficientNet)."""
    rounded = max(8, int(n_channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * n_channels else rounded + 8


class EfficientECG(nn.Module):
    """EfficientECG B0 to B7 and compact: inverted bottlenecks with squeeze-and-excitation.

    signal -> convolution 3, stride 2 -> seven stages of MBConv blocks, four of which halve the
    time -> convolution 1 -> mean over time -> dropout -> linear

    B0 has 3.87 million parameters at 12 leads and 5 outputs and costs 131 million multiply-adds
    for 1000 samples, 263 million for 2048. The cost of a 1-D network grows as
    depth x width^2 x length, so that compound scaling needs alpha x beta^2 x gamma = 2 to double
    the cost. The variants use EfficientNet's depth (alpha = 1.2) and width (beta = 1.1), so that
    the length may grow by gamma = 1.38 from one variant to the next. The network accepts any
    length.

    The compact variant, for single beats and wearables, has 0.24 million parameters and costs 4.3
    million multiply-adds for 256 samples, 17 million for 1000; one position of its last stage
    covers a step of 16 samples.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    variant : {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "compact"}, default="b0"
        The size, which sets the factors of width and depth, and the dropout before the last layer.
    width : int, default=32
        Number of channels of the first convolution of B0; all widths, also those of the other
        variants, scale in proportion and are rounded to multiples of 8.
    dropout : float, default=None
        Dropout before the last layer; None takes the value of the variant, 0.2 to 0.5.
    drop_connect : float, default=0.2
        Probability that a record skips a block in training. It grows linearly with depth, from 0
        in the first block towards `drop_connect`. Blocks without a shortcut are never skipped.

    Raises
    ------
    ValueError
        If `variant` is not one of these.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.
    One position of the last stage covers a step of 32 samples (16 in the compact variant).

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import EfficientECG
    >>> EfficientECG(12, 5)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        variant: str = "b0",
        width: int = 32,
        dropout: float | None = None,
        drop_connect: float = 0.2,
    ):
        super().__init__()
        check_option("variant", variant, VARIANTS)
        wider, deeper, variant_dropout = _VARIANTS[variant]
        wider *= width / _STEM_CHANNELS
        table, stem, top = _STAGES, _STEM_CHANNELS, _TOP_CHANNELS
        if variant == "compact":
            table, stem, top = _COMPACT_STAGES, _COMPACT_STEM_CHANNELS, _COMPACT_TOP_CHANNELS
        n_in = _round_to_8(wider * stem)
        self.stem = nn.Sequential(*_conv_norm(n_leads, n_in, 3, stride=2))
        repeats = [math.ceil(deeper * stage[1]) for stage in table]
        drop_rates = iter([drop_connect * i / sum(repeats) for i in range(sum(repeats))])
        stages = []
        for (channels, _, kernel, stride, expansion), n_blocks in zip(table, repeats, strict=True):
            n_out = _round_to_8(wider * channels)
            blocks = []
            for j in range(n_blocks):
                blocks.append(_MBConv(n_in, n_out, kernel, stride if j == 0 else 1, expansion, next(drop_rates)))
                n_in = n_out
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        n_top = _round_to_8(wider * top)
        self.top = nn.Sequential(*_conv_norm(n_in, n_top, 1))
        self.dropout = Dropout(variant_dropout if dropout is None else dropout)
        self.n_channels = n_top
        self.head = nn.Linear(n_top, n_outputs)
        initialize(self)
        _initialize_depthwise(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, ceil(n_times / 32), n_channels)."""
        return to_tokens(self.top(self.stages(self.stem(to_image(x)))))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, n_channels)."""
        return self.dropout(tokens.mean(dim=1))

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, n_channels), 1280 channels for B0."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))


def _initialize_depthwise(network: nn.Module) -> None:
    """Initialise depthwise convolutions with the fan-out of a single channel, as EfficientNet does."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            nn.init.normal_(module.weight, 0.0, math.sqrt(2 / module.kernel_size[1]))

"""Shared parts of the networks: a 1-D convolution that is fast on every device, and the initialisation.

Inside a network, a signal is an image of height one, `(batch, channels, 1, times)`, in the
channels-last layout. The results are those of `nn.Conv1d`, but the 2-D kernels are faster.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def check_option(name: str, value: object, options: Collection[object]) -> None:
    """Raise a ValueError unless the value of a parameter is one of its options."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}.")


def pad_to(x: Tensor, n_times: int) -> Tensor:
    """Zero-pad signals at their end to at least `n_times` samples, the minimum length of a network."""
    return F.pad(x, (0, n_times - x.shape[-1])) if x.shape[-1] < n_times else x


def to_image(x: Tensor) -> Tensor:
    """Reshape (batch, channels, times) to (batch, channels, 1, times), channels last."""
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def to_tokens(x: Tensor) -> Tensor:
    """Reshape (batch, channels, 1, times) to (batch, times, channels)."""
    return x.squeeze(2).transpose(1, 2)


def conv(n_in: int, n_out: int, kernel: int, *, stride: int = 1, groups: int = 1, bias: bool = False) -> nn.Conv2d:
    """Return a convolution along time, padded so that only the stride shortens the signal."""
    return nn.Conv2d(n_in, n_out, (1, kernel), stride=(1, stride), padding=(0, kernel // 2), groups=groups, bias=bias)


class TokenLinear(nn.Linear):
    """A linear layer applied to every token, `(batch, times, channels)`.

    On a CPU, it is computed as a convolution of kernel 1, which is up to twice as fast as a matrix
    product there.
    """

    def forward(self, tokens: Tensor) -> Tensor:
        if tokens.device.type != "cpu":
            return super().forward(tokens)
        image = tokens.transpose(1, 2).unsqueeze(2)  # already channels last
        return to_tokens(F.conv2d(image, self.weight[:, :, None, None], self.bias))


class Projection(TokenLinear):
    """A linear layer of an attention, which `initialize` sets by Xavier's rule."""


def last_state(steps: Tensor, *, bidirectional: bool) -> Tensor:
    """Return the final state of a recurrent layer: (batch, times, state) -> (batch, state).

    If the layer is bidirectional, the backward half has its final state at the first step.
    """
    if not bidirectional:
        return steps[:, -1]
    forward, backward = steps.chunk(2, dim=2)
    return torch.cat([forward[:, -1], backward[:, 0]], dim=1)


def initialize(network: nn.Module) -> None:
    """Set the weights as in Marques & Oliveira 2025, in the memory layout of `to_image`.

    Convolutions: Kaiming (fan-out). Linear layers: N(0, 0.01), in an attention Xavier. BatchNorm:
    weight 1, bias 0. Recurrent layers: Xavier for the inputs and orthogonal for the states; the
    forget gate of an LSTM is open (bias 1).
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, Projection):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.01)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.RNNBase):
            _initialize_recurrent(module)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _initialize_recurrent(layer: nn.RNNBase) -> None:
    for name, weights in layer.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weights)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(weights)
        else:
            nn.init.zeros_(weights)
            if isinstance(layer, nn.LSTM) and name.startswith("bias_ih"):
                forget_gate = slice(layer.hidden_size, 2 * layer.hidden_size)
                nn.init.ones_(weights[forget_gate])

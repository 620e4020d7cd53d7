"""ECG-CPC: convolutions, then state spaces that look back in time, as in the published weights of that name.

References: Al-Masud, Lopez Alcaraz, Strodthoff 2025, "Benchmarking ECG foundational models: a reality check across
clinical tasks", arXiv 2509.25095; state spaces: Gu, Goel, Re 2022, "Efficiently modeling long sequences with
structured state spaces" (S4), arXiv 2111.00396. Differences from the published network: the state spaces are stored
as they act from one token to the next, not as rates and a step, and dropout draws each value, not each channel. As
there, training changes only how their outputs are mixed, not how the states evolve.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ._layers import conv, to_image, to_tokens
from .s4 import LinearSystem, _Block


class _StateSpace(LinearSystem):
    """One linear system per channel in discrete time, x_t = A x_(t-1) + B u_t, y_t = C x_t + D u_t."""

    transition: Tensor
    input: Tensor

    def __init__(self, width: int, n_states: int):
        super().__init__()
        transition, into = _oscillators(width, n_states)
        self.register_buffer("transition", transition)  # (width, n_states, n_states)
        self.register_buffer("input", into)  # (width, n_states)
        self.output = nn.Parameter(torch.randn(width, n_states))
        self.skip = nn.Parameter(torch.randn(width, 1))

    def responses(self, n_times: int) -> Tensor:
        """Return the impulse responses C A^t B, (1, width, n_times).

        Each step doubles the number of times: the states of the times n to 2 n - 1 are A^n times those before.
        """
        states, power = self.input.unsqueeze(2), self.transition
        while states.shape[2] < n_times:
            states = torch.cat([states, power @ states], dim=2)  # (width, n_states, times)
            power = power @ power
        return (self.output.unsqueeze(1) @ states[..., :n_times]).transpose(0, 1)


def _oscillators(width: int, n_states: int) -> tuple[Tensor, Tensor]:
    """Return A and B of decaying oscillations, as in S4D-Lin, with steps log-uniform from 0.001 to 0.1."""
    step = torch.empty(width, 1).uniform_(math.log(0.001), math.log(0.1)).exp()
    angle = math.pi * torch.arange(n_states // 2) * step  # (width, n_pairs)
    decay = torch.exp(-0.5 * step).unsqueeze(2).unsqueeze(3)
    turns = torch.stack([torch.cos(angle), -torch.sin(angle), torch.sin(angle), torch.cos(angle)], dim=2)
    turns = decay * turns.unflatten(2, (2, 2))  # (width, n_pairs, 2, 2)
    pairs = torch.eye(n_states // 2)[:, None, :, None]
    transition = (turns.unsqueeze(3) * pairs).flatten(3).flatten(1, 2)
    into = step * torch.tensor([1.0, 0.0]).repeat(n_states // 2)
    return transition, into


class ECGCPC(nn.Module):
    """ECG-CPC (Al-Masud et al. 2025), with its published sizes.

    signal -> convolution 3, stride 2 -> three convolutions 1 -> blocks of state spaces along time, GELU and a
    gated linear layer over channels, each followed by a skip connection and LayerNorm -> mean over time -> linear

    BatchNorm and ReLU follow every convolution. The state spaces see only the past. Their time scales are in
    samples, so that a trained network works only at its sampling rate. The weights outside the state spaces are
    initialised by PyTorch's defaults.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    width : int, default=512
        Number of channels.
    n_layers : int, default=4
        Number of blocks.
    n_states : int, default=8
        Size of the state of each channel; even.
    dropout : float, default=0.2
        Dropout after the state spaces and on the output of each block before its skip connection.

    Raises
    ------
    ValueError
        If `n_states` is not even and positive.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import ECGCPC
    >>> ECGCPC(12, 5, width=64)(torch.zeros(2, 12, 600)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        width: int = 512,
        n_layers: int = 4,
        n_states: int = 8,
        dropout: float = 0.2,
    ):
        super().__init__()
        if n_states < 2 or n_states % 2:
            raise ValueError(f"n_states must be even and positive, as states come in pairs; got {n_states}.")
        parts: list[nn.Module] = []
        for i in range(4):
            n_in, kernel, stride = (n_leads, 3, 2) if i == 0 else (width, 1, 1)
            parts += [conv(n_in, width, kernel, stride=stride), nn.BatchNorm2d(width), nn.ReLU()]
        self.n_channels = width
        self.stem = nn.Sequential(*parts)
        systems = [_StateSpace(width, n_states) for _ in range(n_layers)]
        self.blocks = nn.Sequential(*[_Block(system, width, dropout) for system in systems])
        self.head = nn.Linear(width, n_outputs)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, ceil(n_times / 2), width)."""
        return self.blocks(to_tokens(self.stem(to_image(x))))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, width)."""
        return tokens.mean(dim=1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, width)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

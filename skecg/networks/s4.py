"""S4: diagonal state spaces, whose memory extends over the whole record.

References: Gu et al. 2022, "On the parameterization and initialization of diagonal state space
models" (S4D), arXiv 2206.11893; for ECGs: Mehari & Strodthoff 2022, "Advancing the
state-of-the-art for ECG analysis through structured state space models", arXiv 2211.07579, whose
width, depth, state and dropout are the defaults here. Differences from the papers: the state
matrix is diagonal (S4D-Lin), while the ECG networks are S4, diagonal plus low rank; the state spaces
use the learning rate and the weight decay of the other weights, while Gu et al. use a smaller
learning rate and no weight decay for the state spaces.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ._layers import TokenLinear
from ._random import Dropout


class LinearSystem(nn.Module):
    """One linear system per channel as a convolution along time, computed in the frequency domain.

    A subclass has `responses`, and the weights `skip` (width, 1) with which the input passes to the output.
    """

    skip: Tensor

    def responses(self, n_times: int) -> Tensor:
        """Return the impulse responses, (n_directions, width, n_times); a second direction looks ahead."""
        raise NotImplementedError

    def forward(self, u: Tensor) -> Tensor:
        """Return the outputs for inputs (n_records, width, n_times), of the same shape."""
        n_times = u.shape[2]
        with torch.autocast(u.device.type, enabled=False):  # FFT in half precision supports few lengths
            u = u.to(self.skip.dtype)
            n_fft = _quick_length(2 * n_times)
            past, *future = self.responses(n_times)
            kernel = nn.functional.pad(past, (0, n_fft - n_times))
            if future:  # the sample itself belongs to the past; lag -1 comes last
                kernel = kernel + nn.functional.pad(future[0].flip(1), (n_fft - n_times, 0))
            spectrum = torch.fft.rfft(u, n_fft) * torch.fft.rfft(kernel)
            return torch.fft.irfft(spectrum, n_fft)[..., :n_times] + self.skip * u


class _StateSpace(LinearSystem):
    """A diagonal linear system, x' = A x + u, y = Re(C x) + D u, discretised by zero-order hold with a learnt step."""

    def __init__(self, width: int, n_states: int, bidirectional: bool):
        super().__init__()
        n_pairs = n_states // 2  # one complex state represents a conjugate pair
        # S4D-Lin (Gu et al. 2022): A_n = -1/2 + i pi n, B = 1, C ~ CN(0, 1), steps log-uniform from 0.001 to 0.1
        self.log_step = nn.Parameter(torch.empty(width, 1).uniform_(math.log(0.001), math.log(0.1)))
        self.log_decay = nn.Parameter(torch.full((width, n_pairs), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(float(n_pairs)).repeat(width, 1))
        self.output = nn.Parameter(torch.randn(2 if bidirectional else 1, width, n_pairs, 2) / math.sqrt(2))
        self.skip = nn.Parameter(torch.randn(width, 1))

    def responses(self, n_times: int) -> Tensor:
        """Return the impulse responses, (n_directions, width, n_times).

        The responses are 2 Re(sum of c_n z_n^t) over the states n. With t = a m + b, the powers factor
        into z_n^(a m) and z_n^b. A product of two small matrices per channel therefore gives all
        times, and the powers (width, n_states, n_times) are never stored.
        """
        rate = torch.complex(-self.log_decay.exp(), self.frequency)  # (width, n_pairs)
        log_z = rate * self.log_step.exp()
        c = torch.view_as_complex(self.output) * torch.expm1(log_z) / rate  # (n_directions, width, n_pairs)
        m = math.isqrt(n_times - 1) + 1
        times = torch.arange(m, dtype=self.log_step.dtype, device=self.log_step.device)
        fine = torch.exp(log_z.unsqueeze(2) * times)  # (width, n_pairs, m)
        coarse = c.unsqueeze(3) * torch.exp(log_z.unsqueeze(2) * (m * times))  # (n_directions, width, n_pairs, m)
        left = torch.cat([coarse.real, -coarse.imag], dim=2)  # (n_directions, width, n_states, m)
        right = torch.cat([fine.real, fine.imag], dim=1)  # (width, n_states, m)
        return 2 * (left.transpose(2, 3) @ right).flatten(2)[..., :n_times]


def _quick_length(n_times: int) -> int:
    """Return a length of at least `n_times` at which FFTs are fast: 1, 3, 5, 9 or 15 times a power of two."""
    return min(odd << (-(-n_times // odd) - 1).bit_length() for odd in (1, 3, 5, 9, 15))


class _Block(nn.Module):
    """A linear system along time and a gated linear layer across channels, then a skip connection and LayerNorm."""

    def __init__(self, state_space: LinearSystem, width: int, dropout: float):
        super().__init__()
        self.state_space = state_space
        self.mix = nn.Sequential(
            nn.GELU(), Dropout(dropout), TokenLinear(width, 2 * width), nn.GLU(dim=2), Dropout(dropout)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the tokens after the block, (n_records, n_times, width)."""
        y = self.state_space(tokens.transpose(1, 2)).transpose(1, 2).contiguous()
        return self.norm(tokens + self.mix(y))


class S4(nn.Module):
    """A diagonal structured state-space network (S4D) on raw samples.

    signal -> linear over leads -> blocks of state spaces along time, GELU and a gated linear
    layer over channels, each followed by a skip connection and LayerNorm -> mean over time -> linear

    Every output sample depends on every input sample (if bidirectional), at a cost that grows with
    n_times log n_times. Each channel keeps `n_states` numbers of memory in each direction, with
    separate, learnt time scales. These are in samples, so that a trained network works only at its
    sampling rate. The weights outside the state spaces are initialised by PyTorch's defaults.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    width : int, default=512
        Number of channels.
    n_layers : int, default=4
        Number of blocks.
    n_states : int, default=8
        Size of the state of each channel; even, because the states are conjugate pairs.
    bidirectional : bool, default=True
        Whether the state spaces also run backwards in time.
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
    >>> from skecg.networks import S4
    >>> S4(12, 5)(torch.zeros(2, 12, 250)).shape
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
        bidirectional: bool = True,
        dropout: float = 0.2,
    ):
        super().__init__()
        if n_states < 2 or n_states % 2:
            raise ValueError(f"n_states must be even and positive, as states come in conjugate pairs; got {n_states}.")
        self.n_channels = width
        self.embed = TokenLinear(n_leads, width)
        systems = [_StateSpace(width, n_states, bidirectional) for _ in range(n_layers)]
        self.blocks = nn.Sequential(*[_Block(system, width, dropout) for system in systems])
        self.head = nn.Linear(width, n_outputs)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_times, width)."""
        return self.blocks(self.embed(x.transpose(1, 2)))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, width)."""
        return tokens.mean(dim=1)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, width)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

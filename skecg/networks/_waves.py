"""A small U-Net that places the waves of a beat in each lead."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F


class WaveNetwork(nn.Module):
    """Say where each wave of a beat begins, peaks and ends in each lead, and whether there is one.

    The leads share all weights. Each layer adds to its convolution over one lead the mean over all leads, as in deep
    sets (Zaheer et al. 2017, arXiv 1703.06114). So a lead in which a wave is hard to see learns from the others, and
    the network takes any number of leads in any order.

    beats -> stem, half the rate -> encoder -> decoder with skips, as in the U-Net of Ronneberger et al. 2015
    (arXiv 1505.04597) -> a score of each sample for each mark; mean and maximum over time -> whether there is the wave

    Parameters
    ----------
    n_inputs : int, default=5
        Input channels of each lead.
    n_marks : int, default=8
        Marks to place: onsets, peaks and ends.
    n_waves : int, default=3
        Waves that a beat may have.
    widths : tuple of int, default=(16, 24, 32, 48)
        Channels at each rate; each rate is half of the one before.

    Notes
    -----
    Input: `(n_beats, n_leads, n_inputs, n_times)`, where `n_times` is a multiple of 16. Outputs: scores of shape
    `(n_beats, n_leads, n_marks, n_times // 2)`, whose softmax over time is the distribution of a mark, and logits of
    shape `(n_beats, n_leads, n_waves)`.
    """

    def __init__(
        self, n_inputs: int = 5, n_marks: int = 8, n_waves: int = 3, *, widths: tuple[int, ...] = (16, 24, 32, 48)
    ) -> None:
        super().__init__()
        self.stem = nn.ModuleList([_Step(n_inputs, widths[0], 9, 2), _Step(widths[0], widths[0])])
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(nn.ModuleList([_Step(a, b, 5, 2), _Step(b, b)]) for a, b in pairs)
        self.up = nn.ModuleList(_Step(a + b, a) for a, b in reversed(pairs))
        self.dropout = nn.Dropout(0.1)
        self.marks = nn.Conv1d(widths[0], n_marks, 5, padding=2)
        self.waves = nn.Linear(2 * widths[0], n_waves)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        n_leads = x.shape[1]
        x = x.flatten(0, 1)  # (n_beats * n_leads, n_inputs, n_times)
        skips = []
        for stage in [self.stem, *self.down]:
            for step in stage:
                x = step(x, n_leads)
            skips.append(x)
        x = self.dropout(skips.pop())
        for step in self.up:
            skip = skips.pop()
            x = F.interpolate(x, size=skip.shape[-1], mode="linear", align_corners=False)
            x = step(torch.cat([x, skip], dim=1), n_leads)
        pooled = torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1)
        marks, waves = self.marks(self.dropout(x)), self.waves(pooled)
        return marks.unflatten(0, (-1, n_leads)), waves.unflatten(0, (-1, n_leads))


class _Step(nn.Module):
    """A convolution over the time of each lead, plus one over the mean of the leads; BatchNorm, ReLU."""

    def __init__(self, n_in: int, n_out: int, kernel: int = 5, stride: int = 1) -> None:
        super().__init__()
        self.own = nn.Conv1d(n_in, n_out, kernel, stride, kernel // 2, bias=False)
        self.all = nn.Conv1d(n_in, n_out, 1, stride, bias=False)
        self.norm = nn.BatchNorm1d(n_out)

    def forward(self, x: torch.Tensor, n_leads: int) -> torch.Tensor:
        every = self.all(x.unflatten(0, (-1, n_leads)).mean(dim=1))  # (n_beats, n_out, n_times)
        own = self.own(x).unflatten(0, (-1, n_leads)) + every[:, None]
        return F.relu(self.norm(own.flatten(0, 1)))

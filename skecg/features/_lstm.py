"""The network of `AutoencoderFeatures`, its loss, and its data."""

import torch
from torch import nn
from torch.nn import functional as F

from ..networks._layers import initialize
from ..training.data.windows import RandomWindows


class LSTMAutoencoder(nn.Module):
    """An autoencoder: one LSTM encodes a signal as a short code, another LSTM decodes the code.

    signal -> frames -> LSTM -> last state -> linear -> code
    code -> linear, + a learned vector for each frame -> LSTM -> linear -> frames -> signal

    After Srivastava et al. 2015 (arXiv 1502.04681). Differences: the LSTMs take one step per frame of `frame`
    samples, which is `frame` times as fast; and the decoder gets the position of the frame that it writes.

    Parameters
    ----------
    n_leads, length : int
        Shape of the signals.
    n_components : int
        Size of the code.
    hidden_size : int
        Size of the state of each LSTM.
    n_layers : int
        Recurrent layers of each LSTM.
    frame : int
        Number of samples per frame.
    """

    def __init__(self, n_leads, length, n_components, hidden_size, n_layers, frame):
        super().__init__()
        self.n_leads, self.length = n_leads, length
        self.frame = min(frame, length)
        self.n_frames = -(-length // self.frame)
        self.reader = nn.LSTM(n_leads * self.frame, hidden_size, n_layers, batch_first=True)
        self.to_code = nn.Linear(hidden_size, n_components)
        self.from_code = nn.Linear(n_components, hidden_size)
        self.place = nn.Parameter(torch.zeros(self.n_frames, hidden_size))
        self.writer = nn.LSTM(hidden_size, hidden_size, n_layers, batch_first=True)
        self.to_frame = nn.Linear(hidden_size, n_leads * self.frame)
        initialize(self)
        for layer in (self.to_code, self.from_code, self.to_frame):
            # the weights of `initialize`, N(0, 0.01), are too small to learn from
            nn.init.xavier_uniform_(layer.weight)
        nn.init.normal_(self.place, 0.0, 0.1)

    def encode(self, x):
        """Return the code, (n_records, n_leads, length) -> (n_records, n_components)."""
        x = F.pad(x, (0, self.n_frames * self.frame - self.length))
        frames = x.unflatten(2, (self.n_frames, self.frame)).transpose(1, 2)  # (n_records, n_frames, n_leads, frame)
        steps, _ = self.reader(frames.flatten(2))
        return self.to_code(steps[:, -1])

    def decode(self, code):
        """Return the signal, (n_records, n_components) -> (n_records, n_leads, length)."""
        steps, _ = self.writer(self.from_code(code)[:, None] + self.place)
        frames = self.to_frame(steps).unflatten(2, (self.n_leads, self.frame))
        return frames.transpose(1, 2).flatten(2)[:, :, : self.length]

    def forward(self, x):
        """Return the reconstruction of a signal from its code."""
        return self.decode(self.encode(x))


class ReconstructionLoss(nn.Module):
    """The weighted mean of the squared error, over leads and samples."""

    def forward(self, output, target_and_weight):
        target, weight = target_and_weight
        return (weight * squared_error(output, target)).sum() / weight.sum()


def squared_error(output, target):
    """Return the mean squared error of each record."""
    return ((output - target) ** 2).mean(dim=(1, 2))


class WindowsAsTargets(RandomWindows):
    """Random windows that are their own targets."""

    def __getitems__(self, records):
        windows, (_, weight) = super().__getitems__(records)
        return windows, (windows, weight)

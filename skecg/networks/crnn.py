"""CRNN: a convolutional trunk for the beats, and a recurrent layer for their order.

Reference: Marques & Oliveira 2025, arXiv 2503.08960, whose study finds it the best balance of
ease of training and performance. Differences from the paper: with two directions, the embedding
concatenates the final states of both. The paper takes the last step of both, at which the backward
direction has read only a single token.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._layers import CELLS, check_option, initialize, last_state
from .resnet import ResNetTrunk


class CRNN(nn.Module):
    """A ResNet trunk, then a recurrent network over its tokens.

    signal -> ResNetTrunk -> LSTM, GRU or plain RNN -> last state -> linear

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    depth : {18, 34, 50, 101, 152}, default=18
        Number of layers of the ResNet trunk.
    width : int, default=64
        Channels of the first stage of the trunk.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrent layer.
    hidden_size : int, default=256
        Size of the state of the recurrent layer.
    n_layers : int, default=2
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether the layer reads the tokens in both directions.
    dropout : float, default=0.1
        Dropout between the recurrent layers.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import CRNN
    >>> CRNN(12, 5, cell="gru")(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        depth: int = 18,
        width: int = 64,
        cell: str = "lstm",
        hidden_size: int = 256,
        n_layers: int = 2,
        bidirectional: bool = False,
        dropout: float = 0.1,
    ):
        super().__init__()
        check_option("cell", cell, CELLS)
        self.trunk = ResNetTrunk(n_leads, depth=depth, width=width)
        self.recurrent = CELLS[cell](
            self.trunk.n_channels,
            hidden_size,
            n_layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout if n_layers > 1 else 0.0,
        )
        self.n_channels = hidden_size * (2 if bidirectional else 1)
        self.head = nn.Linear(self.n_channels, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, ceil(n_times / 32), hidden_size x directions)."""
        steps, _ = self.recurrent(self.trunk(x).transpose(1, 2))
        return steps

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, hidden_size x directions)."""
        return last_state(tokens, bidirectional=self.recurrent.bidirectional)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, hidden_size x directions)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))

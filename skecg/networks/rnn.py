"""RNN: a recurrent network that reads the raw samples in order.

Reference: Marques & Oliveira 2025, arXiv 2503.08960; the cells are those of Hochreiter &
Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU) and Elman 1990 (RNN). Differences from the paper:
with two directions, the embedding concatenates the final states of both. The paper takes the last
step of both, at which the backward direction has read only a single sample.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._layers import CELLS, check_option, initialize, last_state


class RNN(nn.Module):
    """A recurrent network over the raw samples.

    signal -> LSTM, GRU or plain RNN -> last state -> linear

    The network takes one sequential step per sample, which is slow for long signals. For these,
    resample to a low rate, or use `CRNN`, which takes one step for every 32 samples.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrent layer.
    hidden_size : int, default=256
        Size of the state of the recurrent layer.
    n_layers : int, default=2
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether the layer reads the samples in both directions.
    dropout : float, default=0.1
        Dropout between the recurrent layers.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import RNN
    >>> RNN(12, 5, cell="gru")(torch.zeros(2, 12, 100)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        cell: str = "lstm",
        hidden_size: int = 256,
        n_layers: int = 2,
        bidirectional: bool = False,
        dropout: float = 0.1,
    ):
        super().__init__()
        check_option("cell", cell, CELLS)
        self.recurrent = CELLS[cell](
            n_leads,
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
        """Return the tokens, (n_records, n_times, hidden_size x directions)."""
        steps, _ = self.recurrent(x.transpose(1, 2))
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

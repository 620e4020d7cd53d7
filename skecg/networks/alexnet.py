"""AlexNet: five convolutions and a wide perceptron, the plainest of the convolutional networks here.

Reference: Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional
neural networks", with torchvision's widths; in one dimension and with BatchNorm, for ECGs:
Marques & Oliveira 2025, arXiv 2503.08960. Differences from the latter: none.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._layers import conv, initialize, pad_to, to_image, to_tokens
from ._random import Dropout

_SHORTEST = 63  # leaves one step after the third pool
_N_TOKENS = 6


class AlexNet(nn.Module):
    """AlexNet for ECGs: convolutions, a fixed number of tokens, a perceptron.

    signal -> convolution 11, stride 4 -> maximum of 3, stride 2 -> convolution 5 -> maximum of
    3, stride 2 -> three convolutions 3 -> maximum of 3, stride 2 -> mean to 6 tokens -> two
    layers of a perceptron with dropout -> linear

    Every convolution is followed by BatchNorm and ReLU.

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    width : int, default=64
        Number of channels of the first convolution; the others have 3, 6, 4 and 4 times as many.
    hidden_size : int, default=4096
        Size of the two layers of the perceptron, which is also the size of the embedding.
    dropout : float, default=0.5
        Dropout before each of these two layers.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.
    Fewer than 63 samples are zero-padded at their end to 63.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import AlexNet
    >>> AlexNet(12, 5, hidden_size=256)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(self, n_leads: int, n_outputs: int, *, width: int = 64, hidden_size: int = 4096, dropout: float = 0.5):
        super().__init__()
        first = nn.Conv2d(n_leads, width, (1, 11), stride=(1, 4), padding=(0, 2))
        self.trunk = nn.Sequential(
            *_activated(first),
            nn.MaxPool2d((1, 3), stride=(1, 2)),
            *_activated(conv(width, 3 * width, 5, bias=True)),
            nn.MaxPool2d((1, 3), stride=(1, 2)),
            *_activated(conv(3 * width, 6 * width, 3, bias=True)),
            *_activated(conv(6 * width, 4 * width, 3, bias=True)),
            *_activated(conv(4 * width, 4 * width, 3, bias=True)),
            nn.MaxPool2d((1, 3), stride=(1, 2)),
        )
        self.n_channels = 4 * width
        self.perceptron = nn.Sequential(
            nn.AdaptiveAvgPool2d((1, _N_TOKENS)),
            nn.Flatten(),
            Dropout(dropout),
            nn.Linear(4 * width * _N_TOKENS, hidden_size),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(hidden_size, hidden_size),
            nn.ReLU(),
        )
        self.head = nn.Linear(hidden_size, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_tokens, n_channels)."""
        return to_tokens(self.trunk(to_image(pad_to(x, _SHORTEST))))

    def pool_tokens(self, tokens: Tensor) -> Tensor:
        """Return the embedding of tokens, (n_records, hidden_size)."""
        return self.perceptron(to_image(tokens.transpose(1, 2)))

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the embedding, (n_records, hidden_size)."""
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (n_records, n_outputs)."""
        return self.head(self.forward_features(x))


def _activated(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU()]

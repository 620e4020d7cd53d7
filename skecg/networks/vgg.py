"""VGG: five stages of convolutions of kernel 3, each of which halves the time.

Reference: Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image
recognition", as in torchvision; in one dimension for ECGs: Marques & Oliveira 2025,
arXiv 2503.08960. Differences from the latter: the last pool runs over time, while the published
code mixes channels with time.
"""

from __future__ import annotations

from torch import Tensor, nn

from ._layers import check_option, conv, initialize, pad_to, to_image, to_tokens
from ._random import Dropout

_CONFIGURATIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
DEPTHS = tuple(_CONFIGURATIONS)
_SHORTEST = 32  # leaves one step after the fifth pool
_N_TOKENS = 7


class VGG(nn.Module):
    """VGG 11 to 19 for ECGs, with or without BatchNorm.

    signal -> five stages of convolutions 3, each with a maximum of 2, stride 2, at its end -> mean to
    7 tokens -> two layers of a perceptron with dropout -> linear

    Parameters
    ----------
    n_leads, n_outputs : int
        Numbers of leads and of outputs (logits).
    depth : {11, 13, 16, 19}, default=11
        Number of layers with weights.
    batch_norm : bool, default=True
        Whether BatchNorm follows each convolution.
    width : int, default=64
        Channels of the first stage; the others have 2, 4, 8 and 8 times as many.
    hidden_size : int, default=4096
        Size of the two layers of the perceptron, which is also the size of the embedding.
    dropout : float, default=0.5
        Dropout after each of these two layers.

    Shape
    -----
    (n_records, n_leads, n_times) -> (n_records, n_outputs); the shortest legal n_times is 1.
    Fewer than 32 samples are zero-padded at their end to 32.

    Examples
    --------
    >>> import torch
    >>> from skecg.networks import VGG
    >>> VGG(12, 5, depth=11, hidden_size=256)(torch.zeros(2, 12, 1000)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        n_leads: int,
        n_outputs: int,
        *,
        depth: int = 11,
        batch_norm: bool = True,
        width: int = 64,
        hidden_size: int = 4096,
        dropout: float = 0.5,
    ):
        super().__init__()
        check_option("depth", depth, DEPTHS)
        layers: list[nn.Module] = []
        n_in = n_leads
        for i, n_convolutions in enumerate(_CONFIGURATIONS[depth]):
            n_out = width * min(2**i, 8)
            for _ in range(n_convolutions):
                layers.append(conv(n_in, n_out, 3, bias=True))
                if batch_norm:
                    layers.append(nn.BatchNorm2d(n_out))
                layers.append(nn.ReLU())
                n_in = n_out
            layers.append(nn.MaxPool2d((1, 2)))
        self.trunk = nn.Sequential(*layers)
        self.n_channels = n_in
        self.perceptron = nn.Sequential(
            nn.AdaptiveAvgPool2d((1, _N_TOKENS)),
            nn.Flatten(),
            nn.Linear(n_in * _N_TOKENS, hidden_size),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(hidden_size, hidden_size),
            nn.ReLU(),
            Dropout(dropout),
        )
        self.head = nn.Linear(hidden_size, n_outputs)
        initialize(self)

    def forward_tokens(self, x: Tensor) -> Tensor:
        """Return the tokens, (n_records, n_times // 32, n_channels)."""
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

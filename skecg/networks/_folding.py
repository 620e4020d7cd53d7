"""BatchNorm folded into the convolution before it: the same predictions with a pass over the data less."""

from __future__ import annotations

import copy
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Return a copy for prediction, in which each BatchNorm lies in the convolution that it follows.

    In evaluation BatchNorm multiplies and shifts each channel by fixed numbers, and so may the
    convolution. The two must be children of one module, next to each other in the order of
    registration, which all networks here make the order of data.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode. It is left as it is.

    Returns
    -------
    folded : torch.nn.Module
        Agrees with the network up to the rounding of float32.
    """
    folded = copy.deepcopy(network)
    for parent in list(folded.modules()):
        children = list(parent.named_children())
        for (name, child), (next_name, next_child) in pairwise(children):
            if isinstance(child, _CONVOLUTIONS) and isinstance(next_child, _NORMS):
                setattr(parent, name, fuse_conv_bn_eval(child, next_child))
                setattr(parent, next_name, nn.Identity())
    return folded

"""BatchNorm folded into the preceding convolution: the same predictions with one pass over the data less."""

from __future__ import annotations

import copy
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Return a copy for prediction, in which each BatchNorm is folded into the preceding convolution.

    In evaluation mode, BatchNorm scales and shifts each channel by fixed numbers, which the
    convolution can include in its weights. The two layers must be neighbouring children of one
    module in the order of registration, which is the order of the data in all networks here.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode. It is not changed.

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

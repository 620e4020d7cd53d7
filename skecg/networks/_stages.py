"""A network as a row of stages, the first that sees the signal first, the head last.

Freezing and slowing a part of a network count in stages: the stem of a ResNet, each of its four
stages, the recurrent layers after it, the head.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

_OPENED = {"backbone", "trunk", "stages", "blocks", "encoder", "layers"}  # rows of stages, not one


def stages_of(network: nn.Module) -> list[nn.ModuleList]:
    """Return the stages of a network in the order of its data, the head last.

    A stage is a child of the network; a child that is a row of stages by its name (the trunk, the
    blocks, the encoder) counts as several. What has no weights, and the BatchNorm of a convolution,
    belongs to the stage before it.

    Parameters
    ----------
    network : torch.nn.Module
        Its children stand in the order of its data, as they do in all of ours.

    Returns
    -------
    stages : list of torch.nn.ModuleList
        Every parameter of a child is in exactly one of them.
    """
    stages: list[nn.ModuleList] = []
    for part in _parts(network):
        follows = isinstance(part, nn.BatchNorm2d) or next(part.parameters(), None) is None
        if stages and follows:
            stages[-1].append(part)
        else:
            stages.append(nn.ModuleList([part]))
    return stages


def _parts(network: nn.Module) -> Iterator[nn.Module]:
    for name, child in network.named_children():
        if name in _OPENED and any(True for _ in child.children()):
            yield from _parts(child)
        else:
            yield child

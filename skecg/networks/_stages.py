"""A network as a sequence of stages, in the order in which data pass through it; the head is last.

Fine-tuning freezes stages and sets the learning rate per stage. The stages of a CRNN are, for
example, the stem of its ResNet, each of the four stages of its ResNet, the recurrent layers, the head.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

_OPENED = {"backbone", "trunk", "stages", "blocks", "encoder", "layers"}  # names of children that hold several stages


def stages_of(network: nn.Module) -> list[nn.ModuleList]:
    """Return the stages of a network in the order of its data, the head last.

    A stage is a child of the network. A child whose name shows that it holds several stages (such as
    the trunk, the blocks or the encoder) is split into its children. A module without weights, or the
    BatchNorm of a convolution, belongs to the stage before it.

    Parameters
    ----------
    network : torch.nn.Module
        Its children must be in the order of the data, as in all networks of skecg.

    Returns
    -------
    stages : list of torch.nn.ModuleList
        Every parameter of a child is in exactly one stage.
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

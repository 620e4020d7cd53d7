"""The layers of a network as a table: output shapes, numbers of weights, and cost."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ._attention import SelfAttention
from ._fusion import CrossAttention, Fused

_HEADINGS = ("layer", "kind", "output", "parameters", "multiply-adds")


@dataclass(frozen=True)
class Layer:
    """One layer of a network, as `summary` lists it.

    Parameters
    ----------
    name : str
        Path of the layer in the network, such as "trunk.stem.0".
    kind : str
        Class of the layer.
    output_shape : tuple of int
        Shape of the output for one record.
    n_parameters : int
        Number of weights of the layer, without the weights of layers inside it.
    multiply_adds : int
        Number of multiply-add operations for one record.

    Examples
    --------
    >>> from skecg.inspection import Layer
    >>> Layer("head", "Linear", (5,), 2565, 2560).n_parameters
    2565
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    n_parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class LayerTable:
    """The layers of a network, as text or as HTML in a notebook.

    Parameters
    ----------
    name : str
        Class of the network.
    input_shape : tuple of int
        (n_leads, n_times) of one record.
    layers : list of Layer, default=[]
        In the order of computation.
    """

    name: str
    input_shape: tuple[int, ...]
    layers: list[Layer] = field(default_factory=list)

    @property
    def n_parameters(self) -> int:
        """Number of weights."""
        return sum(layer.n_parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Number of multiply-add operations for one record."""
        return sum(layer.multiply_adds for layer in self.layers)

    def __str__(self) -> str:
        rows = [_HEADINGS, *[_cells(layer) for layer in self.layers]]
        rows += [("total", self.name, "", f"{self.n_parameters:,}", f"{self.multiply_adds:,}")]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        )

    def _repr_html_(self) -> str:
        parts: dict[str, list[Layer]] = {}
        for layer in self.layers:
            parts.setdefault(layer.name.split(".")[0], []).append(layer)
        head = (
            f"<b>{html.escape(self.name)}</b>: {self.n_parameters:,} parameters, {self.multiply_adds:,} multiply-adds "
            f"for {self.input_shape[0]} leads of {self.input_shape[1]} samples"
        )
        return f"<div class='skecg-network'><p>{head}</p>{''.join(_part(*item) for item in parts.items())}</div>"


def list_layers(network: nn.Module, shape: tuple[int, ...]) -> list[Layer]:
    """Return the layers of a network in the order of computation, found by passing one record of zeros.

    Parameters
    ----------
    network : torch.nn.Module
        It is not changed.
    shape : tuple of (int, int)
        (n_leads, n_times) of the record.

    Returns
    -------
    layers : list of Layer
        Every weight is counted exactly once.
    """
    layers: list[Layer] = []
    counted: set[int] = set()
    names = {module: name or "network" for name, module in network.named_modules()}

    def count(module: nn.Module) -> int:
        new = [weights for weights in module.parameters(recurse=False) if id(weights) not in counted]
        counted.update(id(weights) for weights in new)
        return sum(weights.numel() for weights in new)

    def note(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        out = output[0] if isinstance(output, tuple) else output
        if not isinstance(out, Tensor):
            return
        own, cost = count(module), _cost(module, args, out)
        if own or cost or not any(True for _ in module.children()):
            layers.append(Layer(names[module], type(module).__name__, _shape_of_one(out), own, cost))

    modes = {module: module.training for module in network.modules()}
    handles = [module.register_forward_hook(note) for module in names]
    try:
        with torch.no_grad():
            network.eval()(*_blank(network, shape))
    finally:
        for module, mode in modes.items():
            module.training = mode
        for handle in handles:
            handle.remove()
    for module, name in names.items():  # layers that compute without being called, such as the head of a fusion
        if own := count(module):
            layers.append(Layer(name, type(module).__name__, (), own, 0))
    return layers


def _blank(network: nn.Module, shape: tuple[int, ...]) -> list[Tensor]:
    """Return zeros as inputs of the network: a signal, and covariates if the network is fused with covariates."""
    sizes = [shape]
    if isinstance(network, Fused):
        sizes.append((sum(network.head.covariates.sizes),))
    weights = next(network.parameters())
    return [torch.zeros(1, *size, dtype=weights.dtype, device=weights.device) for size in sizes]


def _shape_of_one(out: Tensor) -> tuple[int, ...]:
    """Return the shape of an output without the axis of records and the height of 1 of a 2-D convolution."""
    return tuple(out.shape[1:2] + out.shape[3:] if out.ndim == 4 and out.shape[2] == 1 else out.shape[1:])


def _cost(module: nn.Module, args: tuple[Any, ...], out: Tensor) -> int:
    """Return the multiply-adds of a layer, without the layers inside it, for a batch of one record."""
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        return out.numel() * module.weight[0].numel()
    if isinstance(module, nn.Linear):
        return out.numel() * module.in_features
    if isinstance(module, nn.RNNBase):
        matrices = [weights.numel() for name, weights in module.named_parameters() if name.startswith("weight")]
        return out.shape[1 if module.batch_first else 0] * sum(matrices)
    if isinstance(module, SelfAttention):
        return 2 * out.shape[1] ** 2 * out.shape[2]  # queries times keys, weights times values
    if isinstance(module, CrossAttention):
        return 2 * args[0].shape[1] * args[1].shape[1] * module.query.out_features
    return 0


def _cells(layer: Layer) -> tuple[str, ...]:
    shape = " x ".join(map(str, layer.output_shape))
    return layer.name, layer.kind, shape, f"{layer.n_parameters:,}", f"{layer.multiply_adds:,}"


def _part(name: str, layers: list[Layer]) -> str:
    n_parameters, cost = sum(one.n_parameters for one in layers), sum(one.multiply_adds for one in layers)
    rows = "".join(_row(_cells(layer), "td") for layer in layers)
    return (
        f"<details><summary>{html.escape(name)}: {n_parameters:,} parameters, {cost:,} multiply-adds</summary>"
        f"<table><thead>{_row(_HEADINGS, 'th')}</thead><tbody>{rows}</tbody></table></details>"
    )


def _row(cells: Iterable[str], tag: str) -> str:
    sides = ("left",) * 3 + ("right",) * 2
    columns = zip(cells, sides, strict=True)
    return (
        "<tr>"
        + "".join(f"<{tag} style='text-align:{side}'>{html.escape(cell)}</{tag}>" for cell, side in columns)
        + "</tr>"
    )

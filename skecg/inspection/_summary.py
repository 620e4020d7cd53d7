"""A network as a table of its layers."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

import torch
from torch import nn

from ..networks._attention import SelfAttention
from ..networks._fusion import CrossAttention, Fused
from ._follow import classifier_of


@dataclass(frozen=True)
class Layer:
    """One layer of a network, as `summary` lists it.

    Parameters
    ----------
    name : str
        Where it is in the network, such as "trunk.stem.0".
    kind : str
        Its class.
    output_shape : tuple of int
        Shape of its output for one record.
    n_parameters : int
        Weights of its own, those of layers inside it left out.
    multiply_adds : int
        Multiplications with an addition that it costs for one record.

    Examples
    --------
    >>> from skecg.inspection import Layer
    >>> Layer("head", "Linear", (5,), 2565, 2560).n_parameters
    2565
    """

    name: str
    kind: str
    output_shape: tuple
    n_parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class NetworkSummary:
    """The layers of a network, as text, as a table and in a notebook.

    Parameters
    ----------
    name : str
        Class of the network.
    input_shape : tuple of int
        (n_leads, n_times) of one record.
    layers : list of Layer, default=[]
        In the order in which they compute.

    Examples
    --------
    >>> from skecg.inspection import summary
    >>> from skecg.networks import ResNet
    >>> found = summary(ResNet(12, 5), (12, 1000))
    >>> found.n_parameters
    3851397
    >>> found.to_frame().columns.tolist()
    ['name', 'kind', 'output_shape', 'n_parameters', 'multiply_adds']
    """

    name: str
    input_shape: tuple
    layers: list = field(default_factory=list)

    @property
    def n_parameters(self):
        """Number of weights."""
        return sum(layer.n_parameters for layer in self.layers)

    @property
    def multiply_adds(self):
        """Cost of one record."""
        return sum(layer.multiply_adds for layer in self.layers)

    def to_frame(self):
        """Return the layers as a table.

        Returns
        -------
        frame : pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame([vars(layer) for layer in self.layers])

    def __str__(self):
        rows = [("layer", "kind", "output", "parameters", "multiply-adds")]
        rows += [_told(layer) for layer in self.layers]
        rows += [("total", self.name, "", f"{self.n_parameters:,}", f"{self.multiply_adds:,}")]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths)))  # noqa: B905
            for row in rows
        )

    def _repr_html_(self):
        parts: dict[str, list[Layer]] = {}
        for layer in self.layers:
            parts.setdefault(layer.name.split(".")[0], []).append(layer)
        head = (
            f"<b>{html.escape(self.name)}</b>: {self.n_parameters:,} parameters, {self.multiply_adds:,} multiply-adds "
            f"for {self.input_shape[0]} leads of {self.input_shape[1]} samples"
        )
        return f"<div class='skecg-network'><p>{head}</p>{''.join(_part(*item) for item in parts.items())}</div>"


def _part(name, layers):
    n_parameters, cost = sum(one.n_parameters for one in layers), sum(one.multiply_adds for one in layers)
    cells = ["layer", "kind", "output", "parameters", "multiply-adds"]
    rows = "".join(_row(_told(layer), "td") for layer in layers)
    return (
        f"<details><summary>{html.escape(name)}: {n_parameters:,} parameters, {cost:,} multiply-adds</summary>"
        f"<table><thead>{_row(cells, 'th')}</thead><tbody>{rows}</tbody></table></details>"
    )


def _row(cells, tag):
    sides = ("left",) * 3 + ("right",) * 2
    return (
        "<tr>"
        + "".join(
            f"<{tag} style='text-align:{side}'>{html.escape(cell)}</{tag}>"
            for cell, side in zip(cells, sides, strict=True)
        )
        + "</tr>"
    )


def _told(layer):
    shape = " x ".join(map(str, layer.output_shape))
    return layer.name, layer.kind, shape, f"{layer.n_parameters:,}", f"{layer.multiply_adds:,}"


def summary(network, shape=None):
    """List the layers of a network, with the shape of their outputs, weights and cost.

    Parameters
    ----------
    network : torch.nn.Module or estimator
        A network, or a fitted classifier of skecg, or a pipeline or search that ends in one.
    shape : tuple of (int, int), default=None
        (n_leads, n_times) of one record; by default what a fitted classifier sees: its window,
        or its longest training record.

    Returns
    -------
    summary : NetworkSummary
        Prints as a table; in a notebook, as a table for each part of the network.

    Raises
    ------
    ValueError
        If a bare network comes without a shape, or with one that is none.
    TypeError
        If an estimator holds no classifier of skecg.

    Notes
    -----
    A multiply-add is one multiplication and one addition. Counted are convolutions, linear and
    recurrent layers, and the two products of an attention; activations, normalisation, pooling
    and the Fourier transforms of S4 are not, which is the custom of the literature.

    Examples
    --------
    >>> from skecg.inspection import summary
    >>> from skecg.networks import ResNet
    >>> found = summary(ResNet(12, 5), (12, 1000))
    >>> found.layers[0]
    Layer(name='trunk.stem.0', kind='Conv2d', output_shape=(64, 500), n_parameters=5376, multiply_adds=2688000)
    >>> found.multiply_adds
    175197696
    """
    if not isinstance(network, nn.Module):
        classifier = classifier_of(network)
        network = classifier.net_.module_
        shape = (_n_leads(classifier), classifier.window or classifier.length_) if shape is None else shape
    if shape is None or len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape must be (n_leads, n_times) of one record; got {shape!r}.")
    layers, handles, counted = [], [], set()
    names = {module: name for name, module in network.named_modules()}

    def note(module, args, output):
        out = output[0] if isinstance(output, tuple) else output
        own = sum(weights.numel() for weights in module.parameters(recurse=False) if id(weights) not in counted)
        counted.update(id(weights) for weights in module.parameters(recurse=False))
        cost = _cost(module, args, out)
        if own or cost or not any(True for _ in module.children()):
            out_shape = out.shape[1:2] + out.shape[3:] if out.ndim == 4 and out.shape[2] == 1 else out.shape[1:]
            layers.append(Layer(names[module] or "network", type(module).__name__, tuple(out_shape), own, cost))

    was_training = network.training
    try:
        handles += [module.register_forward_hook(note) for module in names]
        with torch.no_grad():
            network.eval()(*_blank(network, shape))
    finally:
        network.train(was_training)
        for handle in handles:
            handle.remove()
    for module, name in names.items():  # what computes without being called, as the head of a fusion
        own = sum(weights.numel() for weights in module.parameters(recurse=False) if id(weights) not in counted)
        if own:
            layers.append(Layer(name, type(module).__name__, (), own, 0))
    return NetworkSummary(type(network).__name__, tuple(shape), layers)


def _n_leads(classifier):
    """Return the leads that a classifier was fitted on; in two dimensions it counts times."""
    for module in classifier.net_.module_.modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d) and module.in_channels == classifier.n_features_in_:
            return classifier.n_features_in_
    return classifier.n_features_in_ if classifier.n_features_in_ != classifier.length_ else 1


def count_multiply_adds(network, shape):
    """Count what a network costs for one record.

    Parameters
    ----------
    network : torch.nn.Module or estimator
        A network, or a fitted classifier of skecg, or a pipeline or search that ends in one.
    shape : tuple of (int, int)
        (n_leads, n_times) of one record.

    Returns
    -------
    multiply_adds : int
        As `summary` counts them.

    Raises
    ------
    ValueError
        If the shape is none.

    Examples
    --------
    >>> from skecg.inspection import count_multiply_adds
    >>> from skecg.networks import EfficientECG
    >>> round(count_multiply_adds(EfficientECG(12, 5), (12, 1000)) / 1e6)
    131
    """
    return summary(network, shape).multiply_adds


def _blank(network, shape):
    """Return zeros as the network takes them: a signal, and covariates if it is fused with any."""
    sizes = [shape]
    if isinstance(network, Fused):
        sizes.append((sum(network.head.covariates.sizes),))
    device = next(network.parameters()).device
    return [torch.zeros(1, *size, device=device) for size in sizes]


def _cost(module, args, out):
    """Return the multiply-adds of a layer itself, for a batch of one."""
    x = args[0]
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        return out.numel() * module.weight[0].numel()
    if isinstance(module, nn.Linear):
        return out.numel() * module.in_features
    if isinstance(module, nn.RNNBase):
        matrices = [weights.numel() for name, weights in module.named_parameters() if name.startswith("weight")]
        return x.shape[1 if module.batch_first else 0] * sum(matrices)
    if isinstance(module, SelfAttention):
        return 2 * x.shape[1] ** 2 * x.shape[2]  # queries with keys, shares with values
    if isinstance(module, CrossAttention):
        return 2 * x.shape[1] * args[1].shape[1] * module.query.out_features
    return 0

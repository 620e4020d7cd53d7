"""Read and write the weights of networks in files of skecg, and build networks with their weights."""

from __future__ import annotations

import contextlib
import threading

import numpy as np
import torch
from torch.nn.modules import module as hooks

from ..networks._random import Building
from ..pretrained import path_of
from .file import read_file, write_file

_NEVER_NEGATIVE = {"running_var", "num_batches_tracked"}  # of normalisation layers
_NETWORK = "network."  # starts the name of each weight of a network, after the place of the network in a model


def save_weights(network, path, *, settings=None):
    """Write the weights and the settings of a network into a file.

    Parameters
    ----------
    network : torch.nn.Module
        Any network.
    path : path-like
        Where to write.
    settings : dict, default=None
        Any data that JSON can hold: the arguments of the network, the source of its weights, ...

    Raises
    ------
    ValueError
        If a weight is NaN or infinite.

    Examples
    --------
    >>> import tempfile
    >>> from skecg.networks import ResNet
    >>> from skecg.format import load_weights, save_weights
    >>> network = ResNet(12, 5, width=8)
    >>> path = tempfile.mkdtemp() + "/resnet.skecg"
    >>> save_weights(network, path, settings={"width": 8})
    >>> weights, settings = load_weights(path)
    >>> network.load_state_dict(weights), settings
    (<All keys matched successfully>, {'width': 8})
    """
    write_weights(weights_of(network), path, settings=settings)


def write_weights(weights, path, *, settings=None):
    """Write weights by name and settings into a file that `load_weights` reads.

    Parameters
    ----------
    weights : dict of str to ndarray
        The state of a network, or a part of it.
    path : path-like
        Where to write.
    settings : dict, default=None
        Any data that JSON can hold. {"signals": {"fs": rate in Hz, "leads": names or None}} says what the network was
        trained on; the parameter `pretrained` then matches the leads by name.

    Raises
    ------
    ValueError
        If a weight is NaN or infinite.
    """
    _check_finite(weights)
    tensors = {_NETWORK + name: values for name, values in weights.items()}
    write_file(path, {"kind": "weights", "settings": settings or {}}, tensors)


def load_weights(path):
    """Read the weights of a network from a file that `save_weights` or `skecg.save` wrote.

    Parameters
    ----------
    path : path-like
        The file, or the name of a packaged model. A saved model must hold exactly one network.

    Returns
    -------
    weights : dict of str to torch.Tensor
        For `load_state_dict`, on the CPU.
    settings : dict
        The settings that `save_weights` wrote; empty for a saved model.

    Raises
    ------
    ValueError
        If the file is damaged, or does not hold one network.

    Examples
    --------
    >>> from skecg.format import load_weights
    >>> weights, settings = load_weights("resnet.skecg")  # doctest: +SKIP
    """
    path = path_of(path)
    document, tensors = read_file(path)
    owners = {name.partition(_NETWORK)[0] for name in tensors if _NETWORK in name}
    if len(owners) != 1:
        raise ValueError(f"{path} holds {len(owners)} networks; load_weights needs a file with exactly one.")
    start = owners.pop() + _NETWORK
    weights = {name[len(start) :]: values for name, values in tensors.items() if name.startswith(start)}
    _check_finite(weights)
    settings = document.get("settings", {}) if isinstance(document, dict) else {}
    return {name: torch.from_numpy(values) for name, values in weights.items()}, settings


def weights_of(network):
    """Return the state of a network as numpy arrays; raise ValueError if a value is not finite."""
    weights = {name: values.detach().cpu().contiguous().numpy() for name, values in network.state_dict().items()}
    _check_finite(weights)
    return weights


def learned_names(network):
    """Return the names of the parameters of a network, without its buffers such as BatchNorm's statistics."""
    return [name for name, _ in network.named_parameters(remove_duplicate=False)]


def build_network(make, weights):
    """Build a network and load its weights, if all weights are there and fit.

    Parameters
    ----------
    make : callable
        Returns the network.
    weights : dict of str to ndarray
        The state of the network.

    Returns
    -------
    network : torch.nn.Module
        On the CPU, in evaluation mode.

    Raises
    ------
    ValueError
        If names, shapes or types of weights differ, or a weight is not finite. `build_network` first
        builds the network without memory, and stops if the network gets far larger than the weights.
    """
    _check_finite(weights)
    expected = shapes_of(make, limit=weights)
    found = {name: (values.shape, str(values.dtype)) for name, values in weights.items()}
    if expected != found:
        wrong = sorted({name for name, _ in expected.items() ^ found.items()})
        raise ValueError(f"The weights do not fit the network: {', '.join(wrong[:3])}, {len(wrong)} in all.")
    with Building(torch.Generator()):
        network = make()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return network.eval()


def shapes_of(make, limit=None):
    """Return {name: (shape, dtype)} of the state of the network that `make` returns, without memory for it."""
    guard = contextlib.nullcontext() if limit is None else _no_larger_than(limit)
    with guard, Building(torch.Generator()), torch.device("meta"):
        state = make().state_dict()
    return {name: (tuple(values.shape), str(values.dtype).removeprefix("torch.")) for name, values in state.items()}


_BUILDING = threading.Lock()


@contextlib.contextmanager
def _no_larger_than(weights):
    """Raise while a network is built, if it gets far larger than these weights: a file may ask for 10**9 layers."""
    n_values = sum(values.size for values in weights.values())  # twice as many, as a network may replace some
    counts = {"tensors": 100 + 2 * len(weights), "values": 2**20 + 2 * n_values, "modules": 100 + 10 * len(weights)}
    thread = threading.get_ident()

    def count(what, n):
        counts[what] -= n
        if threading.get_ident() == thread and counts[what] < 0:
            raise ValueError(f"The settings ask for a larger network than the weights of the file (too many {what}).")

    def on_tensor(module, name, tensor):
        if tensor is not None:
            count("tensors", 1)
            count("values", tensor.numel())

    with _BUILDING:
        registered = [
            hooks.register_module_parameter_registration_hook(on_tensor),
            hooks.register_module_buffer_registration_hook(on_tensor),
            hooks.register_module_module_registration_hook(lambda *_: count("modules", 1)),
        ]
        try:
            yield
        finally:
            for hook in registered:
                hook.remove()


def _check_finite(weights):
    for name, values in weights.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(f"The weight {name!r} holds NaN or infinity.")
        if name.rpartition(".")[2] in _NEVER_NEGATIVE and (values < 0).any():
            raise ValueError(f"The weight {name!r} holds {values.min():g}; expected numbers of 0 or more.")

"""Networks in such files: their weights, and how a network gets them back."""

from __future__ import annotations

import contextlib
import threading

import numpy as np
import torch
from torch.nn.modules import module as hooks

from .file import read_file, write_file

_NETWORK = "network."  # begins the name of every weight of a network, after where it stands in a model


def save_weights(network, path, *, settings=None):
    """Write the weights of a network, with settings that belong to it.

    Parameters
    ----------
    network : torch.nn.Module
        Any network.
    path : path-like
        Where to write.
    settings : dict, default=None
        What JSON can hold: the arguments of the network, the source of its weights, ...

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
    tensors = {_NETWORK + name: values for name, values in weights_of(network).items()}
    write_file(path, {"kind": "weights", "settings": settings or {}}, tensors)


def load_weights(path):
    """Read the weights of a network, from what `save_weights` or `skecg.save` wrote.

    Parameters
    ----------
    path : path-like
        The file. A saved model must hold exactly one network.

    Returns
    -------
    weights : dict of str to torch.Tensor
        For `load_state_dict`, on the CPU.
    settings : dict
        As given to `save_weights`; empty for a model.

    Raises
    ------
    ValueError
        If the file is damaged, or does not hold one network.

    Examples
    --------
    >>> from skecg.format import load_weights
    >>> weights, settings = load_weights("resnet.skecg")  # doctest: +SKIP
    """
    document, tensors = read_file(path)
    owners = {name.partition(_NETWORK)[0] for name in tensors if _NETWORK in name}
    if len(owners) != 1:
        raise ValueError(f"{path} holds {len(owners)} networks; weights can be taken from a file with exactly one.")
    start = owners.pop() + _NETWORK
    weights = {name[len(start) :]: values for name, values in tensors.items() if name.startswith(start)}
    _check_finite(weights)
    settings = document.get("settings", {}) if isinstance(document, dict) else {}
    return {name: torch.from_numpy(values) for name, values in weights.items()}, settings


def weights_of(network):
    """Return the state of a network as numpy arrays; ValueError if one is not finite."""
    weights = {name: values.detach().cpu().contiguous().numpy() for name, values in network.state_dict().items()}
    _check_finite(weights)
    return weights


def build_network(make, weights):
    """Make a network and give it its weights, if these are all there and fit.

    Parameters
    ----------
    make : callable
        Returns the network.
    weights : dict of str to ndarray
        Its state.

    Returns
    -------
    network : torch.nn.Module
        On the CPU, in evaluation mode.

    Raises
    ------
    ValueError
        If names, shapes or types differ, or a weight is not finite. The network is first made
        without memory, and no further than the weights reach.
    """
    _check_finite(weights)
    expected = shapes_of(make, limit=weights)
    found = {name: (values.shape, str(values.dtype)) for name, values in weights.items()}
    if expected != found:
        wrong = sorted({name for name, _ in expected.items() ^ found.items()})
        raise ValueError(f"The weights do not fit the network: {', '.join(wrong[:3])}, {len(wrong)} in all.")
    with torch.random.fork_rng([]):
        network = make()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return network.eval()


def shapes_of(make, limit=None):
    """Return {name: (shape, dtype)} of the state of the network that `make` returns, without its memory."""
    guard = contextlib.nullcontext() if limit is None else _no_larger_than(limit)
    with guard, torch.random.fork_rng([]), torch.device("meta"):
        state = make().state_dict()
    return {name: (tuple(values.shape), str(values.dtype).removeprefix("torch.")) for name, values in state.items()}


_BUILDING = threading.Lock()


@contextlib.contextmanager
def _no_larger_than(weights):
    """Stop the making of a network that has more weights than these: a file may ask for 10**9 layers."""
    n_values = sum(values.size for values in weights.values())  # some are made and replaced, so twice as many
    counts = {"tensors": 100 + 2 * len(weights), "values": 2**20 + 2 * n_values, "modules": 100 + 10 * len(weights)}
    thread = threading.get_ident()

    def count(what, n):
        counts[what] -= n
        if threading.get_ident() == thread and counts[what] < 0:
            raise ValueError(f"The settings ask for a larger network than the file has weights for (too many {what}).")

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

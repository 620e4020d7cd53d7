"""Random numbers that belong to one fit.

PyTorch draws from one generator for all threads of a process. A fit that drew from it would change
the numbers of the user and of other fits. Instead each fit has a generator, which its thread uses.
"""

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_THREAD = threading.local()
_FILLING = {
    Tensor.bernoulli_,
    Tensor.exponential_,
    Tensor.normal_,
    Tensor.random_,
    Tensor.uniform_,
    nn.init.kaiming_uniform_,
    nn.init.normal_,
    nn.init.uniform_,
}
_DRAWING = _FILLING | {
    torch.bernoulli,
    torch.normal,
    torch.rand,
    torch.randint,
    torch.randn,
    torch.randperm,
}
_FLOATING = {torch.empty, torch.ones, torch.rand, torch.randn, torch.zeros}
_INFERRING = {torch.arange, torch.full, torch.tensor}  # their type follows from the values


class Building(TorchFunctionMode):
    """Let networks that are built inside the block be float32, with weights from one generator.

    Parameters
    ----------
    generator : torch.Generator
        Draws the initial weights, in place of the global generator.

    Notes
    -----
    A mode of PyTorch applies only to its thread. The default type of the process, which
    `torch.set_default_dtype` changes, does not matter inside the block.
    """

    def __init__(self, generator: torch.Generator):
        super().__init__()
        self.generator = generator

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in _FILLING:
            tensor = args[0] if args else kwargs["tensor"]
            if tensor.is_meta:  # PyTorch would import its compiler, for no numbers
                return tensor
        if func in _DRAWING and kwargs.get("generator") is None and _on_cpu(args, kwargs):
            kwargs["generator"] = self.generator
        if kwargs.get("dtype") is None:
            if func in _FLOATING:
                kwargs["dtype"] = torch.float32
            elif func in _INFERRING:
                out = func(*args, **kwargs)
                return out.float() if out.is_floating_point() else out
        return func(*args, **kwargs)


def _on_cpu(args: Any, kwargs: Any) -> bool:
    tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
    device = tensors[0].device if tensors else kwargs.get("device")
    return device is None or torch.device(device).type == "cpu"


@contextlib.contextmanager
def draw_from(generator: torch.Generator | None) -> Iterator[None]:
    """Let this thread draw from a generator inside the block; None is the global generator of PyTorch."""
    before = fit_generator()
    _THREAD.generator = generator
    try:
        yield
    finally:
        _THREAD.generator = before


def fit_generator() -> torch.Generator | None:
    """Return the generator of the fit that runs in this thread; None outside of fits."""
    return getattr(_THREAD, "generator", None)


def rand(shape: Sequence[int], device: torch.device | str) -> Tensor:
    """Return float32 numbers, uniform between 0 and 1."""
    return torch.rand(tuple(shape), generator=fit_generator(), device=device, dtype=torch.float32)


def dropout(x: Tensor, p: float) -> Tensor:
    """Set each value to zero with probability `p` and divide the others by `1 - p`."""
    generator = fit_generator()
    if generator is None or p in (0.0, 1.0):
        return nn.functional.dropout(x, p)
    return x * torch.empty_like(x).bernoulli_(1 - p, generator=generator).div_(1 - p)


class Dropout(nn.Dropout):
    """`torch.nn.Dropout` that draws from the generator of the fit."""

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, with dropout in training."""
        return dropout(x, self.p) if self.training else x


_TURN = threading.RLock()


def _renew_lock() -> None:
    global _TURN
    _TURN = threading.RLock()  # another thread may hold the lock at a fork, and the child has no such thread


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


@contextlib.contextmanager
def take_turn(generator: torch.Generator, devices: Sequence[int] = ()) -> Iterator[None]:
    """Let the global generators continue a generator inside the block, and restore them after it.

    All threads share the global generators, so one block runs at a time.

    Parameters
    ----------
    generator : torch.Generator
    devices : sequence of int
        CUDA devices whose generators start from the seed of `generator`.
    """
    with _TURN, torch.random.fork_rng(devices):
        torch.manual_seed(generator.initial_seed())
        torch.set_rng_state(generator.get_state())
        yield


def draws_globally(network: nn.Module) -> bool:
    """Return whether a module of the network may draw from the global generator of PyTorch in training."""
    return any(_draws_globally(module) for module in network.modules())


def _draws_globally(module: nn.Module) -> bool:
    home = type(module).__module__
    if home.startswith("skecg."):
        return False
    if not home.startswith("torch.nn.modules."):
        return True
    if isinstance(module, nn.RNNBase | nn.MultiheadAttention):
        return bool(module.dropout)
    return home.endswith((".dropout", ".transformer")) or isinstance(module, nn.RReLU | nn.FractionalMaxPool2d)

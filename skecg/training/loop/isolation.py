"""Keep a fit apart from the state that all threads and libraries of a process share."""

import contextlib

import numpy as np
import torch

from ...networks._random import Building, draw_from, draws_globally, take_turn
from .processes import note_computation


@contextlib.contextmanager
def isolated(seed, device, *, foreign=False, rank=0):
    """Let a fit neither change the state of the process nor depend on it.

    The state is made of PyTorch's generators and default type, and of the modes that a user may have
    set: `torch.no_grad`, `torch.inference_mode`, `torch.autocast`.

    Parameters
    ----------
    seed : int
        Of the initial weights, of dropout and of augmentation.
    device : str
        Where the network will train.
    foreign : bool, default=False
        Whether code outside of this package takes part, which may draw from PyTorch's global generator.
        Fits with such code, with dropout inside of recurrent layers, or on a GPU take turns: one
        thread of the process trains at a time.
    rank : int, default=0
        Number of this process among those that share the fit: the initial weights are the same in all of them,
        dropout and augmentation differ.

    Yields
    ------
    build : callable
        `build(make)` returns the network that `make` returns, in float32 and with weights of this seed.
    """
    note_computation()
    generator = torch.Generator().manual_seed(seed)
    cuda = [torch.cuda.current_device()] if device_type(device) == "cuda" else []
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast(device_type(device), enabled=False))

        def build(make):
            if foreign:
                stack.enter_context(take_turn(generator, cuda))
                network = make().float()
                if rank:
                    torch.manual_seed(_seed_of(seed, rank))
                return network
            with Building(generator):
                network = make()
            if rank:
                generator.manual_seed(_seed_of(seed, rank))
            shared = device_type(device) != "cpu" or draws_globally(network)
            stack.enter_context(take_turn(generator, cuda) if shared else draw_from(generator))
            return network

        yield build


def _seed_of(seed, rank):
    return int(np.random.SeedSequence([seed, rank]).generate_state(1, np.uint64)[0]) >> 1  # as torch takes them


def device_type(device):
    """Return the kind of a device: "cpu", "cuda", "mps"."""
    return torch.device(device).type


def is_foreign(settings):
    """Return whether code outside of this package takes part in a fit.

    Parameters
    ----------
    settings : BaseEstimator
        The classifier: its class, its `module` and its `net_params` count.
    """
    parts = [type(settings), getattr(settings, "module", None)]
    return bool(settings.net_params) or any(
        part is not None and not getattr(part, "__module__", "").startswith("skecg.") for part in parts
    )

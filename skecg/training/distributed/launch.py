"""The processes that `torchrun`, `accelerate launch` or Slurm start: how a fit finds and leaves them."""

import contextlib
import importlib
import itertools
import multiprocessing
import os
import threading

import torch
import torch.distributed as dist

from .processes import ALONE, Together

_ADDRESS = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_FITS = itertools.count()
_STORES = {}  # of this process, by its id: a forked child needs a connection of its own


def own_gpu():
    """Return the GPU of this process among those of its machine, as a device, "cuda" if there is one process."""
    if not _launched():
        return "cuda"
    number = os.environ.get("LOCAL_RANK") or os.environ.get("RANK") or dist.get_rank()
    return f"cuda:{int(number) % torch.cuda.device_count()}"


@contextlib.contextmanager
def processes_of_fit(device):
    """Connect the processes that were launched together, inside the block.

    A fit in another thread than the main one, or in a worker process of a search, trains alone.

    Parameters
    ----------
    device : str
        Where the network of this process trains.

    Yields
    ------
    processes : Alone or Together

    Raises
    ------
    ValueError
        If the environment does not say how to reach the other processes, or if they cannot share a fit on the device.
    RuntimeError
        If another process fails; the exception of this process ends the block in the other ones.
    """
    if not _launched():
        yield ALONE
        return
    kind = torch.device(device).type
    if kind not in ("cpu", "cuda"):
        raise ValueError(f'Several processes can share a fit on "cpu" or "cuda"; got device={device!r}.')
    backend = "cpu:gloo,cuda:nccl" if kind == "cuda" and dist.is_nccl_available() else "gloo"
    with torch.cuda.device(device) if kind == "cuda" else contextlib.nullcontext():
        processes = Together(_connected(backend))
        try:
            yield processes
            processes.collect(None)  # a process that left earlier would cut off the others
        finally:
            processes.leave()


def _launched():
    """Return whether this process is one of several that fit together."""
    if not dist.is_available() or threading.current_thread() is not threading.main_thread():
        return False
    if dist.is_initialized():
        return dist.get_world_size() > 1
    count = os.environ.get("WORLD_SIZE") or "1"
    if not count.isdigit():
        raise ValueError(f"WORLD_SIZE={count!r} is no number of processes; unset it to train in one process.")
    return int(count) > 1 and multiprocessing.parent_process() is None


def _connected(backend):
    """Return a new group of all processes."""
    if dist.is_initialized():
        return dist.new_group(backend=backend)
    if missing := [name for name in _ADDRESS if not os.environ.get(name)]:
        raise ValueError(
            f"WORLD_SIZE={os.environ['WORLD_SIZE']} announces several processes, but {', '.join(missing)} are not set. "
            "Start the processes with torchrun or accelerate launch, or unset WORLD_SIZE to train in one process."
        )
    # PyTorch imports this later, and then the defaults of its functions would keep the connections of the group open.
    importlib.import_module("torch.distributed.nn.functional")
    pid = os.getpid()
    if pid not in _STORES:
        _STORES[pid], *_ = next(dist.rendezvous("env://"))
    store = dist.PrefixStore(f"skecg fit {next(_FITS)}", _STORES[pid])
    rank, count = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE"))
    dist.init_process_group(backend, store=store, rank=rank, world_size=count)
    return dist.group.WORLD

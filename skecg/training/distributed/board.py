"""Shared memory in which the processes of one machine exchange the many small tensors of a training step.

A step of ResNet18 exchanges the statistics of twenty BatchNorm layers, and the gradients of these statistics. Through a
socket, each exchange puts a process to sleep and wakes it, which takes a millisecond. Here a process writes its values
into its place and reads the places of the others until they have written too.
"""

import contextlib
import mmap
import os
import platform
import socket
import sys
import tempfile
import time
from pathlib import Path

import torch

PLACE = 2**16  # bytes of a process; larger tensors go through the group
_FOLDER = Path("/dev/shm")  # Linux: files in memory
_LINE = 64  # bytes of a cache line, of which each process has one for its count
_LOOKS = 200  # at a place without a pause
_YIELDING = 5e-3  # seconds in which each further look first offers the core to other processes
_PAUSE = 1e-4  # seconds between the looks after that
_ASK = 0.5  # seconds between the questions whether a process still exists
_LEFT = -1


class Board:
    """A place for one small tensor of each process, twice: the exchanges use both in turn.

    A process that writes its next but one tensor knows that all have read this one, because each has written since.
    The count in `written` follows the values. Other processes see this order on x86 alone; `board_of` makes no board
    on other processors.

    Parameters
    ----------
    memory : mmap.mmap
        Shared memory of `size(count)` bytes that are zero at first.
    rank : int
        Number of this process.
    pids : sequence of int
        The processes.
    """

    def __init__(self, memory, rank, pids):
        self.rank, self.pids, count = rank, pids, len(pids)
        everything = torch.frombuffer(memory, dtype=torch.uint8)
        self.written = everything[: count * _LINE].view(torch.int64)[:: _LINE // 8].numpy()
        self.places = everything[count * _LINE :].view(2, count, PLACE)
        self.turn = 0

    @staticmethod
    def size(count):
        """Return the bytes of a board for some processes."""
        return count * (_LINE + 2 * PLACE)

    @staticmethod
    def holds(tensor):
        """Return whether a place is large enough for a tensor, which is then on the CPU."""
        return tensor.device.type == "cpu" and 0 < tensor.nbytes <= PLACE

    def gather(self, tensor):
        """Return the tensors of all processes, which have the same shape."""
        self.turn += 1
        values = tensor.detach().contiguous().view(-1).view(torch.uint8)
        places = self.places[self.turn % 2, :, : len(values)]
        places[self.rank] = values
        self.written[self.rank] = self.turn
        for rank in range(len(self.pids)):
            self._wait(rank)
        return [place.view(tensor.dtype).view(tensor.shape) for place in places.clone()]

    def leave(self):
        """Tell the others that this process writes no more."""
        self.written[self.rank] = _LEFT

    def _wait(self, rank):
        """Wait until a process has written its tensor; raise a RuntimeError if it never will."""
        looks, begin = 0, time.monotonic()
        ask = begin + _ASK
        while self.written[rank] < self.turn:
            looks += 1
            if looks < _LOOKS:
                continue
            if self.written[rank] == _LEFT:
                raise RuntimeError(f"Process {rank} has left.")
            now = time.monotonic()
            if now < begin + _YIELDING:
                os.sched_yield()
            else:
                time.sleep(_PAUSE)
            if now > ask:
                ask = now + _ASK
                _check_exists(rank, self.pids[rank])


def _check_exists(rank, pid):
    if not Path("/proc", str(pid)).exists():
        raise RuntimeError(f"Process {rank} has ended.")


def board_of(processes):
    """Return the board of this process, or None if the processes cannot share memory.

    Parameters
    ----------
    processes : Together
        Exchange objects through their group.
    """
    able = sys.platform == "linux" and platform.machine() == "x86_64" and _FOLDER.is_dir()
    ables, machines, pids = zip(*processes.collect((able, socket.gethostname(), os.getpid())), strict=True)
    if not all(ables) or len(set(machines)) > 1:
        return None
    path = processes.agree(_made(Board.size(len(pids))) if processes.is_main else None)
    memory = None if path is None else _mapped(path)
    opened = processes.collect(memory is not None)
    if processes.is_main and path is not None:
        path.unlink()  # the memory stays until the last process has left
    return Board(memory, processes.rank, pids) if all(opened) else None


def _made(size):
    """Return the path of a new file of zeros, or None if there is no space."""
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="skecg-", dir=_FOLDER)
        try:
            os.posix_fallocate(descriptor, 0, size)  # else the first write to a full file system would end the process
        except OSError:
            Path(name).unlink()
        else:
            return Path(name)
        finally:
            os.close(descriptor)
    return None


def _mapped(path):
    """Return a file as shared memory, or None if this process cannot open it, such as in another container."""
    with contextlib.suppress(OSError), path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)
    return None

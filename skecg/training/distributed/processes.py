"""The processes that share a fit, and what they exchange.

Each process has the whole network and computes a share of every batch. The processes exchange the outputs of the
network, so that each computes the loss of the whole batch, and they add their gradients. Every step is therefore that
of a single process, whatever the loss and its weights are. `DistributedDataParallel` averages the gradients of
separate losses instead, wraps the network, and does not synchronise BatchNorm on CPUs.
"""

import contextlib

import torch
import torch.distributed as dist

from .board import board_of
from .norms import SynchronisedNorms


class Alone:
    """The only process of a fit: it computes whole batches and exchanges nothing.

    Attributes
    ----------
    rank, count : int
        Number of this process, from 0, and number of processes.
    """

    rank, count = 0, 1

    @property
    def is_main(self):
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def share(self, rows):
        """Return the part of the rows of a batch that this process computes."""
        return rows

    def gather(self, *tensors):
        """Return tensors with the rows of all processes; gradients flow to the rows of this process."""
        return tensors

    def add_gradients(self, parameters):
        """Replace each gradient by its sum over the processes."""

    def normalising(self):
        """Return a context in which BatchNorm in training normalises by the statistics of the whole batch."""
        return contextlib.nullcontext()

    def agree(self, value):
        """Return the value of the main process."""
        return value

    def collect(self, value):
        """Return the values of all processes."""
        return [value]

    def copy_state(self, network):
        """Give a network the weights and statistics of the main process."""


ALONE = Alone()


class Together(Alone):
    """One of several processes that share a fit.

    Parameters
    ----------
    group : torch.distributed.ProcessGroup
        Exchanges tensors on the CPU and on the device of the network.
    """

    def __init__(self, group):
        self.group = group
        self.rank, self.count = dist.get_rank(group), dist.get_world_size(group)
        self.board = board_of(self)

    def share(self, rows):
        """Return this process's part of the rows; all rows if there are fewer rows than processes."""
        n = len(rows)
        return rows if n < self.count else rows[n * self.rank // self.count : n * (self.rank + 1) // self.count]

    def gather(self, *tensors):
        """Return tensors with the rows of all processes, in order; gradients flow to the rows of this process."""
        n = len(tensors[0])
        counts = [int(count) for count in self.gather_equal(torch.tensor([n]))]
        flat = torch.cat([tensor.detach().reshape(n, -1) for tensor in tensors], dim=1)
        padded = torch.cat([flat, flat.new_zeros(max(counts) - n, flat.shape[1])])
        parts = [part[:count] for part, count in zip(self.gather_equal(padded), counts, strict=True)]
        whole = torch.cat(parts).split([tensor[0].numel() for tensor in tensors], dim=1)
        first = sum(counts[: self.rank])
        return tuple(_placed(tensor, values, first) for tensor, values in zip(tensors, whole, strict=True))

    def add_gradients(self, parameters):
        """Replace each gradient by its sum over the processes."""
        gradients = [weights.grad for weights in parameters if weights.grad is not None]
        if not gradients:
            return
        flat = self.add(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        parts = flat.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view(gradient.shape))

    def normalising(self):
        """Return a context in which BatchNorm in training normalises by the statistics of the whole batch."""
        return SynchronisedNorms(self)

    def agree(self, value):
        """Return the value of the main process."""
        values = [value]
        self._exchange(dist.broadcast_object_list, values, src=0, device=torch.device("cpu"), group=self.group)
        return values[0]

    def collect(self, value):
        """Return the values of all processes."""
        values = [None] * self.count
        self._exchange(dist.all_gather_object, values, value, group=self.group)
        return values

    @torch.no_grad()
    def copy_state(self, network):
        """Give a network the weights and statistics of the main process."""
        for tensor in network.state_dict().values():
            values = tensor.contiguous()
            self._exchange(dist.broadcast, values, src=0, group=self.group)
            tensor.copy_(values)

    def gather_equal(self, tensor):
        """Return the tensors of all processes, which have the same shape."""
        if self._on_board(tensor):
            return self._exchange(self.board.gather, tensor)
        parts = [torch.empty_like(tensor) for _ in range(self.count)]
        self._exchange(dist.all_gather, parts, tensor, group=self.group)
        return parts

    def add(self, tensor):
        """Replace a tensor by its sum over the processes, and return it."""
        if self._on_board(tensor):
            return tensor.copy_(sum(self.gather_equal(tensor)))
        self._exchange(dist.all_reduce, tensor, group=self.group)
        return tensor

    def leave(self):
        """Close the connections, so that a process that still waits for this one raises an error."""
        if self.board is not None:
            self.board.leave()
        dist.destroy_process_group(self.group)
        self.group = None  # the connections stay open as long as there is a reference, such as in a traceback

    def _on_board(self, tensor):
        return self.board is not None and self.board.holds(tensor)

    def _exchange(self, collective, *args, **kwargs):
        try:
            return collective(*args, **kwargs)
        except RuntimeError as error:
            raise RuntimeError(
                f"Process {self.rank} lost the other processes of this fit. Most likely one of them failed; its own "
                f"message says why. ({str(error).splitlines()[0]})"
            ) from error


def _placed(tensor, values, first):
    """Return values with the shape of a tensor, and the tensor itself in its place if it has gradients."""
    values = values.reshape(-1, *tensor.shape[1:])
    if not tensor.requires_grad:
        return values
    return torch.cat([values[:first], tensor, values[first + len(tensor) :]])

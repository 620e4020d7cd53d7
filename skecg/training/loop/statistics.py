"""Recomputed BatchNorm statistics, where the running statistics lag behind the weights."""

import contextlib

import numpy as np
import torch
from skorch.utils import to_device
from torch import nn

from .predict import batch_without_gradients

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
FEW_STEPS = 50
"""Training steps below which the running statistics of BatchNorm are replaced."""


def recompute_statistics(network, batches, *, forward=None, kept=()):
    """Replace the running statistics of BatchNorm by their mean over batches.

    Running statistics are moving averages (of momentum 0.1 by default) that still contain steps with
    older weights. After few steps, or for averaged weights, running statistics do not fit the network
    (Wu & Johnson 2021, "Rethinking 'Batch' in BatchNorm", arXiv 2105.07576).

    Parameters
    ----------
    network : torch.nn.Module
        Its statistics are replaced in place; its weights and its mode do not change.
    batches : iterable of tuple of torch.Tensor
        Inputs of the network; each batch has two records or more.
    forward : callable, default=None
        Computes the output for a batch, as `forward(network, *batch)`; by default, `network(*batch)`
        does.
    kept : collection of str, default=()
        Names of the modules whose statistics do not change.

    Notes
    -----
    The pass runs in float32, as predictions do, without gradients and without dropout.
    """
    norms = [
        module
        for name, module in network.named_modules()
        if isinstance(module, _NORMS) and module.running_mean is not None and name not in kept
    ]
    if not norms:
        return
    with torch.no_grad(), _collecting(network, norms):
        for batch in batches:
            network(*batch) if forward is None else forward(network, *batch)


@contextlib.contextmanager
def _collecting(network, norms):
    """Let each BatchNorm average its inputs inside the block; all other modules are in evaluation mode."""
    modes = {module: module.training for module in network.modules()}
    before = [(module.momentum, module.num_batches_tracked.clone()) for module in norms]
    network.eval()
    for module in norms:
        module.reset_running_stats()
        module.momentum = None  # a cumulative mean
        module.train()
    try:
        yield
    finally:
        for module, (momentum, n_batches) in zip(norms, before, strict=True):
            module.momentum = momentum
            module.num_batches_tracked.copy_(n_batches)
        for module, mode in modes.items():
            module.training = mode


class StatisticsPass:
    """Rule for when BatchNorm statistics are recomputed, and over which batches.

    Parameters
    ----------
    dataset : RandomWindows or EmbeddedWindows
        The training records; records of weight zero are left out.
    batch_size : int
    steps_per_epoch : int
    seed : int
        Seed that draws the windows, so that the generators of the training do not change.
    device : str
    """

    def __init__(self, dataset, *, batch_size, steps_per_epoch, seed, device):
        self.dataset, self.batch_size, self.steps_per_epoch = dataset, batch_size, steps_per_epoch
        self.seed, self.device = seed, device

    def is_due(self, n_epochs, averaged):
        """Return whether running statistics do not fit: after few steps, or for averaged weights."""
        return averaged or n_epochs * self.steps_per_epoch < FEW_STEPS

    def batches(self):
        """Yield one window of each training record, without augmentation, in batches of equal size."""
        rng = np.random.default_rng(self.seed)
        weights = self.dataset.weight.numpy().reshape(len(self.dataset), -1)
        rows = np.flatnonzero(weights.any(axis=1))
        if len(rows) < 2:  # BatchNorm cannot average over one record
            return
        size = batch_without_gradients(self.batch_size, self.dataset.length)
        for records in np.array_split(rng.permutation(rows), -(-len(rows) // size)):
            inputs = to_device(self.dataset.inputs(records, rng), self.device)
            yield list(inputs.values()) if isinstance(inputs, dict) else [inputs]

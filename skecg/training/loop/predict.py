"""Average the network's output over the windows of each record."""

import numpy as np
import torch
from skorch.utils import to_device

from ...networks._folding import fold_batch_norm
from ..data.windows import PREDICTED_ALONE
from .processes import note_computation

_TIMES = 2**16  # samples per lead in a batch; smaller batches spend much time on the calls


def batch_without_gradients(batch_size, n_times):
    """Return the number of windows to compute at once; without gradients, more fit into memory than in training."""
    return max(batch_size, _TIMES // int(n_times))


def trained_network(estimator):
    """Return the network of a fitted estimator, in evaluation mode.

    A user, or a tool that explains networks, may have left the network in training mode, in which
    dropout is active and BatchNorm changes its statistics.
    """
    network = estimator.net_.module_
    if any(module.training for module in network.modules()):
        network.eval()
    return network


def average_over_windows(compute, network, windows, batch_size):
    """Average the network's output over the windows of each record.

    Parameters
    ----------
    compute : callable
        Computes the output, a tensor (n_windows, n_values), from a network, a tensor (n_windows,
        n_leads, length) and, if there are any, covariates.
    network : torch.nn.Module
        In evaluation mode.
    windows : FixedWindows
        The windows of the records.
    batch_size : int
        Minimum number of windows to compute at once; without gradients, more fit into memory.

    Returns
    -------
    values : ndarray of shape (n_records, n_values), float32

    Raises
    ------
    ValueError
        If a value is not finite; the message names the records.
    """
    note_computation()
    device = next(network.parameters()).device
    if len(windows.signals) > PREDICTED_ALONE:  # not for a few: folding changes the rounding, and its copy costs time
        network = fold_batch_norm(network)
        batch_size = batch_without_gradients(batch_size, windows.lengths.max())

    def run(inputs):
        inputs = to_device(inputs, device)
        return compute(network, *(inputs.values() if isinstance(inputs, dict) else [inputs])).cpu().numpy()

    with torch.inference_mode(), torch.autocast(device.type, enabled=False):
        return mean_over_windows(run, windows, batch_size)


def mean_over_windows(run, windows, batch_size):
    """Average what a function returns for windows over the windows of each record.

    Parameters
    ----------
    run : callable
        Returns an array of shape (n_windows, n_values) for the inputs of a network.
    windows : FixedWindows
        The windows of the records.
    batch_size : int
        Number of windows in a batch.

    Returns
    -------
    values : ndarray of shape (n_records, n_values), float32

    Raises
    ------
    ValueError
        If a value is not finite; the message names the records.
    """
    total, count = None, np.bincount(windows.records)
    for records, inputs in windows.batches(batch_size):
        values = run(inputs)
        if total is None:
            total = np.zeros((len(count), values.shape[1]))
        np.add.at(total, records, values)
    values = (total / count[:, None]).astype(np.float32)
    _check_finite(values)
    return values


def _check_finite(values):
    rows = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(rows):
        listed = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
        raise ValueError(
            f"The network computes NaN or infinity for {len(rows)} of {len(values)} records: {listed}. Look for "
            "extreme values in their signals and covariates; if all records are affected, the weights are damaged."
        )

"""What a trained network says of records: the mean over their windows."""

import numpy as np
import torch
from skorch.utils import to_device

from ...networks._folding import fold_batch_norm
from ..data.windows import PREDICTED_ALONE

_TIMES = 2**16  # samples of a lead in a batch; with fewer the cost of each call shows


def batch_without_gradients(batch_size, n_times):
    """Return how many windows to compute at once: without gradients there is room for more than in training."""
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
    """Average what the network makes of the windows of each record.

    Parameters
    ----------
    compute : callable
        Maps a network, a tensor (n_windows, n_leads, length), and covariates if there are any, to
        a tensor (n_windows, n_values).
    network : torch.nn.Module
        In evaluation mode.
    windows : FixedWindows
        What the network looks at.
    batch_size : int
        Windows to compute at once, at least: without gradients there is room for more.

    Returns
    -------
    values : ndarray of shape (n_records, n_values), float32

    Raises
    ------
    ValueError
        If a value is not finite; the message names the records.
    """
    device = next(network.parameters()).device
    count = np.bincount(windows.records)
    if len(count) > PREDICTED_ALONE:  # of many records none can tell the rounding; for a few the copy would not pay
        network = fold_batch_norm(network)
        batch_size = batch_without_gradients(batch_size, windows.lengths.max())
    total = None
    with torch.inference_mode(), torch.autocast(device.type, enabled=False):
        for records, inputs in windows.batches(batch_size):
            inputs = to_device(inputs, device)
            values = compute(network, *(inputs.values() if isinstance(inputs, dict) else [inputs])).cpu().numpy()
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

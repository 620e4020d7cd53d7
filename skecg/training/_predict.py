"""What a trained network says of records: the mean over their windows."""

import numpy as np
import torch
from skorch.utils import to_device


def average_over_windows(compute, windows, batch_size, device):
    """Average what the network makes of the windows of each record.

    Parameters
    ----------
    compute : callable
        Maps a tensor (n_windows, n_leads, length), and covariates if there are any, to one
        (n_windows, n_values).
    windows : FixedWindows
        What the network looks at.
    batch_size : int
        Windows to compute at once.
    device : torch.device
        Where the network lies.

    Returns
    -------
    values : ndarray of shape (n_records, n_values), float32
    """
    count = np.bincount(windows.records)
    total = None
    with torch.inference_mode():
        for records, inputs in windows.batches(batch_size):
            inputs = to_device(inputs, device)
            values = compute(*(inputs.values() if isinstance(inputs, dict) else [inputs])).cpu().numpy()
            if total is None:
                total = np.zeros((len(count), values.shape[1]))
            np.add.at(total, records, values)
    return (total / count[:, None]).astype(np.float32)

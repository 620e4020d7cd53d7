"""What a trained network says of records: the mean over their windows."""

import numpy as np
import torch


def average_over_windows(compute, windows, batch_size, device):
    """Average what the network makes of the windows of each record.

    Parameters
    ----------
    compute : callable
        Maps a tensor (n_windows, n_leads, length) to one (n_windows, n_values).
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
        for records, x in windows.batches(batch_size):
            values = compute(x.to(device)).cpu().numpy()
            if total is None:
                total = np.zeros((len(count), values.shape[1]))
            np.add.at(total, records, values)
    return (total / count[:, None]).astype(np.float32)

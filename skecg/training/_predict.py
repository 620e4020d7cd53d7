"""What a trained network says of records: probabilities averaged over windows."""

import numpy as np
import torch


def predict_probabilities(network, windows, *, multilabel, batch_size):
    """Average the probabilities of each record over its windows.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode; returns logits.
    windows : FixedWindows
        What it looks at.
    multilabel : bool
        Whether each output is a label of its own (sigmoid), or all are the classes of one (softmax).
    batch_size : int
        Windows to compute at once.

    Returns
    -------
    probabilities : ndarray of shape (n_records, n_outputs), float32
    """
    device = next(network.parameters()).device
    total, count = 0.0, np.bincount(windows.records)
    with torch.inference_mode():
        for records, x in windows.batches(batch_size):
            logits = network(x.to(device)).double().cpu()
            p = torch.sigmoid(logits) if multilabel else torch.softmax(logits, dim=1)
            if np.isscalar(total):
                total = np.zeros((len(count), p.shape[1]))
            np.add.at(total, records, p.numpy())
    return (total / count[:, None]).astype(np.float32)

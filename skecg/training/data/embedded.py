"""Training of only the head: the frozen part computes each window once, not once per epoch."""

import torch
from skorch.utils import to_device
from torch.utils.data import Dataset

from ...networks._fusion import Fused
from ..distributed.processes import ALONE
from ..precision import computing_in
from .windows import network_inputs


def split_at_head(network, windows):
    """Split a network before its last stage into two functions, the trunk and the head.

    Parameters
    ----------
    network : torch.nn.Module
    windows : FixedWindows
        The first window is used to check that trunk and head give the network's output.

    Returns
    -------
    trunk, head : callable or None
        `head(network, trunk(x), ...)` is the network's output. Both are None if the network cannot be
        split, or if the trunk returns tokens, which take more memory than the signals.
    """
    if isinstance(network, Fused):
        if network.fusion == "cross_attention":
            return None, None
        return network.backbone.forward_features, lambda fused, *inputs: fused.classify(*inputs)
    if not (hasattr(network, "forward_features") and isinstance(getattr(network, "head", None), torch.nn.Module)):
        return None, None
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():
        x = windows.look([0]).to(device)
        agree = torch.allclose(network.head(network.forward_features(x)), network(x))
    return (network.forward_features, lambda network, x: network.head(x)) if agree else (None, None)


class EmbeddedWindows(Dataset):
    """Embeddings of fixed windows, which the trunk computes once, in place of the signals.

    Parameters
    ----------
    trunk : callable
        Computes a batch of embeddings.
    windows : FixedWindows
        Windows to embed, with target and weight.
    batch_size : int
        Number of windows to compute at once.
    device : str
        Device of the network.
    precision : {"float32", "bfloat16"}
        Of the trunk; the embeddings are float32.
    rng : numpy.random.Generator, default=None
        Draws one window per record; if None, the items are the windows themselves.
    processes : Alone, default=ALONE
        Each computes a share of the embeddings, and of the batches.
    """

    def __init__(self, trunk, windows, *, batch_size, device, precision, rng=None, processes=ALONE):
        self.windows, self.rng, self.processes = windows, rng, processes
        self.n_records = len(windows.signals)
        parts = []
        with torch.no_grad(), computing_in(precision, device):
            for first in range(0, len(windows), batch_size):
                items = range(first, min(first + batch_size, len(windows)))
                own = trunk(to_device(windows.look(processes.share(items)), device)).float().cpu()
                (whole,) = processes.gather(own)
                parts.append(whole[: len(items)])
        self.features = torch.cat(parts)

    def identifying_arrays(self):
        """Return arrays that identify this data set."""
        return self.windows.identifying_arrays()

    def __len__(self):
        return len(self.windows) if self.rng is None else self.n_records

    @property
    def length(self):
        """Number of samples in the longest window."""
        return int(self.windows.lengths.max())

    @property
    def weight(self):
        """Weights of the records."""
        return self.windows.weight

    def __getitems__(self, items):
        if self.rng is not None:
            items = self.windows.draw(items, self.rng)
        items = self.processes.share(items)
        return self.windows.label(self.features[items], items)

    def inputs(self, records, rng):
        """Return the inputs of the head: one window of each record of the share, drawn by `rng`."""
        items = self.processes.share(self.windows.draw(records, rng))
        return network_inputs(self.features[items], self.windows.covariates, self.windows.records[items])

"""Which samples of a signal the network sees: windows, zero-padding, batches."""

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

FEW = 32  # records that are predicted one by one


def window_starts(length, window, n_windows="auto"):
    """Return where the windows of one signal start when it is predicted.

    Parameters
    ----------
    length : int
        Samples of the signal.
    window : int
        Samples of a window.
    n_windows : int or "auto", default="auto"
        "auto" lets neighbours overlap by at least a half and covers the whole signal:
        7 windows of 250 in 1000 (Strodthoff 2021). One window stands in the centre.

    Returns
    -------
    starts : ndarray of shape (n_windows,)
    """
    free = length - window
    if free <= 0:
        return np.zeros(1, np.int64)
    if n_windows == 1:
        return np.array([free // 2])
    if n_windows == "auto":
        n_windows = int(np.ceil(2 * free / window)) + 1
    return np.unique(np.linspace(0, free, n_windows).round().astype(np.int64))


class RandomWindows(Dataset):
    """One window a record, drawn anew each time it is asked for; the whole record without `window`.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    target, weight : ndarray of shape (n_records, ...)
        What the loss wants to know of each record.
    length : int
        Samples of what the network sees; shorter signals are zero-padded at their end.
    rng : numpy.random.Generator
        Draws the starts.
    """

    def __init__(self, signals, target, weight, *, length, rng):
        self.signals, self.length, self.rng = signals, length, rng
        self.target, self.weight = torch.from_numpy(target), torch.from_numpy(weight)

    def __len__(self):
        return len(self.signals)

    def __getitems__(self, records):
        free = np.array([max(0, self.signals[i].shape[1] - self.length) for i in records])
        starts = self.rng.integers(0, free + 1)
        return cut(self.signals, records, starts, self.length), (self.target[records], self.weight[records])


class FixedWindows(Dataset):
    """The windows that prediction looks at, all records after one another.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    length : int
        Least number of samples that the network sees.
    window : int or None
        Samples of a window; None is the whole signal, zero-padded to `length`.
    n_windows : int or "auto"
        As in `window_starts`.
    target, weight : ndarray of shape (n_records, ...), default=None
        For the loss on a validation set; prediction needs none.

    Attributes
    ----------
    records, starts, lengths : ndarray of shape (n_items,)
        The record of each window, where it starts, how many samples the network sees.
    """

    def __init__(self, signals, *, length, window, n_windows, target=None, weight=None):
        self.signals = signals
        n_times = np.array([signal.shape[1] for signal in signals], np.int64)
        if window is None:
            starts = [np.zeros(1, np.int64)] * len(signals)
            self.lengths = np.maximum(n_times, length)
        else:
            starts = [window_starts(n, window, n_windows) for n in n_times]
            self.lengths = np.full(sum(map(len, starts)), window)
        self.records = np.repeat(np.arange(len(signals)), [len(s) for s in starts])
        self.starts = np.concatenate(starts)
        if target is not None:
            self.target, self.weight = torch.from_numpy(target), torch.from_numpy(weight)

    def __len__(self):
        return len(self.records)

    def __getitems__(self, items):
        records = self.records[items]
        windows = cut(self.signals, records, self.starts[items], self.lengths[items].max())
        return windows, (self.target[records], self.weight[records])

    def batches(self, batch_size):
        """Yield (records, windows), where all windows of a batch have the same length.

        A few records are looked at one by one: what is said of each then does not depend on
        the others, to the last bit. Among many it does, by the rounding of float32.
        """
        if len(self.signals) <= FEW:
            groups, batch_size = np.split(np.arange(len(self)), np.flatnonzero(np.diff(self.records)) + 1), len(self)
        else:
            order = np.argsort(self.lengths, kind="stable")
            groups = np.split(order, np.flatnonzero(np.diff(self.lengths[order])) + 1)
        for group in groups:
            for first in range(0, len(group), batch_size):
                items = group[first : first + batch_size]
                records = self.records[items]
                yield records, cut(self.signals, records, self.starts[items], self.lengths[items[0]])


def cut(signals, records, starts, length):
    """Copy windows of `length` samples into one zero-padded tensor (n_windows, n_leads, length)."""
    n_leads = signals[0].shape[0]
    out = np.zeros((len(records), n_leads, length), np.float32)
    for row, record, start in zip(out, records, starts, strict=True):
        part = signals[record][:, start : start + length]
        row[:, : part.shape[1]] = part
    return torch.from_numpy(out)


class ShuffledBatches(Sampler):
    """Batches of shuffled indices, drawn from a generator of its own.

    A single record left over joins the batch before it: BatchNorm cannot train on one.
    """

    def __init__(self, n_records, batch_size, rng):
        self.n_records, self.batch_size, self.rng = n_records, batch_size, rng

    def __len__(self):
        return max(1, -(-(self.n_records - 1) // self.batch_size))

    def __iter__(self):
        order = self.rng.permutation(self.n_records)
        edges = np.arange(1, len(self)) * self.batch_size
        return (batch.tolist() for batch in np.split(order, edges))

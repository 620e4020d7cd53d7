"""Windows and zero-padding: which samples of a signal the network sees."""

import numpy as np
import torch
from torch.utils.data import Dataset

from ..._warn import warn
from ...records import ECGRecords
from ...records.buffer import Signals
from ...storage._identity import identity_of
from ..distributed.processes import ALONE
from .batches import BalancedBatches, ShuffledBatches  # noqa: F401 - pickles of version 0.1.0 look for them here

PREDICTED_ALONE = 32  # up to this many records are predicted one by one


def window_starts(length, window, n_windows="auto"):
    """Return the first sample of each window of a signal, for prediction.

    Parameters
    ----------
    length : int
        Samples of the signal.
    window : int
        Samples of a window.
    n_windows : int or "auto", default="auto"
        "auto" covers the whole signal with windows that overlap by at least a half: 7 windows of
        250 samples in 1000 (Strodthoff 2021). A single window lies in the centre.

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
    """One window per record, drawn anew on each access; a record up to `length` samples is used whole.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    target, weight : ndarray of shape (n_records, ...)
        Targets and weights of the records in the loss.
    length : int
        Number of samples that the network sees; shorter signals are zero-padded at their end.
    rng : numpy.random.Generator
        Draws the starts.
    covariates : ndarray of shape (n_records, n_values), default=None
        Covariates fed to the network together with the signal.
    share : callable, default=ALONE.share
        Returns the rows of a batch that this process computes; the starts are drawn for all rows.
    """

    def __init__(self, signals, target, weight, *, length, rng, covariates=None, share=ALONE.share):
        self.signals, self.length, self.rng, self.share = signals, length, rng, share
        self.free = np.maximum(lengths_of(signals) - length, 0)
        self.covariates = None if covariates is None else torch.from_numpy(covariates)
        self.target, self.weight = torch.from_numpy(target), torch.from_numpy(weight)

    def __len__(self):
        return len(self.signals)

    def __getitems__(self, records):
        inputs, records = self.inputs(records, self.rng), self.share(records)
        return inputs, (self.target[records], self.weight[records])

    def inputs(self, records, rng):
        """Return the inputs of the network: one window of each record of the share, drawn by `rng`."""
        starts = self.share(rng.integers(0, self.free[records] + 1))
        records = self.share(records)
        return network_inputs(cut(self.signals, records, starts, self.length), self.covariates, records)

    def identifying_arrays(self):
        """Return arrays that identify this data set."""
        return _identifying_arrays(self)


class FixedWindows(Dataset):
    """All windows of all records, for prediction, one record after another.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    length : int
        Minimum number of samples that the network sees if `window` is None.
    window : int or None
        Samples of a window; None uses the whole signal, zero-padded to `length`.
    n_windows : int or "auto"
        As in `window_starts`.
    target, weight : ndarray of shape (n_records, ...), default=None
        Targets and weights for the loss on a validation set; prediction needs neither.
    covariates : ndarray of shape (n_records, n_values), default=None
        Covariates fed to the network together with the signal; all windows of a record get the same.
    share : callable, default=ALONE.share
        Returns the items of a batch that this process computes.

    Attributes
    ----------
    records, starts, lengths : ndarray of shape (n_items,)
        The record of each window, its first sample, and the number of samples that the network sees.
    """

    def __init__(
        self, signals, *, length, window, n_windows, target=None, weight=None, covariates=None, share=ALONE.share
    ):
        self.signals, self.share = signals, share
        self.covariates = None if covariates is None else torch.from_numpy(covariates)
        n_times = lengths_of(signals)
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
        items = self.share(items)
        return self.label(self.look(items), items)

    def look(self, items):
        """Return the signals of some windows, (n_items, n_leads, length)."""
        items = np.asarray(items)
        return cut(self.signals, self.records[items], self.starts[items], self.lengths[items].max())

    def label(self, x, items):
        """Return the inputs of some windows with the targets and weights of their records."""
        records = self.records[items]
        return network_inputs(x, self.covariates, records), (self.target[records], self.weight[records])

    def identifying_arrays(self):
        """Return arrays that identify this data set."""
        return _identifying_arrays(self)

    def draw(self, records, rng):
        """Draw one window of each record and return its index."""
        first, last = (np.searchsorted(self.records, records, side=side) for side in ("left", "right"))
        return rng.integers(first, last)

    def batches(self, batch_size):
        """Yield (records, inputs), where all windows of a batch have the same length.

        Up to `PREDICTED_ALONE` records are computed one by one, so that the output of a record is
        bit-identical whatever the other records are. With more records, the rounding of float32
        depends on the batch.
        """
        if len(self.signals) <= PREDICTED_ALONE:
            groups, batch_size = np.split(np.arange(len(self)), np.flatnonzero(np.diff(self.records)) + 1), len(self)
        else:
            order = np.argsort(self.lengths, kind="stable")
            groups = np.split(order, np.flatnonzero(np.diff(self.lengths[order])) + 1)
        for group in groups:
            for first in range(0, len(group), batch_size):
                items = group[first : first + batch_size]
                records = self.records[items]
                yield records, network_inputs(self.look(items), self.covariates, records)


def network_inputs(x, covariates, records):
    """Return the inputs of the network: the signals, or a dict of signals and covariates."""
    return x if covariates is None else {"x": x, "covariates": covariates[records]}


def _identifying_arrays(windows):
    yield windows.target.numpy()
    yield windows.weight.numpy()
    if windows.covariates is not None:
        yield windows.covariates.numpy()
    stored = identity_of(windows.signals) if isinstance(windows.signals, Signals) else None
    yield from windows.signals if stored is None else stored


def signals_of(X):
    """Return checked X as a sequence of arrays (n_leads, n_times)."""
    if isinstance(X, ECGRecords):
        return X.signals
    return X if X.ndim == 3 else X[:, None, :]


def lengths_of(signals):
    """Return the number of samples of each signal; for `ECGRecords`, read no signal."""
    if isinstance(signals, Signals):
        return signals.lengths
    return np.array([signal.shape[1] for signal in signals], np.int64)


def longest_of(signals, window):
    """Return the number of samples of the longest signal; warn if no signal fills the window."""
    longest = int(lengths_of(signals).max())
    if window is not None and window > longest:
        warn(
            f"window={window} is longer than every record, of at most {longest} samples: the network sees zeros in the "
            f"rest of the window. Set a window of at most {longest}, or None for whole records."
        )
    return longest


def cut(signals, records, starts, length):
    """Copy windows of `length` samples into one zero-padded tensor (n_windows, n_leads, length)."""
    if isinstance(signals, Signals):
        signals.prefetch(np.asarray(records))  # else the system reads ahead at each record, mostly in vain
    n_leads = signals[0].shape[0]
    out = np.zeros((len(records), n_leads, length), np.float32)
    for row, record, start in zip(out, records, starts, strict=True):
        part = signals[record][:, start : start + length]
        row[:, : part.shape[1]] = part
    return torch.from_numpy(out)

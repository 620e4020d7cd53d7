"""Batches: which records a training step sees, and in which order."""

import numpy as np
from torch.utils.data import Sampler

_LARGEST_BATCH, _LEAST_BATCH, _LEAST_STEPS = 64, 8, 8  # limits of batch_size="auto"


def resolve_batch_size(batch_size, n_records=None):
    """Return the number of records in a batch.

    Parameters
    ----------
    batch_size : int or "auto"
        "auto" is 64, or less if an epoch would have fewer than 8 steps, but at least 8.
    n_records : int, default=None
        Number of training records; None means that there are many.
    """
    if batch_size != "auto":
        return batch_size
    return _LARGEST_BATCH if n_records is None else min(_LARGEST_BATCH, max(_LEAST_BATCH, n_records // _LEAST_STEPS))


class ShuffledBatches(Sampler):
    """Batches of indices that `rng` shuffles.

    A single record left over joins the previous batch, because BatchNorm cannot train on one record.

    Parameters
    ----------
    n_records, batch_size : int
    rng : numpy.random.Generator
    n_processes : int, default=1
        Fewer records left over than processes join the previous batch too.
    """

    def __init__(self, n_records, batch_size, rng, n_processes=1):
        self.n_records, self.batch_size, self.rng, self.n_processes = n_records, batch_size, rng, n_processes

    def __len__(self):
        joining = max(1, self.n_processes - 1)
        return max(1, -(-(self.n_records - joining) // self.batch_size))

    def __iter__(self):
        order = self.rng.permutation(self.n_records)
        edges = np.arange(1, len(self)) * self.batch_size
        return (batch.tolist() for batch in np.split(order, edges))


class BalancedBatches(ShuffledBatches):
    """Batches in which all classes are equally frequent, up to one record in an epoch and two in a batch.

    With labels, the records of each label and the records without a label are equally frequent; a
    record with several labels counts only for the label it was drawn for. The records of a class come
    in shuffled order, each once before any comes twice. An epoch has as many records as without balance.

    Parameters
    ----------
    target : ndarray of shape (n_records, n_outputs)
        One-hot, or the indicator of the labels.
    batch_size : int
    rng : numpy.random.Generator
    weight : ndarray of shape (n_records,), default=None
        How often to draw a record, relative to the others of its class. Where these differ, the draws
        are independent of each other.
    n_processes : int, default=1
        As in `ShuffledBatches`.
    """

    def __init__(self, target, batch_size, rng, weight=None, n_processes=1):
        super().__init__(len(target), batch_size, rng, n_processes)
        self.weight = None if weight is None or np.ptp(weight) == 0 else weight
        pools = [np.flatnonzero(column) for column in target.T] + [np.flatnonzero(~target.any(axis=1))]
        self.pools = [pool for pool in pools if len(pool)]

    def __iter__(self):
        n_pools = len(self.pools)
        rounds = [self.rng.permutation(n_pools) for _ in range(-(-self.n_records // n_pools))]
        turns = np.concatenate(rounds)[: self.n_records]
        order = np.empty(self.n_records, np.int64)
        for i, pool in enumerate(self.pools):
            places = np.flatnonzero(turns == i)
            order[places] = self._draw(pool, len(places))
        edges = np.arange(1, len(self)) * self.batch_size
        return (batch.tolist() for batch in np.split(order, edges))

    def _draw(self, pool, n):
        if self.weight is not None:
            share = self.weight[pool]
            return self.rng.choice(pool, n, p=share / share.sum())
        rounds = [self.rng.permutation(pool) for _ in range(-(-n // len(pool)))]
        return np.concatenate(rounds)[:n] if rounds else np.empty(0, np.int64)

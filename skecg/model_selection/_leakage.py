"""Detect patients and signals that occur in both the training set and the test set."""

from __future__ import annotations

from numbers import Real

import numpy as np

from .._scikit_learn import Interval, validate_params
from ..records import ECGRecords
from ..records.blocks import iter_blocks
from ..records.buffer import digest_of

N_BINS = 256
_SIGNALS = ["array-like", ECGRecords]


@validate_params(
    {
        "train": _SIGNALS,
        "test": _SIGNALS,
        "train_groups": ["array-like", None],
        "test_groups": ["array-like", None],
        "correlation": [Interval(Real, 0, 1, closed="right")],
    },
    prefer_skip_nested_validation=True,
)
def check_leakage(train, test, *, train_groups=None, test_groups=None, correlation=0.95):
    """Find patients and signals that occur in both the training set and the test set.

    Parameters
    ----------
    train, test : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        The records of both sides, with the same leads.
    train_groups, test_groups : array-like of shape (n_records,), default=None
        The patient of each record; by default `metadata["patient_id"]`. Without that column,
        patients are not compared.
    correlation : float, default=0.95
        Two signals are near-equal if their correlation is at least this high. The default is our choice,
        measured on PTB-XL: copies of 300 records at 50, 128 and 500 Hz reach 0.99, filtered copies 0.96,
        copies with noise of 0.2 of their standard deviation 0.95. Between 6,427 and 2,146 records of
        different patients, the highest correlation was 0.79 in ten seconds, 0.89 in one lead of these
        records, and 0.90 in 2.5 seconds. One lead of 2.5 seconds is too short to decide: there it was 0.97.

    Returns
    -------
    found : pandas.DataFrame
        One row for each test record and reason; empty if nothing was found. The columns are `test` and
        `train` (positions; `train` is the best or first of several matches), `reason` ("same patient",
        "equal signal" or "near-equal signal") and `correlation` (nan for "same patient").

    Raises
    ------
    ValueError
        If the leads differ, or groups are given for one side only.

    Notes
    -----
    Each lead is cut into 256 pieces of time, of 40 ms in a record of ten seconds. If the slower rate has too few
    samples for that, there are fewer pieces, of two samples each. The changes of the means of the pieces are
    compared, scaled to unit deviation, so sampling rate, gain, offset, `Normalize` and `ECGFilter` do not hide a
    copy. A copy can be hidden by the logarithm, which loses the sign (0 of 300 copies were found), by noise of 0.3
    of the standard deviation (286), and by `RemoveBaseline("wavelet", cutoff=None)`, which removes more than the
    baseline (148).

    Only records of the same duration are compared, where durations may differ by one sample of the slower rate.
    A crop of a training record is therefore not found by its signal. Arrays have no sampling rate; they are
    compared only with arrays of the same number of samples. The work grows with the product of both sides:
    17,000 by 2,000 records take ten seconds of one core.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.model_selection import check_leakage
    >>> records = make_ecg(20, fs=100, n_patients=20, random_state=0).data
    >>> len(check_leakage(records[:15], records[15:]))
    0
    >>> copied = records[15:].with_signals(2 * records[10:15].to_array())  # another gain, another patient
    >>> check_leakage(records[:15], copied)["reason"].unique().tolist()
    ['near-equal signal']
    """
    import pandas as pd

    rows = _shared_patients(_patients(train, train_groups), _patients(test, test_groups))
    of_train, of_test = (_Signals(part) for part in (train, test))
    if of_train.leads != of_test.leads:
        raise ValueError(f"train and test must have the same leads, got {of_train.leads} and {of_test.leads}.")
    rows += _shared_signals(of_train, of_test, correlation)
    rows.sort(key=lambda row: (row[0], row[2]))
    return pd.DataFrame(rows, columns=["test", "train", "reason", "correlation"])


class _Signals:
    """What is compared of one side: for each record a digest, and the mean of each piece of its leads."""

    def __init__(self, X):
        X = X if isinstance(X, ECGRecords) else np.asarray(X, np.float32)
        if not isinstance(X, ECGRecords) and X.ndim not in (2, 3):
            raise ValueError(f"Arrays must have the shape (n_records, n_leads, n_times), got {X.shape}.")
        n_leads = len(X.leads) if isinstance(X, ECGRecords) else X.shape[1] if X.ndim == 3 else 1
        self.leads = X.leads if isinstance(X, ECGRecords) else f"{n_leads} unnamed"
        self.digests, self.means = [None] * len(X), np.empty((len(X), n_leads, N_BINS), np.float32)
        self.lengths, self.steps = np.empty(len(X), np.int64), np.full(len(X), np.nan)  # a step is 1 / fs
        for where, block, fs in iter_blocks(X):
            self.lengths[where], self.steps[where] = block.shape[2], np.nan if fs is None else 1 / fs
            self.means[where] = _without_offsets(_bin_means(block, N_BINS))
            for row, signal in zip(where, block, strict=True):
                self.digests[row] = digest_of(signal)

    def rows_of_duration(self, length, step):
        """Return the rows whose duration agrees to a step of the slower rate; without rates, compare the lengths."""
        apart = np.abs(self.lengths * self.steps - length * step)
        same = apart <= 1.001 * np.maximum(self.steps, step)
        return np.flatnonzero(np.where(np.isnan(apart), self.lengths == length, same))


def _bin_means(block, n_bins):
    """Return piecewise means of (n_records, n_leads, n_times); the pieces are equal in time at every rate."""
    n_times = block.shape[2]
    first = np.zeros((*block.shape[:2], 1))
    total = np.cumsum(np.concatenate([first, block, block[..., -1:]], axis=2), axis=2)
    edges = np.linspace(0, n_times, n_bins + 1) + 0.5  # a sample covers the time around it
    below = edges.astype(np.intp)
    at_edges = total[..., below] + (edges - below) * (total[..., below + 1] - total[..., below])
    return np.diff(at_edges, axis=2) * (n_bins / n_times)


def _without_offsets(means):
    """Subtract the offset of each lead from the means; set a flat lead to zero, without its rounding errors."""
    centred = means - means.mean(axis=2, keepdims=True)
    flat = np.abs(centred).max(axis=2) <= 1e-6 * np.abs(means).max(axis=2)
    centred[flat] = 0
    return centred


def _sketches(means, n_bins):
    """Return the change of each lead over two pieces, scaled per lead, as unit vectors; flat signals give zeros."""
    means = _bin_means(means, n_bins) if n_bins < means.shape[2] else means
    changes = _unit(means[..., 2:] - means[..., :-2], axis=2)
    return _unit(changes.reshape(len(changes), -1), axis=1).astype(np.float32)


def _unit(vectors, axis):
    norm = np.linalg.norm(vectors, axis=axis, keepdims=True)
    return np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)


def _shared_signals(train, test, correlation):
    first = {digest: row for row, digest in reversed(list(enumerate(train.digests)))}
    equal = {row: first[digest] for row, digest in enumerate(test.digests) if digest in first}
    found = [(row, other, "equal signal", 1.0) for row, other in equal.items()]
    left = np.setdiff1d(np.arange(len(test.digests)), list(equal)).astype(np.intp)
    forms = {}
    for row in left.tolist():
        forms.setdefault((int(test.lengths[row]), float(test.steps[row])), []).append(row)
    for (length, step), rows in forms.items():
        others = train.rows_of_duration(length, step)
        if not len(others):
            continue
        shortest = min(length, int(train.lengths[others].min()))
        n_bins = min(N_BINS, max(3, shortest // 2))  # a mean of two samples has less noise
        library = _sketches(train.means[others], n_bins)
        for start in range(0, len(rows), 512):
            part = rows[start : start + 512]
            similar = _sketches(test.means[part], n_bins) @ library.T
            best = similar.argmax(axis=1)
            for row, k, value in zip(part, best, similar.max(axis=1).tolist(), strict=True):
                if value >= correlation:
                    found.append((row, int(others[k]), "near-equal signal", min(value, 1.0)))
    return found


def _patients(X, groups):
    if groups is not None:
        groups = list(groups)
        if len(groups) != len(X):
            raise ValueError(f"There are {len(groups)} groups for {len(X)} records.")
        return groups
    if isinstance(X, ECGRecords) and "patient_id" in X.metadata:
        ids = X.metadata["patient_id"]
        return ids.astype(object).where(ids.notna(), None).tolist()
    return None


def _shared_patients(train, test):
    if train is None and test is None:
        return []
    if train is None or test is None:
        side = "train" if train is None else "test"
        raise ValueError(f"The patients of {side} are not known, but those of the other side are; give {side}_groups.")
    first = {patient: row for row, patient in reversed(list(enumerate(train))) if patient is not None}
    return [(row, first[patient], "same patient", np.nan) for row, patient in enumerate(test) if patient in first]

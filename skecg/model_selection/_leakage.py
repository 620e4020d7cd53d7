"""What the training set must not share with the test set."""

from __future__ import annotations

from hashlib import blake2b
from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from ..preprocessing._blocks import iter_blocks
from ..records import ECGRecords

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
    """Look for patients and signals that training and test set share.

    Parameters
    ----------
    train, test : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        The records of both sides, with the same leads.
    train_groups, test_groups : array-like of shape (n_records,), default=None
        The patient of each record; by default `metadata["patient_id"]`, and without it patients
        are not compared.
    correlation : float, default=0.95
        From which correlation on two signals are near-equal. Ours: copies of records of PTB-XL with
        noise of 0.3 of their standard deviation reach 0.97; between 6,427 and 2,146 records of other
        patients the highest was 0.83 in ten seconds, and 0.92 in 2.5 seconds.

    Returns
    -------
    found : pandas.DataFrame
        One row for each test record and reason, none if nothing was found: `test` and `train`
        (positions; of several matches in the training set the best or first), `reason` ("same
        patient", "equal signal" or "near-equal signal") and `correlation` (nan for a patient).

    Raises
    ------
    ValueError
        If the leads differ, or groups are given for one side only.

    Notes
    -----
    Signals are compared by their means in 256 pieces of each lead (a piece is 40 ms of a record of
    ten seconds), freed of the mean of the lead and scaled to one length: noise, gain, offset and
    sampling rate do not hide a copy. Records are compared with those of the same duration only,
    so a crop of a training record is not found by its signal. The work grows with the product
    of both sides: 17,000 by 2,000 records take some seconds.

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
    known, asked = (_Signals(part) for part in (train, test))
    if known.leads != asked.leads:
        raise ValueError(f"train and test must have the same leads, got {known.leads} and {asked.leads}.")
    rows += _shared_signals(known, asked, correlation)
    rows.sort(key=lambda row: (row[0], row[2]))
    return pd.DataFrame(rows, columns=["test", "train", "reason", "correlation"])


class _Signals:
    """What is compared of one side: a digest and a sketch of every record."""

    def __init__(self, X):
        X = X if isinstance(X, ECGRecords) else np.asarray(X, np.float32)
        if not isinstance(X, ECGRecords) and X.ndim not in (2, 3):
            raise ValueError(f"Arrays must have the shape (n_records, n_leads, n_times), got {X.shape}.")
        n_leads = X.shape[1] if getattr(X, "ndim", 1) == 3 else 1
        self.leads = X.leads if isinstance(X, ECGRecords) else f"{n_leads} unnamed"
        self.digests, self.durations, self.sketches = [None] * len(X), np.zeros(len(X)), [None] * len(X)
        for where, block, fs in iter_blocks(X):
            sketches = _sketch(block)
            self.durations[where] = block.shape[2] if fs is None else round(1000 * block.shape[2] / fs)
            for row, signal, sketch in zip(where, block, sketches, strict=True):
                self.digests[row] = blake2b(np.ascontiguousarray(signal), digest_size=16).digest()
                self.sketches[row] = sketch

    def rows_by_form(self):
        """Return {(duration, size of the sketch): rows}: only signals of one form are compared."""
        forms = {}
        for row, (duration, sketch) in enumerate(zip(self.durations, self.sketches, strict=True)):
            forms.setdefault((duration, len(sketch)), []).append(row)
        return {form: np.array(rows) for form, rows in forms.items()}


def _sketch(block):
    """Return piecewise means of (n_records, n_leads, n_times), as unit vectors; of flat signals zeros."""
    n_bins = min(N_BINS, block.shape[2])
    starts = np.arange(n_bins) * block.shape[2] // n_bins
    means = np.add.reduceat(block, starts, axis=2, dtype=np.float64) / np.diff(starts, append=block.shape[2])
    rounding = 1e-6 * np.linalg.norm(means, axis=(1, 2))[:, None]
    flat = (means - means.mean(axis=2, keepdims=True)).reshape(len(block), -1)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, norm, out=np.zeros_like(flat), where=norm > rounding).astype(np.float32)


def _shared_signals(known, asked, correlation):
    first = {digest: row for row, digest in reversed(list(enumerate(known.digests)))}
    equal = {row: first[digest] for row, digest in enumerate(asked.digests) if digest in first}
    found = [(row, other, "equal signal", 1.0) for row, other in equal.items()]
    forms = known.rows_by_form()
    for form, rows in asked.rows_by_form().items():
        others = forms.get(form, [])
        rows = [row for row in rows if row not in equal]
        if not len(others) or not rows:
            continue
        library = np.stack([known.sketches[row] for row in others])
        for start in range(0, len(rows), 512):
            part = rows[start : start + 512]
            similar = np.stack([asked.sketches[row] for row in part]) @ library.T
            best = similar.argmax(axis=1)
            for row, k, value in zip(part, best, similar.max(axis=1).tolist(), strict=True):
                if value >= correlation:
                    found.append((int(row), int(others[k]), "near-equal signal", min(value, 1.0)))
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


def _shared_patients(known, asked):
    if known is None and asked is None:
        return []
    if known is None or asked is None:
        side = "train" if known is None else "test"
        raise ValueError(f"The patients of {side} are not known, those of the other side are; give {side}_groups.")
    first = {patient: row for row, patient in reversed(list(enumerate(known))) if patient is not None}
    return [(row, first[patient], "same patient", np.nan) for row, patient in enumerate(asked) if patient in first]

"""Reasons to doubt a recording, or to give no prediction for it."""

from __future__ import annotations

import warnings

import numpy as np

from ..records.blocks import iter_blocks
from ..records.checks import names_of
from ..signal.faults import TOO_LARGE, clipped_leads, disconnected_leads, flat_leads, spans

_SHORTEST = 1.0  # seconds; fewer than two beats at 60 beats per minute
_LISTED = 5  # records named in a message


class Faults:
    """What is wrong with each of several records.

    Parameters
    ----------
    X : ECGRecords or ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals in mV.
    fs : float or None
        Rate in Hz of an array; if it is None, nothing is said of the duration of its records.
    shortest : float
        Records of less than this number of seconds are too short.
    largest : float
        A median span of the leads above this number of mV is too large.

    Attributes
    ----------
    reasons : list of list of str
        Of each record.
    finite : ndarray of shape (n_records,), bool
        Whether all values are there.
    severe : ndarray of shape (n_records,), bool
        Whether a prediction would mean nothing: values that are missing, half of the leads or more without a signal,
        a voltage that no heart has, or a record that is too short.
    """

    def __init__(self, X, fs=None, shortest=_SHORTEST, largest=TOO_LARGE):
        self.leads = names_of(X)
        self.reasons = [[] for _ in range(len(X))]
        self.finite, self.severe = np.ones(len(X), bool), np.zeros(len(X), bool)
        for rows, block, rate in iter_blocks(X):
            self._look_at(rows, block, fs if rate is None else rate, shortest, largest)

    def _look_at(self, rows, block, fs, shortest, largest):
        finite = np.isfinite(block)
        usable = block if finite.all() else np.where(finite, block, 0)
        flat = flat_leads(usable) & finite.all(axis=2)  # a lead without values is not called flat
        still = disconnected_leads(usable, fs) if fs else np.zeros(flat.shape, bool)
        size = np.median(spans(usable), axis=1)
        self.finite[rows] = finite.all(axis=(1, 2))
        self._add(rows, ~self.finite[rows], "has NaN or infinite values", severe=True)
        if fs and block.shape[2] < shortest * fs:
            self._add(rows, np.ones(len(rows), bool), f"lasts {block.shape[2] / fs:.3g} s only", severe=True)
        self._add(rows, size > largest, "has a voltage that no heart has", severe=True)
        self._add_leads(rows, flat, "flat")
        self._add_leads(rows, still, "disconnected")
        self._add_leads(rows, clipped_leads(usable) & ~still, "clipped")
        self.severe[rows] |= 2 * (flat | still).sum(axis=1) >= len(self.leads)

    def _add(self, rows, wrong, reason, *, severe=False):
        for row in rows[wrong]:
            self.reasons[row].append(reason)
        self.severe[rows[wrong]] |= severe

    def _add_leads(self, rows, wrong, word):
        for row, leads in zip(rows[wrong.any(axis=1)], wrong[wrong.any(axis=1)], strict=True):
            names = "all leads" if leads.all() else " ".join(np.asarray(self.leads)[leads])
            self.reasons[row].append(f"{word}: {names}")

    def texts(self):
        """Return the reasons of each record in one text; an empty one if there are none."""
        return ["; ".join(reasons) for reasons in self.reasons]


def faults_of(contract, X, *, converted=False):
    """Return the faults of records, given the contract of the model that is to predict them, or None.

    Parameters
    ----------
    contract : SignalContract or None
    X : ECGRecords or ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times)
    converted : bool, default=False
        Whether the contract converts what is too large for mV, or has said that it is.

    Returns
    -------
    faults : Faults
    """
    training = contract.training if contract is not None and isinstance(contract.training, dict) else {}
    rates = training.get("fs") or [None]
    fs = contract.fs if contract is not None and contract.fs is not None else rates[0] if len(rates) == 1 else None
    shortest = min(training.get("duration_s", [2 * _SHORTEST]))
    if "duration_s" not in training and fs and contract is not None and contract.length is not None:
        shortest = contract.length / fs
    large = converted or (training.get("span_mV") or 0) > TOO_LARGE
    return Faults(X, fs, min(shortest / 2, _SHORTEST), np.inf if large else TOO_LARGE)


def report_faults(contract, X, quality, *, stacklevel):
    """Warn of records of doubtful quality, or raise, as `quality` says.

    Parameters
    ----------
    contract : SignalContract
    X : ECGRecords or ndarray
    quality : {"warn", "raise", "ignore"}
    stacklevel : int
    """
    if quality == "ignore":
        return
    found = [(row, text) for row, text in enumerate(faults_of(contract, X, converted=True).texts()) if text]
    if not found:
        return
    index = X.metadata.index if hasattr(X, "metadata") else range(len(X))
    listed = "; ".join(f"{index[row]} ({text})" for row, text in found[:_LISTED])
    more = ", ..." if len(found) > _LISTED else ""
    message = f"{len(found)} of {len(X)} records are of doubtful quality: {listed}{more}."
    if quality == "raise":
        raise ValueError(message)
    warnings.warn(f"{message} Their predictions may mean nothing.", stacklevel=stacklevel + 1)

"""Reasons to doubt a recording, or to give no prediction for it."""

from __future__ import annotations

import numpy as np

from .._warn import warn
from ..features._reversal import add_reversals
from ..records import ECGRecords
from ..records.faults import SHORTEST, Faults
from ..signal.faults import TOO_LARGE, TOO_SMALL

_LISTED = 5  # records named in a message


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
    shortest = min(training.get("duration_s", [2 * SHORTEST]))
    if "duration_s" not in training and fs and contract is not None and contract.length is not None:
        shortest = contract.length / fs
    usual = training.get("span_mV") or 0
    largest = np.inf if converted or usual > TOO_LARGE else TOO_LARGE
    smallest = 0 if converted or 0 < usual < TOO_SMALL else TOO_SMALL
    return Faults(X, fs, shortest=min(shortest / 2, SHORTEST), largest=largest, smallest=smallest)


def doubts_of(contract, X, *, has_contract):
    """Return the faults of records before a model converts them, exchanged limb electrodes included.

    Parameters
    ----------
    contract : SignalContract
    X : ECGRecords or ndarray
    has_contract : bool
        Whether the contract is a part of the model, and so converts the records.

    Returns
    -------
    faults : Faults
    """
    faults = faults_of(contract, X, converted=isinstance(X, ECGRecords) and has_contract)
    if isinstance(X, ECGRecords):
        add_reversals(faults, X)
    return faults


def report_faults(contract, X, quality):
    """Warn of records of doubtful quality, or raise, as `quality` says.

    Parameters
    ----------
    contract : SignalContract
    X : ECGRecords or ndarray
    quality : {"warn", "raise", "ignore"}
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
    warn(f"{message} Their predictions may mean nothing.")

"""Recognise the training records of a model: digests of their signals in its file."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from ..estimators.model import unwrap
from ..records import ECGRecords
from ..training.weights.digests import merge_digests


class Seen(NamedTuple):
    """How many records of an evaluation, and how many training patients, the model was trained on.

    The patients are None if a record comes from a source of the weights, of which a file keeps no patients.
    """

    n_records: int
    n_patients: int | None


def training_digests(X, leads=None):
    """Return what a file keeps to recognise training records.

    Parameters
    ----------
    X : ECGRecords or ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times)
    leads : sequence of str, default=None
        The leads that count; None means all.

    Returns
    -------
    kept : dict
        `digests`, 64 bits of each record, and `patients`, a running number of the patient of each record, if the
        patients are named.
    """
    kept = {"digests": _digests(X, leads)}
    if isinstance(X, ECGRecords) and "patient_id" in X.metadata:
        patients = X.metadata["patient_id"].astype(object)
        alone = patients.isna().to_numpy()
        numbers = patients.where(~alone, None).factorize()[0]
        numbers[alone] = numbers.max(initial=-1) + 1 + np.arange(alone.sum())
        kept["patients"] = numbers.astype(np.uint32)
    return kept


def without_digests(training):
    """Return the summary of training records without digests and patients."""
    return training and {key: value for key, value in training.items() if key not in ("digests", "patients")}


def sources_of(model):
    """Return the digests of the records that the sources of a model's networks were trained on, or None."""
    predictors = [path.predictor for path in unwrap(model)]
    return merge_digests(part for each in predictors for part in getattr(each, "source_digests_", None) or [])


def seen_in_training(contract, X, sources=None):
    """Return how many of the records of X a model was trained on, or None if its file keeps no digests.

    Parameters
    ----------
    contract : SignalContract or None
    X : ECGRecords or ndarray
    sources : list of dict, default=None
        The digests of the sources of the weights, as of `sources_of`.

    Returns
    -------
    seen : Seen or None
    """
    kept = contract.training if contract is not None and isinstance(contract.training, dict) else {}
    if "digests" not in kept and not sources:
        return None
    was_seen, own, n_patients = np.zeros(len(X), bool), np.zeros(len(X), bool), None
    for part in sources or []:
        was_seen |= np.isin(_digests(X, part["leads"]), part["digests"])
    if "digests" in kept:
        digests = _digests(X, contract.leads)
        own = np.isin(digests, kept["digests"])
        if "patients" in kept and not (was_seen & ~own).any():
            n_patients = len(np.unique(kept["patients"][np.isin(kept["digests"], digests)]))
    return Seen(int((was_seen | own).sum()), n_patients)


def warning_of(seen, n_records):
    """Return the warning that an evaluation scores training records, or None."""
    if seen is None or not seen.n_records:
        return None
    patients = "" if seen.n_patients is None else f" ({seen.n_patients} patients)"
    return (
        f"The model was trained on {seen.n_records} of these {n_records} records{patients}, so their scores say how "
        "well the model remembers, not how well it predicts."
    )


def _digests(X, leads):
    """Return 64 bits for each record, which do not depend on the order of the leads."""
    if not isinstance(X, ECGRecords):
        X = np.asarray(X, np.float32)
        return np.array([_digest(signal) for signal in X.reshape(len(X), -1, X.shape[-1])], np.uint64)
    rows = None
    if leads is not None:
        row_of = {lead.casefold(): row for row, lead in enumerate(X.leads)}
        rows = [row_of[lead.casefold()] for lead in leads if lead.casefold() in row_of]
    return np.array([_digest(signal if rows is None else signal[rows]) for signal in X.signals], np.uint64)


def _digest(signal):
    parts = (blake2b(np.ascontiguousarray(lead, np.float32), digest_size=8).digest() for lead in signal)
    return sum(int.from_bytes(part, "little") for part in parts) % 2**64

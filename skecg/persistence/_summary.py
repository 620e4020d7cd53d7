"""A summary of the training records in a few numbers."""

import numpy as np
from sklearn.utils import check_consistent_length

from ..records import ECGRecords
from ..training.weights.digests import are_digests

WITHHELD = "few"  # instead of a count that is small enough to point at patients
# Rules of statistical disclosure control: no cell of very few patients, no extreme of one, ages above 89 together.
_FEWEST_RECORDS, _FEWEST_PATIENTS = 5, 3
_QUANTILES, _TAIL = (0.05, 0.5, 0.95), 5  # patients below the lowest quantile and above the highest
_STEP, _OLDEST = 5, 90  # years


def check_training_data(model, X, y):
    """Raise a ValueError if the numbers of records and labels differ, or the model lacks a label."""
    check_consistent_length(X, y)
    if y is None or not hasattr(model, "classes_"):
        return
    y, n_classes = np.asarray(y), len(model.classes_)
    if y.ndim == 2 or isinstance(model.classes_, list):
        if y.ndim != 2 or y.shape[1] != n_classes:
            raise ValueError(f"The model predicts {n_classes} labels; y must have a column for each, got {y.shape}.")
        return
    unknown = sorted(set(y.tolist()) - set(np.asarray(model.classes_).tolist()), key=str)
    if unknown:
        raise ValueError(f"y holds {unknown[0]!r}, which is none of the model's classes, {model.classes_.tolist()}.")


def summarize(X, y, target_names):
    """Return counts, rates, durations, amplitudes, ages, sexes and labels as plain data.

    Parameters
    ----------
    X : ECGRecords or ndarray or None
    y : array-like or None
    target_names : sequence
        The classes, or the names of the columns of an indicator.

    Returns
    -------
    summary : dict
        Numbers, texts, and dicts of numbers and texts.
    """
    summary = {}
    if X is not None:
        summary["n_records"] = len(X)
    if isinstance(X, ECGRecords):
        summary |= _of_records(X)
    elif X is not None:
        summary["span_mV"] = _median_span(np.asarray(X).reshape(len(X), -1, np.shape(X)[-1]))
    if y is not None:
        y = np.asarray(y)
        members = y.T != 0 if y.ndim == 2 else np.array([y == name for name in target_names])
        counts = _counts(members, _patients_of(X), partition=y.ndim == 1)
        summary["labels"] = {str(name): n for name, n in zip(target_names, counts, strict=True)}
    return summary


def _of_records(records):
    table, duration = records.metadata, records.lengths / records.fs
    summary = {
        "fs": np.unique(records.fs).tolist(),
        "duration_s": [float(duration.min()), float(duration.max())],
        "span_mV": _median_span(records.signals),
    }
    if "patient_id" in table:
        summary["n_patients"] = int(table["patient_id"].nunique())
    patients = _patients_of(records)
    if "age" in table and _n_patients(table["age"].notna().to_numpy(), patients) >= _TAIL / _QUANTILES[0]:
        summary["age_years"] = [_grouped_age(table["age"].quantile(q)) for q in _QUANTILES]
    if "sex" in table and table["sex"].notna().any():
        sexes = table["sex"].value_counts().index
        counts = _counts(np.array([table["sex"] == sex for sex in sexes]), patients, partition=True)
        summary["sex"] = {str(sex): n for sex, n in zip(sexes, counts, strict=True)}
    return summary


def _patients_of(X):
    """Return the patient of each record, or None if X does not name them."""
    named = isinstance(X, ECGRecords) and "patient_id" in X.metadata
    return X.metadata["patient_id"].to_numpy() if named else None


def _n_patients(members, patients):
    """Return the number of patients among some records; each record counts as one if they are not named."""
    return int(members.sum()) if patients is None else len({str(patient) for patient in patients[members]})


def _grouped_age(age):
    """Return an age in steps of five years; one group holds all above 89."""
    return float(min(_OLDEST, _STEP * round(age / _STEP)))


def _counts(members, patients, partition):
    """Return the size of each cell, withheld where it, or the rest of the records, is small.

    Parameters
    ----------
    members : ndarray of bool, shape (n_cells, n_records)
    patients : ndarray of shape (n_records,) or None
    partition : bool
        Whether each record is in one cell. If one cell alone were withheld, its size would follow from the
        others, so the next smallest is withheld with it.
    """

    def small(rows):
        return 0 < rows.sum() < _FEWEST_RECORDS or 0 < _n_patients(rows, patients) < _FEWEST_PATIENTS

    withheld = np.array([small(rows) or small(~rows) for rows in members], bool)
    sizes = members.sum(axis=1)
    if partition and withheld.sum() == 1 and (shown := ~withheld & (sizes > 0)).any():
        withheld[np.flatnonzero(shown)[sizes[shown].argmin()]] = True
    return [WITHHELD if hidden else int(size) for hidden, size in zip(withheld, sizes, strict=True)]


def _median_span(signals):
    """Return the median over records of the median over leads of highest minus lowest value."""
    return float(np.median([np.median(np.ptp(signal, axis=1)) for signal in signals]))


def check_summary(contract):
    """Raise ValueError if the summary in a contract is none that `summarize` returns.

    Parameters
    ----------
    contract : SignalContract
    """
    summary = contract.training or {}
    for key, value in summary.items():
        if key not in _SUMMARY or not _SUMMARY[key](value):
            raise ValueError(
                f"SignalContract.training has {key!r:.50} with {value!r:.50}, which is not a summary of records"
            )
    sizes = {len(summary[key]) for key in ("digests", "patients") if key in summary}
    if sizes and (len(sizes) > 1 or "digests" not in summary or sizes != {summary.get("n_records")}):
        raise ValueError(
            f"SignalContract.training has digests and patients of {sizes} records, of {summary.get('n_records')}"
        )


def _is_size(value):
    return type(value) is int and value >= 0


def _is_amount(value):
    return type(value) in (int, float) and np.isfinite(value) and value >= 0


def _are_amounts(value):
    return isinstance(value, list) and bool(value) and all(map(_is_amount, value))


def _are_counts(value):
    return isinstance(value, dict) and all(isinstance(name, str) and _is_cell(n) for name, n in value.items())


def _is_cell(value):
    return _is_size(value) or value == WITHHELD


_SUMMARY = {
    "n_records": _is_size,
    "fs": _are_amounts,
    "duration_s": lambda value: _are_amounts(value) and len(value) == 2,
    "span_mV": _is_amount,
    "n_patients": _is_size,
    "age_years": lambda value: _are_amounts(value) and len(value) == 3,
    "sex": _are_counts,
    "labels": _are_counts,
    "digests": are_digests,
    "patients": lambda value: isinstance(value, np.ndarray) and value.dtype == np.uint32 and value.ndim == 1,
}

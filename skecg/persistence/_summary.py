"""A summary of the training records in a few numbers."""

import numpy as np
from sklearn.utils import check_consistent_length

from ..records import ECGRecords


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
        counts = y.sum(axis=0) if y.ndim == 2 else [(y == name).sum() for name in target_names]
        summary["labels"] = {str(name): int(n) for name, n in zip(target_names, counts, strict=True)}
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
    if "age" in table and table["age"].notna().any():
        summary["age_years"] = [float(table["age"].quantile(q)) for q in (0.05, 0.5, 0.95)]
    if "sex" in table:
        summary["sex"] = {str(sex): int(n) for sex, n in table["sex"].value_counts().items()}
    return summary


def _median_span(signals):
    """Return the median over records of the median over leads of highest minus lowest value."""
    return float(np.median([np.median(np.ptp(signal, axis=1)) for signal in signals]))

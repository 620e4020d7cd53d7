"""Table 1 of a report: who the patients are."""

from __future__ import annotations

import numpy as np

from ..records import ECGRecords
from ._layout import DASH, Table, count, share

_MOST_COLUMNS, _MOST_VALUES = 6, 8
COUNTED = {"sex": "Sex", "device": "Device"}


def table_one(evaluation):
    """Return the table of the patients, for all and for each label.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    table : Table
        Age, sex and device are those of the first record of each patient.
    """
    parts = _parts(evaluation)
    rows = [["Records", *(f"{len(part):,}" for part in parts.values())]]
    table = evaluation.records.metadata if isinstance(evaluation.records, ECGRecords) else None
    if evaluation.groups is not None:
        patients = {name: _first_records(evaluation.groups, part) for name, part in parts.items()}
        rows.append(["Patients", *(f"{len(part):,}" for part in patients.values())])
    else:
        patients = parts
    if table is not None:
        rows += _age(table, patients)
        for column, title in COUNTED.items():
            rows += _values(table, column, title, patients)
        rows += _signals(evaluation.records, parts)
    for name, has in zip(evaluation.names, evaluation.truth.T, strict=True):
        rows.append([f"Label {name}", *(share(int(has[part].sum()), len(part)) for part in parts.values())])
    whose = "the first record of each patient" if evaluation.groups is not None else "each record"
    note = "" if table is None else f"Age, sex and device are those of {whose}. Age: median (quartiles)."
    return Table("Patients and records", ["", *parts], rows, note)


def missing_values(records):
    """Return the table of the missing values of the metadata, or None if none is missing."""
    if not isinstance(records, ECGRecords):
        return None
    missing = records.metadata.isna().sum()
    rows = [[str(name), share(int(n), len(records))] for name, n in missing.items() if n]
    return Table("Missing values", ["Column", "Records without a value"], rows) if rows else None


def _parts(evaluation):
    """Return {title: rows}, for all records and those with each label."""
    n = len(evaluation)
    parts = {"All": np.arange(n)}
    if len(evaluation.names) < _MOST_COLUMNS:
        parts |= {name: np.flatnonzero(has) for name, has in zip(evaluation.names, evaluation.truth.T, strict=True)}
    if evaluation.positive is not None:
        parts[f"Not {evaluation.positive}"] = np.flatnonzero(~evaluation.truth[:, 0])
    return parts


def _first_records(groups, part):
    _, first = np.unique(np.asarray(groups)[part].astype(str), return_index=True)
    return part[np.sort(first)]


def _age(table, parts):
    if "age" not in table:
        return [["Age", *["not in the data"] * len(parts)]]
    cells = []
    for part in parts.values():
        ages = table["age"].iloc[part].dropna().astype(float)
        low, middle, high = ages.quantile([0.25, 0.5, 0.75]) if len(ages) else (np.nan,) * 3
        cells.append(f"{middle:.0f} ({low:.0f} to {high:.0f})" if len(ages) else DASH)
    return [["Age, years", *cells], *_without(table["age"], "Age missing", parts)]


def _values(table, column, title, parts):
    """Return one row for each value of a column, the most frequent first."""
    if column not in table:
        return [[title, *["not in the data"] * len(parts)]] if column == "sex" else []
    counts = table[column].value_counts()
    rows = []
    for value in counts.index[:_MOST_VALUES]:
        has = (table[column] == value).to_numpy(bool, na_value=False)
        rows.append([f"{title}: {value}", *(share(int(has[part].sum()), len(part)) for part in parts.values())])
    if len(counts) > _MOST_VALUES:
        rows.append([f"{title}: {count(len(counts) - _MOST_VALUES, 'other')}", *[""] * len(parts)])
    return rows + _without(table[column], f"{title} missing", parts)


def _without(column, title, parts):
    missing = column.isna().to_numpy()
    if not missing.any():
        return []
    return [[title, *(share(int(missing[part].sum()), len(part)) for part in parts.values())]]


def _signals(records, parts):
    seconds, fs = records.lengths / records.fs, np.asarray(records.fs)
    spans = [_span(seconds[part], "s") for part in parts.values()]
    return [["Duration", *spans], ["Sampling rate", *(_span(fs[part], "Hz") for part in parts.values())]]


def _span(values, unit):
    if not len(values):
        return DASH
    low, high = values.min(), values.max()
    return f"{low:g} {unit}" if low == high else f"{low:.4g} to {high:.4g} {unit}"

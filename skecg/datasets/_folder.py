"""Reader of a folder of WFDB records and a table of their labels."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np

from skecg.records.patient import sex_of

from .._scikit_learn import StrOptions, validate_params
from ._base import READING, find_records, make_bunch, match_records, read_csv
from ._reading import Reading
from ._segments import without_segments
from ._wfdb import load

__all__ = ["read_wfdb_folder"]


@validate_params(
    READING
    | {
        "root": [str, os.PathLike],
        "labels": [object],
        "record": [str],
        "target": [str, "array-like"],
        "group": [str, None],
        "unlisted": [StrOptions({"raise", "ignore"})],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def read_wfdb_folder(
    root,
    labels,
    *,
    record="record",
    target="target",
    group=None,
    unlisted="raise",
    leads=None,
    fs=None,
    limit=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    save_to=None,
    return_X_y=False,
):
    """Read a folder of WFDB records and a table of their labels.

    Parameters
    ----------
    root : path-like
        The folder. Records may be in folders below it, but no two records may have the same name.
    labels : path-like or pandas.DataFrame
        The table, or the path of a csv file, with one row per record.
    record : str, default="record"
        The column of record names, which are the names of the header files. The reader ignores a
        folder in front of a name and a suffix `.hea`, `.dat` or `.mat`.
    target : str or sequence of str, default="target"
        The column of labels; or several columns of 0 and 1, for labels that can occur together.
    group : str, default=None
        The column that identifies the patient of each record. The column becomes `patient_id` in
        the metadata, by which skecg keeps the records of a patient together. Pass the
        name of the column `record` if each record comes from a different patient.
    unlisted : {"raise", "ignore"}, default="raise"
        What to do with records that the table does not list: treat them as errors, or ignore them.
        Ignore them if, for example, one table lists the training records and another the test records.
    leads : sequence of str, default=None
        Names of the leads to read, in this order; by default those of the first record.
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default each record keeps its rate.
    limit : int, default=None
        Read only the first `limit` records of the table.
    n_jobs : int, default=None
        Number of processes that read; None means 1 and -1 means all cores.
    verbose : int, default=1
        Whether to show a progress bar if reading takes more than three seconds.
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record that is damaged, or has no label or no file: raise, or skip
        the record with a warning that names it.
    save_to : path-like, default=None
        A new folder to which the records are written while they are read, for sets that do not
        fit into memory, as in `read_wfdb`.
    return_X_y : bool, default=False
        Whether to return `(data, target)` instead of a Bunch.

    Returns
    -------
    folder : Bunch
        data : ECGRecords of n_records
            Signals in mV, in the order of the table. Metadata: the other columns of the table;
            `age` and `sex` in lower case; sex written as M, f, Male, ... becomes "male" and
            "female"; the index is the record name.
        target : ndarray of shape (n_records,) or (n_records, n_labels)
            The labels as in the table; several columns become an indicator of int.
        target_names : list of str
            The sorted labels that occur; or the names of the columns.
        DESCR : str
            Where the records came from.

    Raises
    ------
    ValueError
        If the table lacks a column, lists a record twice, lists a record without a file, or has
        an empty label, or if a record is damaged. The message names the column or the record.

    Warns
    -----
    UserWarning
        If a value of sex is not recognized, which makes it missing; or if `group` replaces another
        column `patient_id`.

    Examples
    --------
    >>> from skecg.datasets import read_wfdb_folder
    >>> pe = read_wfdb_folder(
    ...     "hospital/wfdb", "hospital/train.csv", record="name", target="pe", unlisted="ignore"
    ... )  # doctest: +SKIP
    """
    root = Path(root).expanduser()
    if not root.is_dir():
        raise ValueError(f"There is no folder {root}.")
    table, source = _read_table(labels, record, target, group)
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    there = find_records(root, choose=without_segments)
    table = _drop_unlabelled(table, target, reading.faults, source, there)
    rows, paths = match_records(table.index.tolist(), there, reading.faults, source=source, unlisted=unlisted)
    rows, paths = rows[:limit], paths[:limit]
    table = table.iloc[rows]
    y, target_names = _labels(table, target, source)
    metadata = _metadata(table, target, group, source)
    data, kept = load(paths, reading, lambda kept, _: metadata.iloc[kept])
    descr = f"Records of {root}, labels of {source}."
    return make_bunch(data, y[kept], return_X_y=return_X_y, target_names=target_names, DESCR=descr)


def _read_table(labels, record, target, group):
    """Return the table, indexed by record name, and its name for messages."""
    import pandas as pd

    if isinstance(labels, pd.DataFrame):
        table, source = labels.copy(), "the table of labels"
    elif isinstance(labels, str | os.PathLike):
        source = str(Path(labels).expanduser())
        table = _read_csv(source, record, _columns(target))
    else:
        raise TypeError(f"labels must be a path or a pandas.DataFrame, got {type(labels).__name__}.")
    _check_columns(table, record, target, group, source)
    names = table[record].astype(str).str.strip().str.replace(r"^.*[/\\]|(?i:\.(hea|dat|mat))$", "", regex=True)
    table = table.assign(**{record: names}) if record == group else table.drop(columns=record)
    return table.set_index(names.rename("record")), source


def _read_csv(source, record, targets):
    """Return a table in which only an empty cell is an empty label: the words None and NA are labels."""
    table = read_csv(source, dtype={record: str})
    words = [name for name in targets if name in table and not _is_number(table[name])]
    if words:
        options = {"dtype": str, "usecols": words, "keep_default_na": False, "na_values": [""]}
        table[words] = read_csv(source, **options)[words]
    return table


def _is_number(column):
    """Return whether a column holds numbers or truth values only."""
    return column.dtype.kind in "biuf"


def _check_columns(table, record, target, group, source):
    columns = ", ".join(map(str, table))
    absent = [name for name in (record, *_columns(target), group) if name is not None and name not in table]
    if absent:
        separators = [repr(separator) for separator in ";\t|" if separator in columns]
        hint = f" It has {separators[0]} in place of commas: write it with commas." if separators else ""
        raise ValueError(f"{source} has no column {', '.join(absent)}; its columns are {columns}.{hint}")
    if record in _columns(target):
        raise ValueError(f"The column {record!r} is named as record and as target; {source} has the columns {columns}.")


def _columns(target):
    return [target] if isinstance(target, str) else list(target)


def _drop_unlabelled(table, target, faults, source, there):
    """Return the rows with a label; add each other row to the faults and remove its record from `there`."""
    empty = table[_columns(target)].isna().any(axis=1)
    for name in table.index[empty]:
        faults.add(f"{source} leaves the label of record {name} empty.")
        there.pop(name, None)
    return table[~empty]


def _labels(table, target, source):
    """Return the target and the names of its labels."""
    if isinstance(target, str):
        y = table[target].to_numpy()
        y = y.astype(str) if y.dtype == object else y
        return y, [str(label) for label in np.unique(y)]
    y = table[_columns(target)].to_numpy()
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"{source}: the columns {', '.join(_columns(target))} must hold 0 and 1 only.")
    return y.astype(np.int64), _columns(target)


def _metadata(table, target, group, source):
    """Return the other columns of the table, with the column names of skecg."""
    table = table.drop(columns=[name for name in _columns(target) if name != group])
    if group not in (None, "patient_id") and "patient_id" in table:
        warnings.warn(f"The column {group} of {source} takes the place of its patient_id, as group.", stacklevel=3)
        table = table.drop(columns="patient_id")
    table = table.rename(columns={group: "patient_id"} if group is not None else {})
    for column in ("age", "sex"):
        spelt = [name for name in table if str(name).lower() == column]
        if len(spelt) == 1:
            table = table.rename(columns={spelt[0]: column})
    if "sex" in table and table["sex"].map(type).eq(str).any():
        table["sex"] = _sexes(table["sex"], source)
    return table


def _sexes(column, source):
    """Return "male", "female" and None, and warn with the values that are not recognized."""
    sexes = column.map(lambda sex: sex_of(sex) if isinstance(sex, str) else None)
    unknown = column[sexes.isna() & column.notna() & (column.astype(str).str.strip() != "")].unique().tolist()
    if unknown:
        listed = ", ".join(map(repr, unknown[:10])) + (", ..." if len(unknown) > 10 else "")
        warnings.warn(f"{source}: sex {listed} is unknown and was left out; write male or female.", stacklevel=4)
    return sexes

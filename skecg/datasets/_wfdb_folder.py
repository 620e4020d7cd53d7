"""Reader of a folder of WFDB records and a table of their labels."""

from __future__ import annotations

from .._scikit_learn import validate_params
from ._base import Faults, find_records, make_bunch, match_records
from ._folder import TABLE, fill_options, folder_at
from ._labelled import Labelled
from ._match import without_place
from ._reading import Reading
from ._segments import without_segments
from ._wfdb import load

__all__ = ["read_wfdb_folder"]


@fill_options
@validate_params(TABLE, prefer_skip_nested_validation=True)
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
    sep=None,
    decimal=None,
    encoding=None,
    return_X_y=False,
):
    """Read a folder of WFDB records and a table of their labels.

    Parameters
    ----------
    root : path-like
        The folder. Records may be in folders below it, but no two records may have the same name.
    **labels
    record : str, default="record"
        The column of record names, which are the names of the header files. The reader ignores a
        folder in front of a name and a suffix `.hea`, `.dat` or `.mat`.
    **target
    **group
    **unlisted
    **leads
    **fs
    **limit
    **n_jobs
    **verbose
    **on_error
    **save_to
    **sep
    **decimal
    **encoding
    **return_X_y

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
        If the table cannot be read or lacks a column, lists a record twice, lists a record without a file, has
        an empty label or an age that is none, or if a record is damaged. The message names the first ten of
        them and their number.
    ImportError
        If the table is a workbook and openpyxl is not installed.

    Warns
    -----
    UserWarning
        If the encoding of the table is a guess; if labels differ in spaces or case only; if ages such as 999
        became missing; if a value of sex is not recognized, which makes it missing; or if `group` replaces
        another column `patient_id`.

    See Also
    --------
    read_folder : Read files of any formats.

    Notes
    -----
    Only an empty cell is an empty label: the words "None" and "NA" are labels. Whole numbers are labels of int,
    whether or not the column has gaps.

    Examples
    --------
    >>> from skecg.datasets import read_wfdb_folder
    >>> pe = read_wfdb_folder(
    ...     "hospital/wfdb", "hospital/train.csv", record="name", target="pe", unlisted="ignore"
    ... )  # doctest: +SKIP
    """
    root = folder_at(root)
    table = Labelled.read(labels, record, target, group, sep=sep, decimal=decimal, encoding=encoding)
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    there = find_records(root, choose=without_segments)
    names = [without_place(name) for name in table.names]
    for name in table.unlabelled:
        there.pop(without_place(name), None)
    found = Faults("warn")
    rows, paths = match_records(names, there, found, source=table.source, unlisted=unlisted)
    reading.faults.add_all(table.faults + found.messages)
    rows, paths = rows[:limit], paths[:limit]
    table = table.take(rows, [names[row] for row in rows])
    y, target_names = table.labels()
    metadata = table.metadata()
    data, kept = load(paths, reading, lambda kept, _: metadata.iloc[kept])
    descr = f"Records of {root}, labels of {table.source}."
    return make_bunch(data, y[kept], return_X_y=return_X_y, target_names=target_names, DESCR=descr)

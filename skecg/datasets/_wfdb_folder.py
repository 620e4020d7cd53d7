"""Reader of a folder of WFDB records and a table of their labels."""

from __future__ import annotations

from .._scikit_learn import validate_params
from ._base import Faults, find_records, make_bunch, match_records
from ._folder import TABLE, folder_at
from ._labelled import Labelled
from ._match import without_place
from ._reading import Reading
from ._segments import without_segments
from ._wfdb import load

__all__ = ["read_wfdb_folder"]


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
    labels : path-like or pandas.DataFrame
        The table, or the path of a text file or an Excel workbook (.xlsx), with one row per record.
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
    sep : str, default=None
        Separator of the table; by default found out: comma, semicolon, tab or bar.
    decimal : {",", "."}, default=None
        Decimal sign of the table; by default a comma if numbers such as "63,5" occur.
    encoding : str, default=None
        Encoding of the table; by default UTF-8 or UTF-16 if its bytes are valid, else cp1252 with a warning.
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

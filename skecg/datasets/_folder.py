"""Reader of a folder of ECG files of any formats and a table of their labels."""

from __future__ import annotations

import os
import sys
from numbers import Real
from pathlib import Path

from tqdm.auto import tqdm

from .._placeholders import filler_of
from .._scikit_learn import Interval, StrOptions, validate_params
from ._base import OPTIONS, READING, make_bunch
from ._find import find_files
from ._labelled import Labelled
from ._match import closing_line, match_files, names_of
from ._metadata import metadata_table
from ._mixed import load_files
from ._reading import Reading

__all__ = ["read_folder"]

TABLE = READING | {
    "root": [str, os.PathLike],
    "labels": [object],
    "record": [str],
    "target": [str, "array-like"],
    "group": [str, None],
    "unlisted": [StrOptions({"raise", "ignore"})],
    "sep": [str, None],
    "decimal": [StrOptions({",", "."}), None],
    "encoding": [str, None],
    "return_X_y": ["boolean"],
}
fill_options = filler_of(
    OPTIONS  # of all readers; those of a folder come later, and replace an entry of the same name
    + """
    labels : path-like or pandas.DataFrame
        The table, or the path of a text file or an Excel workbook (.xlsx), with one row per record.
    target : str or sequence of str, default="target"
        The column of labels; or several columns of 0 and 1, for labels that can occur together.
    group : str, default=None
        The column that identifies the patient of each record. The column becomes `patient_id` in
        the metadata, by which skecg keeps the records of a patient together. Pass the
        name of the column `record` if each record comes from a different patient.
    unlisted : {"raise", "ignore"}, default="raise"
        What to do with records that the table does not list: treat them as errors, or ignore them.
        Ignore them if, for example, one table lists the training records and another the test records.
    leads : sequence of str or "common", default=None
        Names of the leads to read, in this order; "common" means those that all records have. By default all
        leads, which must be the same in all records; with `on_error="warn"`, records that have other leads than
        most are skipped.
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default each record keeps its rate.
    limit : int, default=None
        Read only the first `limit` records of the table.
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record that is damaged, or has no label or no file: raise, or skip
        the record with a warning that names it.
    sep : str, default=None
        Separator of the table; by default found out: comma, semicolon, tab or bar.
    decimal : {",", "."}, default=None
        Decimal sign of the table; by default a comma if numbers such as "63,5" occur.
    encoding : str, default=None
        Encoding of the table; by default UTF-8 or UTF-16 if its bytes are valid, else cp1252 with a warning.
    """
)
_PLAIN = {
    "file_fs": [Interval(Real, 0, None, closed="neither"), None],
    "units": [StrOptions({"nV", "uV", "mV", "V"}), None],
}


@fill_options
@validate_params(TABLE | _PLAIN, prefer_skip_nested_validation=True)
def read_folder(
    root,
    labels,
    *,
    record="record",
    target="target",
    group=None,
    unlisted="raise",
    leads=None,
    fs=None,
    file_fs=None,
    units=None,
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
    """Read a folder of ECG files of any formats and a table of their labels.

    Parameters
    ----------
    root : path-like
        The folder; the files may be in folders below it. The formats are those of `read_ecg`.
    **labels
    record : str, default="record"
        The column of the names of files, with or without suffix, and with or without the folders above.
    **target
    **group
    **unlisted
    **leads
    **fs
    file_fs : float, default=None
        Rate in Hz of the files that state none, as in `read_ecg`: CSV and MATLAB files. Without it they are left out.
    units : {"nV", "uV", "mV", "V"}, default=None
        Unit of CSV and MATLAB files that state none, as in `read_ecg`.
    **limit
    **n_jobs
    verbose : int, default=1
        Whether to show a progress bar if reading takes more than three seconds, and a closing line of what was
        read, what was left out, and why.
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
            Signals in mV, in the order of the table. Metadata: the other columns of the table, with `age` in years
            and sex written as M, f, Male, ... as "male" and "female"; and what the files say (`age`, `sex`,
            `patient_id`, `time`, `device`, `file`, `format`) unless the table says it. The index is the file name
            without suffix.
        target : ndarray of shape (n_records,) or (n_records, n_labels)
            The labels as in the table; several columns become an indicator of int.
        target_names : list of str
            The sorted labels that occur; or the names of the columns.
        DESCR : str
            Where the records came from, and the closing line.
        left_out : dict of str to str
            The files below the folder that are no recordings, and why.

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
        another column `patient_id`. If ages or sexes of table and files
        disagree, as they do if rows of the table are mixed up.

    Notes
    -----
    Only an empty cell is an empty label: the words "None" and "NA" are labels. Whole numbers are labels of int,
    whether or not the column has gaps.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg.datasets import read_folder
    >>> root = Path(tempfile.mkdtemp())
    >>> for i in range(2):
    ...     _ = (root / f"ecg{i}.csv").write_text(chr(10).join(["I;II", "0,1;0,2", f"0,5;{i}"]))
    >>> table = root / "labels.csv"
    >>> _ = table.write_text(chr(10).join(["record;target;age", "ecg1.csv;AF;63,5", "ecg0.csv;NA;70"]))
    >>> folder = read_folder(root, table, file_fs=250, verbose=0)
    >>> folder.target.tolist()
    ['AF', 'NA']
    >>> folder.data["ecg1"].metadata["age"]
    63.5
    """
    root = folder_at(root)
    table = Labelled.read(labels, record, target, group, sep=sep, decimal=decimal, encoding=encoding)
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    ignore = [labels] if isinstance(labels, str | os.PathLike) else []
    paths, left_out = find_files(root, file_fs=file_fs, ignore=ignore)
    if not paths:
        raise ValueError(f"{root} holds no recording. {closing_line(0, [], [], left_out)}")
    rows, files, faults = match_files(table, root, paths, left_out, unlisted=unlisted)
    reading.faults.add_all(table.faults + faults)
    table, files = table.take(rows[:limit], names_of(files, [table.names[row] for row in rows])[:limit]), files[:limit]
    y, target_names = table.labels()
    said = table.metadata()
    data, kept = load_files(
        files,
        reading,
        lambda kept, described: table.joined(said.iloc[kept], metadata_table(described)),
        file_fs=file_fs,
        units=units,
    )
    line = closing_line(len(paths), data.metadata["format"].tolist(), reading.faults.messages, left_out)
    if verbose:
        tqdm.write(line, file=sys.stderr)
    descr = f"Records of {root}, labels of {table.source}. {line}"
    rest = {"target_names": target_names, "left_out": left_out, "DESCR": descr}
    return make_bunch(data, y[kept], return_X_y=return_X_y, **rest)


def folder_at(root):
    """Return the path of a folder; raise ValueError if there is none."""
    root = Path(root).expanduser()
    if not root.is_dir():
        raise ValueError(f"There is no folder {root}.")
    return root

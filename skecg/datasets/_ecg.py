"""The reader of all formats."""

from __future__ import annotations

import os
from numbers import Real

from .._scikit_learn import Interval, StrOptions, validate_params
from ._base import READING, fill_options
from ._find import each_once
from ._metadata import metadata_table
from ._mixed import load_files
from ._reading import Reading

__all__ = ["read_ecg"]


@fill_options
@validate_params(
    {name: READING[name] for name in READING if name != "limit"}
    | {
        "paths": ["array-like", str, os.PathLike],
        "file_fs": [Interval(Real, 0, None, closed="neither"), None],
        "units": [StrOptions({"nV", "uV", "mV", "V"}), None],
    },
    prefer_skip_nested_validation=True,
)
def read_ecg(
    paths,
    *,
    leads=None,
    fs=None,
    file_fs=None,
    units=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    save_to=None,
):
    """Read ECG files of any formats into an `ECGRecords`.

    The first bytes of a file tell its format; its suffix does not matter. The formats are GE MUSE XML,
    Philips SierraECG XML, HL7 aECG, CardioSoft XML, Schiller XML, Mortara ELI XML, DICOM, SCP-ECG, ISHNE
    Holter, Contec, Kardia JSON, Apple Watch CSV, EDF, BDF, WFDB, and, with the parameter `file_fs`, CSV and MATLAB.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        The files, of one format or of several; each file is one record. Name a WFDB record by its header, or
        without suffix.
    leads : sequence of str or "common", default=None
        Names of the leads to read, in this order, in upper or lower case; III, aVR, aVL and aVF are derived from
        I and II where a file lacks them. "common" means the leads that all files have, for which they are read
        twice. By default all leads, which must be the same in all files; with `on_error="warn"`, files that have
        other leads than most are skipped. The order of the leads in a file does not matter.
    fs : float, default=None
        Rate in Hz to which every record is resampled while reading, by polyphase filtering with a line as
        padding. By default each record keeps its rate.
    file_fs : float, default=None
        Rate in Hz of the files that do not state one: CSV and MATLAB files.
    units : {"nV", "uV", "mV", "V"}, default=None
        Unit of the values in CSV and MATLAB files that do not state one; by default mV, unless the values
        are whole numbers, which need a unit.
    **n_jobs
    **verbose
    on_error : {"raise", "warn"}, default="raise"
        What to do with a file that cannot be read: raise, or skip the file with a warning that names it.
    save_to : path-like, default=None
        A new folder to which the records are written while they are read, for sets that do not fit into
        memory, as in `read_wfdb`.

    Returns
    -------
    records : ECGRecords
        Signals in mV with the usual names of leads. Where a file stores I and II and none of III, aVR,
        aVL and aVF, these are derived. Metadata: `age` (years), `sex` ("male" or "female"), `patient_id`,
        `time` (when the recording began), `device`, `file` (its name) and `format`; what a file does not say is
        missing. WFDB adds `dx`. The index is the file name without suffix.

    Raises
    ------
    ValueError
        If a file is missing, empty, packed, damaged or of no known format; states no rate; or lacks a lead. The
        message names the file.

    See Also
    --------
    read_wfdb : Read WFDB records only.
    read_edf : Read EDF and BDF files only.

    Notes
    -----
    A CSV file has samples in rows and leads in columns, with or without names in the first row. Semicolons,
    tabs, commas and blanks separate columns; a decimal comma is recognised. A column of times is compared with
    `file_fs`, and is no lead. A MATLAB file has one array `(n_leads, n_times)` or its transpose, by itself or in
    a struct, in version 4 or 5 (save with -v6 or -v7).

    A missing sample becomes NaN. A file can hold a rhythm strip and averaged beats: the rhythm is the record.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg.datasets import read_ecg
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = path.write_text(chr(10).join(["t;V1;V5", "0;0,1;0,2", "0,004;0,5;-0,25"]))
    >>> records = read_ecg(path, file_fs=250)
    >>> records.leads
    ('V1', 'V5')
    >>> records[0].signal
    array([[ 0.1 ,  0.5 ],
           [ 0.2 , -0.25]], dtype=float32)
    >>> records.metadata["format"].tolist()
    ['CSV']
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else paths
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    options = {"file_fs": file_fs, "units": units}
    return load_files(each_once(paths), reading, lambda _, described: metadata_table(described), **options)[0]

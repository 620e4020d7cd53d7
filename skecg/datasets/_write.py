"""Write records as files of other programs."""

from __future__ import annotations

import os
import re
from pathlib import Path

from skecg.records import ECGRecords

from .._scikit_learn import StrOptions, validate_params
from .writers import _dicom, _edf, _wfdb

__all__ = ["write_ecg"]

WRITERS = {"wfdb": _wfdb, "edf": _edf, "dicom": _dicom}


@validate_params(
    {"records": [ECGRecords], "folder": [str, os.PathLike], "format": [StrOptions(set(WRITERS))]},
    prefer_skip_nested_validation=True,
)
def write_ecg(records, folder, *, format="wfdb"):
    """Write each record to files of its own, which other programs read.

    Samples become whole numbers of 16 bits, in the finest steps of 1, 2 or 5 times a power of ten in which the
    record fits, at least 0.1 uV; reading gives values within half a step. `save_records` writes all records exactly.

    Parameters
    ----------
    records : ECGRecords
        The index of the metadata names the records. The columns `age`, `sex`, `patient_id` and `time` are written;
        WFDB has `dx` as well, EDF and DICOM have `device`.
    folder : path-like
        Where to write. It is made if there is none; the folder above must exist.
    format : {"wfdb", "edf", "dicom"}, default="wfdb"
        WFDB (a header and a signal file), EDF+ (needs edfio, `pip install "skecg[edf]"`) or DICOM waveforms
        (needs pydicom, `"skecg[dicom]"`).

    Returns
    -------
    paths : list of Path
        For each record the file that `read_ecg` reads: the header, or the one file. Its name is that of the
        record, with _ for what is no letter, digit, hyphen or underscore.

    Raises
    ------
    ValueError
        If a file exists already, two records have one name, a time is none, or the format cannot hold a record:
        EDF has no missing samples, and not every rate.
    ImportError
        If a package is missing.

    See Also
    --------
    read_ecg : Read such files, and those of hospitals.
    skecg.storage.save_records : Write a set that is memory-mapped, with all metadata.

    Notes
    -----
    DICOM ages are whole years, or months below one year; EDF+ has no age, so it is written as an extra field.

    Examples
    --------
    >>> import tempfile
    >>> from skecg.datasets import make_ecg, read_ecg, write_ecg
    >>> records = make_ecg(3, fs=250, duration=2, random_state=0).data
    >>> paths = write_ecg(records, tempfile.mkdtemp())
    >>> [path.name for path in paths]
    ['0.hea', '1.hea', '2.hea']
    >>> read_ecg(paths).leads == records.leads
    True
    """
    folder, writer = Path(folder).expanduser(), WRITERS[format]
    names, records = _file_names(records.metadata.index), _with_times(records)
    folder.mkdir(exist_ok=True)
    paths = []
    for name, record in zip(names, records, strict=True):
        files = writer.write(folder, name, record)
        for path, data in files.items():
            _write_new(path, data)
        paths.append(path)
    return paths


def _with_times(records):
    """Return records whose `time` is a date with time; text must be like 2020-06-14 10:11:12."""
    import pandas as pd

    table = records.metadata
    if "time" not in table or pd.api.types.is_datetime64_any_dtype(table["time"]):
        return records
    times = pd.to_datetime(table["time"].astype(str).where(table["time"].notna()), format="ISO8601", errors="coerce")
    odd = table["time"][times.isna() & table["time"].notna()]
    if len(odd):
        listed = ", ".join(f"{time!r} of record {name}" for name, time in odd.iloc[:10].items())
        raise ValueError(f"time must be a date with time, such as 2020-06-14 10:11:12; got {listed}.")
    return records.with_metadata(table.assign(time=times))


def _file_names(index):
    """Return a name for the files of each record; raise ValueError if two are the same."""
    names = {}
    for record in index:
        name = re.sub(r"[^A-Za-z0-9_-]", "_", str(record)) or "_"
        if name in names:
            raise ValueError(f"The records {names[name]!r} and {record!r} would both be written as {name}.")
        names[name] = record
    return list(names)


def _write_new(path, data):
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise ValueError(f"{path} exists already; write into another folder.") from None

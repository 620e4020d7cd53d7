"""A fast reader of WFDB records, which returns the values of `wfdb.rdsamp`."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import chain
from pathlib import Path

import numpy as np

from skecg.records.metadata import with_ages

from .._scikit_learn import validate_params
from ._base import READING, fill_options
from ._destination import destination
from ._leads import LeadChoice, advice
from ._patient import comment_fields
from ._reading import Reading
from ._segments import records_alone
from ._wfdb_blocks import check_size, n_times_at, read_part, warn_of_signals
from ._wfdb_checks import warn_of_differences
from ._wfdb_header import parse_header, read_text
from ._wfdb_package import read_with_wfdb

__all__ = ["read_wfdb"]

_SUFFIXES = (".hea", ".dat", ".mat")
_LARGE_RECORD = 2**18  # values from which the size of the files is checked before memory is allocated
_MANY = 10_000  # headers from which starting other processes pays
_LARGE = 2**26  # values in the files (256 MB in memory) from which starting other processes pays
_CHUNK = 256  # maximum number of records that a process reads between two steps of the progress bar


@validate_params(
    {"paths": ["array-like", str, os.PathLike]} | {name: READING[name] for name in READING if name != "limit"},
    prefer_skip_nested_validation=True,
)
@fill_options
def read_wfdb(paths, *, leads=None, fs=None, n_jobs=None, verbose=1, on_error="raise", save_to=None):
    """Read WFDB records into an `ECGRecords`.

    This function decodes the formats 16, 24, 32, 80 and 212 itself, including several files per
    record, byte offsets (MATLAB v4 files, as in the PhysioNet Challenges) and skew. The wfdb
    package reads all other records. The values are those of `wfdb.rdsamp`, rounded to float32.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        The records, with or without the suffix `.hea`. Paths that differ only in the
        suffix `.hea`, `.dat` or `.mat` belong to one record, which is read once. Segments of a record that is
        among the paths are parts of it, and no records.
    leads : sequence of str or "common", default=None
        Names of the leads to read, in this order, in upper or lower case; "common" means those that
        all records have. By default all leads, as in `read_ecg`.
    fs : float, default=None
        Rate in Hz to which every record is resampled while reading, by polyphase filtering
        with a line as padding. By default each record keeps its rate.
    n_jobs : int, default=None
        Number of processes that read; None means 1 and -1 means all cores. Starting processes
        takes a second or more, so they start only from 10,000 records or 256 MB of signals on.
    **verbose
    **on_error
    save_to : path-like, default=None
        A new folder to which the records are written while they are read, so that they need not fit
        into memory. The function returns the memory map of that folder, as
        `skecg.storage.open_records` does. Values are stored as int16 if that keeps every value,
        else as float32.

    Returns
    -------
    records : ECGRecords
        Signals in mV; the twelve standard leads in their usual spelling (AVR as aVR).
        The index of the metadata is the record name; `age` (years), `sex` and `dx` are columns
        if the comments of a header give them, as in the PhysioNet Challenges.

    Raises
    ------
    ValueError
        If a file is missing, damaged or cut short, the rate is missing, a lead is missing, or
        the leads of a record differ from those of the first, or a path is given twice. The message
        names the file.

    Warns
    -----
    UserWarning
        If a signal has a unit that is not a voltage, such as mmHg: its values stay in that unit.
        nV, uV and V become mV: (digital - baseline) / (gain per mV), in float64. If a signal has several
        samples per frame: they are averaged, as `wfdb.rdsamp` does. If the age in a header is no age, which
        makes it missing.

    Notes
    -----
    A missing sample becomes NaN. Repeated lead names get a number ("ECG", "ECG 2"); leads without
    a name are called "lead 0", "lead 1", ...

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from skecg.datasets import read_wfdb
    >>> folder = Path(tempfile.mkdtemp())
    >>> np.array([[0, 500], [1000, -500]], "<i2").tofile(folder / "a.dat")
    >>> signals = [f"a.dat 16 1000/mV 16 0 0 0 0 {lead}" for lead in ("I", "AVR")]
    >>> _ = (folder / "a.hea").write_text(chr(10).join(["a 2 250 2", *signals]))
    >>> records = read_wfdb([folder / "a"])
    >>> records
    ECGRecords(1 record, 2 leads, 2 samples, 250 Hz)
    >>> records[0].signal
    array([[ 0. ,  1. ],
           [ 0.5, -0.5]], dtype=float32)
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else paths
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    return load(records_alone(_each_once(paths)), reading, _metadata)[0]


def _each_once(paths):
    """Return the record of each path without duplicates; raise ValueError if a path is given twice."""
    seen = set()
    for path in map(os.fspath, paths):
        if path in seen:
            raise ValueError(f"paths names {path} twice; each record is read once.")
        seen.add(path)
    return list(dict.fromkeys(map(_stem, paths)))


def load(paths, reading, metadata):
    """Read records as `read_wfdb` does.

    Parameters
    ----------
    paths : sequence of path-like
    reading : Reading
    metadata : callable
        Returns the table for the positions (ndarray of int) in `paths` of the records that could
        be read, and their headers.

    Returns
    -------
    records : ECGRecords
        The records that could be read.
    kept : ndarray of int
        Their positions in `paths`.
    """
    headers, choice = _read_headers([_stem(path) for path in paths], reading.alone_unless(len(paths) >= _MANY))
    if not headers:
        reading.faults.warn(0)
        raise ValueError("There is no record to read: paths is empty.")
    kept, headers = np.array(list(headers)), list(headers.values())
    lengths = np.array([n_times_at(header, reading.fs) for header in headers], np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths * len(choice.leads))])
    gain = _gain_of_int16(headers, choice, reading.fs)
    reading = reading.alone_unless(len(choice.leads) * sum(header.n_times for header in headers) >= _LARGE)
    with destination(reading, int(offsets[-1]), gain=gain, shared=reading.n_workers > 1) as place:
        whole, odd = _read_signals(headers, choice, offsets, reading, place.target)
        reading.faults.warn(int(whole.sum()))
        warn_of_differences(odd, int(whole.sum()))
        headers = [header for header, good in zip(headers, whole, strict=True) if good]
        warn_of_signals(headers, choice)
        rates = np.array([reading.fs or header.fs for header in headers], np.float64)
        table = metadata(kept[whole], headers)
        records = place.finish(lengths[whole], offsets[:-1][whole], rates, leads=choice.leads, metadata=table)
    return records, kept[whole]


def _read_signals(headers, choice, offsets, reading, target):
    """Read all signals into the target; return which were read without an error, and how others differ from headers."""
    whole, odd = np.ones(len(headers), bool), []
    parts = reading.slices(len(headers), _CHUNK)
    tasks = ((headers[rows], choice, reading.fs, offsets[rows.start : rows.stop + 1], target) for rows in parts)
    with reading.bar(len(headers), "records") as bar, closing(reading.in_processes(read_part, tasks)) as found:
        for rows, (failures, differing) in zip(parts, found, strict=True):
            odd += differing.values()
            for i, message in failures.items():
                whole[rows.start + i] = False
                reading.faults.add(message)
            bar.update(rows.stop - rows.start)
    return whole, odd


def _gain_of_int16(headers, choice, fs):
    """Return the gain with which int16 stores every value exactly, or None."""
    if any(header.signal is not None or fs not in (None, header.fs) for header in headers):
        return None
    gains = set()
    for layout in {header.layout for header in headers}:
        chosen = np.zeros(len(layout.leads), bool)
        chosen[choice.positions(layout)] = True
        for file in layout.files:
            used = chosen[file.signals]
            if used.any() and (file.format not in ("16", "80", "212") or file.baseline[used].any()):
                return None
            gains.update(file.gain[used].tolist())
    exact = len(gains) == 1 and np.float32(min(gains)) == min(gains) and 1e-9 < min(gains) < 1e9
    return min(gains) if exact else None


def _read_headers(paths, reading):
    """Return {position: header} of the headers that could be read, and the choice of leads."""
    parsed, headers = {}, {}
    tasks = ((paths[rows],) for rows in reading.slices(len(paths), _CHUNK))
    with reading.bar(len(paths), "headers") as bar, closing(reading.in_processes(_parse_part, tasks)) as found:
        for i, header in enumerate(chain.from_iterable(found)):
            bar.update()
            if isinstance(header, str):
                reading.faults.add(header)
            else:
                parsed[i] = header
    there = {f"{header.path}.hea": header.layout.leads for header in parsed.values()}
    if not reading.faults.raises and len(set(map(frozenset, there.values()))) > 1:  # damaged records choose no leads
        parsed = {i: header for i, header in parsed.items() if _passes(header, reading)}
        there = {f"{header.path}.hea": header.layout.leads for header in parsed.values()}
    choice = LeadChoice.of(reading, there)
    for i, header in parsed.items():
        try:
            _check(header, choice, reading.fs)
        except ValueError as error:
            first = choice.leads if reading.leads is None and reading.faults.raises else None
            differs = first is not None and set(header.layout.leads) != set(first)
            reading.faults.add(f"{error} {advice(there)}" if differs else str(error))
        else:
            headers[i] = header
    return headers, choice


def _passes(header, reading):
    """Return whether a record can be read, as far as its header and the sizes of its files say."""
    try:
        _check(header, LeadChoice(None), reading.fs)
    except ValueError as error:
        reading.faults.add(str(error))
        return False
    return True


def _check(header, choice, fs):
    """Raise ValueError if a record lacks a lead, cannot be resampled, or has a shorter file than its header says."""
    if choice.leads is None:  # the first record chooses the leads of all, so it must be there
        check_size(header, np.arange(len(header.layout.leads)))
    try:
        n_times_at(header, fs)
        wanted = choice.positions(header.layout)
    except ValueError as error:
        raise ValueError(f"{header.path}.hea: {error}") from None
    if header.n_times * len(header.layout.leads) > _LARGE_RECORD:
        check_size(header, wanted)


def _parse_part(paths):
    """Return the header of each record, or an error message."""
    found = []
    for path in paths:
        try:
            found.append(parse(path))
        except ValueError as error:
            found.append(str(error))
    return found


def parse(path):
    """Return the header of a record; raise ValueError if it cannot be read."""
    path = _stem(path)
    text = read_text(path)
    return parse_header(path, text) or read_with_wfdb(path, text)


def _stem(path):
    path = os.fspath(path)
    path = str(Path(path).expanduser()) if path.startswith("~") else path
    return path[:-4] if path.endswith(_SUFFIXES) else path


def _metadata(_, headers):
    """Return the table of age, sex and dx from the comments, with the record names as index."""
    import pandas as pd

    index = pd.Index([header.name for header in headers], name="record")
    rows = [comment_fields(header.comments) for header in headers]
    columns = [key for key in ("age", "sex", "dx") if any(key in fields for fields in rows)]
    table = pd.DataFrame({key: [fields.get(key) for fields in rows] for key in columns}, index=index)
    return with_ages(table, "the headers", refuse=False)

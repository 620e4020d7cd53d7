"""Read files of any formats."""

from __future__ import annotations

import os
import re
from functools import partial

import numpy as np

from skecg.signal import mix_leads, resolve_leads

from ._edf import open_edf, read_signals
from ._edf_file import BDF
from ._patient import comment_fields
from ._plain import read_plain
from ._reading import Reading, load_each
from ._recognise import head_and_data, header_of, is_edf, unknown
from ._wfdb import load, parse
from ._wfdb_header import choose_leads, standard_lead
from .formats._recording import time_of, with_limb_leads

_PATIENT = re.compile(r"patient[ _]?id\s*[:=]\s*(\S.*)", re.IGNORECASE)
_DERIVED = frozenset(("III", "aVR", "aVL", "aVF"))


def load_files(paths, reading, metadata, *, file_fs=None, units=None):
    """Read files of any formats, each of which is one record.

    Parameters
    ----------
    paths : sequence of path-like
        Files; or WFDB records, with or without a suffix.
    reading : Reading
    metadata : callable
        Returns the table for the positions (ndarray of int) in `paths` of the records that could be read, and
        what their files say (list of dict, which `metadata_table` takes).
    file_fs, units : float, str or None
        As in `read_ecg`.

    Returns
    -------
    records : ECGRecords
        The records that could be read.
    kept : ndarray of int
        Their positions in `paths`.
    """
    paths = [os.path.expanduser(os.fspath(path)) for path in paths]  # noqa: PTH111
    if paths and _are_wfdb(paths, reading.leads):
        return load(paths, reading, lambda kept, headers: metadata(kept, [_of_header(header) for header in headers]))
    return load_each(paths, partial(read_file, file_fs=file_fs, units=units), reading, metadata)


def _are_wfdb(paths, leads):
    """Return whether all paths are WFDB records, the first without leads to derive; these are read in blocks."""
    try:
        headers = list(map(header_of, paths))
        there = frozenset() if None in headers else frozenset(parse(headers[0]).layout.leads)
        wanted = _DERIVED if leads is None or isinstance(leads, str) else leads
        return bool(there) and not _derives(wanted, there)
    except ValueError:  # reading the file says why
        return False


def read_file(path, leads, file_fs=None, units=None):
    """Return signal, rate and leads of one file, and what the file says.

    Raises
    ------
    ValueError
        If the file cannot be read, is of no known format, or lacks a lead. The message names the file.
    """
    try:
        signal, fs, there, description = _read(path, leads, file_fs, units)
        there, signal = with_limb_leads(there, signal, np.float32)
        if _derives(leads, frozenset(there)):
            leads, weights = resolve_leads(there, tuple(map(standard_lead, leads)))
            return mix_leads(signal, weights), fs, leads, description
        rows, leads = choose_leads(leads, there, path)
    except (ValueError, ImportError, OSError) as error:
        message = str(error).rstrip(".")
        raise ValueError(f"{message}." if path in message else f"{path}: {message}.") from error
    return signal if rows == list(range(len(signal))) else signal[rows], fs, leads, description


def _read(path, leads, file_fs, units):
    """Return signal, rate, leads and description of a file; those leads at least that are there."""
    header = header_of(path)
    if header:
        return _read_wfdb(header, leads)
    (head, known, data), name = head_and_data(path), os.path.basename(path)  # noqa: PTH119
    description = {"record": os.path.splitext(name)[0], "file": name}  # noqa: PTH122
    if is_edf(head):
        edf, signals, factors = open_edf(path)
        voltages = frozenset(lead for lead, factor in factors.items() if factor is not None)
        *found, patient = read_signals(path, edf, signals, factors, _stored(leads, voltages))
        return *found, patient | description | {"format": "BDF" if head.startswith(BDF) else "EDF"}
    recording = read_plain(path, head, file_fs, units) if known is None else _recording(known, data, path)
    if recording is None:
        raise ValueError(f"{path} {unknown(head)}")
    said = {name: getattr(recording, name) for name in ("age", "sex", "patient_id", "time", "device", "format")}
    return recording.signal, recording.fs, tuple(recording.leads), said | description


def _recording(known, data, path):
    try:
        return known.read(data)
    except (ValueError, ImportError, OSError, MemoryError):
        raise
    except Exception as error:  # no error of another library ends the reading of all files
        raise ValueError(f"{path} is damaged ({error!r})") from error


def _read_wfdb(path, leads):
    header = parse(path)
    stored = _stored(leads, frozenset(header.layout.leads))
    records, _ = load([path], Reading(leads=stored, verbose=0), lambda *_: None)
    return records.signals[0], float(records.fs[0]), records.leads, _of_header(header)


def _of_header(header):
    found = {"record": header.name, "file": f"{header.name}.hea", "format": "WFDB"}
    found["time"] = time_of(header.start, *(f"%H:%M:%S{fraction} %d/%m/%Y" for fraction in ("", ".%f")))
    patients = [match[1] for comment in header.comments if (match := _PATIENT.match(comment))]
    return comment_fields(header.comments) | found | {"patient_id": patients[0] if patients else None}


def _stored(leads, there):
    """Return the leads to read from a file: all, if a wanted lead has to be derived from them."""
    return None if _derives(leads, there) else leads


def _derives(leads, there):
    """Return whether limb leads that are not there can be derived for the wanted leads."""
    absent = frozenset() if leads is None else frozenset(map(standard_lead, leads)) - there
    return bool(absent) and absent <= _DERIVED and {"I", "II"} <= there

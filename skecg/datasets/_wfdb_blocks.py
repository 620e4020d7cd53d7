"""Read the signals of WFDB records, many similar records at once."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from skecg.signal import rate_ratio, resample, resampled_length

from .._warn import warn
from ._base import join_names
from ._files import file_size, open_file
from ._wfdb_checks import differences
from ._wfdb_formats import FORMATS, to_millivolts

_BLOCK_VALUES = 2**18  # samples decoded at once, so that their bytes, integers and floats fit in the cache
_TEXT = b"MATLAB "  # how files of version 5 and 7.3 start; WFDB reads those of version 4
LONGER = 100  # how many times longer resampling may make a record: nobody records ECGs at 5 Hz


def n_times_at(header, fs):
    """Return the number of samples of a record at the rate `fs` (None means its own rate).

    Raises
    ------
    ValueError
        If the rates lie too far apart.
    """
    if fs is None:
        return header.n_times
    if fs > LONGER * header.fs:
        raise ValueError(f"from {header.fs:g} to {fs:g} Hz is too far: at most {LONGER} samples for each one.")
    return resampled_length(header.n_times, *rate_ratio(header.fs, fs))


def read_part(headers, choice, fs, offsets, target):
    """Read records to their offsets in a target.

    Returns
    -------
    failures, odd : dict of int to str
        Messages about the records that failed, and about those that differ from their header, by position.
    """
    failures, odd = {}, {}
    for first, last in _blocks(headers):
        block = target.block(offsets[first], offsets[last])
        out = block.reshape(last - first, len(choice.leads), -1)
        found = _read_block(headers[first:last], choice, fs, out)
        for messages, new in zip((failures, odd), found, strict=True):
            messages |= {first + i: message for i, message in new.items()}
        target.put(offsets[first], block)
    return failures, odd


def _blocks(headers):
    """Yield (first, last) of runs of records with the same layout, length and rate."""
    first = 0
    for (layout, n_times, _), run in groupby(headers, key=lambda header: (header.layout, header.n_times, header.fs)):
        end = first + sum(1 for _ in run)
        step = max(1, _BLOCK_VALUES // (n_times * len(layout.leads)))
        for start in range(first, end, step):
            yield start, min(start + step, end)
        first = end


def _read_block(headers, choice, fs, out):
    """Read records of one layout into `out`; return the messages about them as `read_part`."""
    layout, n_times = headers[0].layout, headers[0].n_times
    wanted = choice.positions(layout)
    up, down = (1, 1) if fs is None else rate_ratio(headers[0].fs, fs)
    target = out if up == down else np.empty((*out.shape[:2], n_times), np.float32)
    failures, odd = {}, {}
    if headers[0].signal is not None:
        target[0] = headers[0].signal[wanted]
        headers[0].signal = None
    row_of = np.full(len(layout.leads), -1)
    row_of[wanted] = np.arange(len(wanted))
    for number, file in enumerate(layout.files):
        rows = row_of[file.signals]
        columns = np.flatnonzero(rows >= 0)
        columns = columns[np.argsort(rows[columns])]
        if len(columns) == 0:
            continue
        data = np.empty((len(headers), FORMATS[file.format].n_bytes(n_times * len(file.signals))), np.uint8)
        for i, header in enumerate(headers):
            message = _fill(header, header.files[number], file.start, data[i])
            if message:
                failures.setdefault(i, message)
        if len(failures) == len(headers):
            return failures, {}
        digital = _decode(file, data, n_times, columns, rows[columns], target)
        odd |= differences(headers, digital, file.signals[columns])
    if target is not out:
        out[...] = resample(target, up, down)
    return failures, {i: message for i, message in odd.items() if i not in failures}


def _fill(header, name, start, data):
    """Read a signal file into `data`; return a message if it is missing or too short."""
    path = _path_of(header, name)
    missing = len(data)
    try:
        with open_file(path) as file:
            if start and name.endswith(".mat") and file.read(len(_TEXT)) == _TEXT:
                return f"{path}: is a MATLAB file of version 5 or later; WFDB reads those of version 4 (save -v4)."
            file.seek(start)
            while missing and (n_read := file.readinto(data[-missing:])):
                missing -= n_read
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        return _unreadable(header, path, error)
    return _cut_short(header, path, start, len(data), len(data) - missing) if missing else None


def check_size(header, wanted):
    """Raise ValueError if a file with wanted signals is shorter than its header says.

    Reading raises as well, but only after it has allocated the memory.
    """
    chosen = np.zeros(len(header.layout.leads), bool)
    chosen[wanted] = True
    for file, name in zip(header.layout.files, header.files, strict=True):
        if not chosen[file.signals].any():
            continue
        path = _path_of(header, name)
        n_bytes = FORMATS[file.format].n_bytes(header.n_times * len(file.signals))
        try:
            there = file_size(path) - file.start
        except (OSError, ValueError) as error:
            raise ValueError(_unreadable(header, path, error)) from None
        if there < n_bytes:
            raise ValueError(_cut_short(header, path, file.start, n_bytes, max(there, 0)))


def _path_of(header, name):
    return f"{header.path.rpartition('/')[0] or '.'}/{name}"


def _unreadable(header, path, error):
    return f"{path}: the signal file of record {header.name} cannot be read ({error})."


def _cut_short(header, path, start, n_bytes, there):
    return (
        f"{path}: the signal file of record {header.name} is cut short. Its header promises {header.n_times} "
        f"samples, that is {n_bytes} bytes from byte {start} on; there are {there}."
    )


def _decode(file, data, n_times, columns, rows, out):
    """Decode some columns of the interleaved signals of a file into rows of `out`, in mV; return the digital values."""
    form = FORMATS[file.format]
    digital = form.decode(data).reshape(len(data), n_times, len(file.signals))
    if len(columns) < len(file.signals) or (np.diff(columns) < 0).any():
        digital = digital[:, :, columns]
    part = out if len(rows) == out.shape[1] else np.empty((len(data), len(rows), n_times), np.float32)
    to_millivolts(digital, file.gain[columns], file.baseline[columns], form.missing, part)
    for row, skew in enumerate(file.skew[columns]):
        if skew:
            part[:, row, : max(n_times - skew, 0)] = part[:, row, skew:].copy()
            part[:, row, max(n_times - skew, 0) :] = np.nan
    if part is not out:
        out[:, rows] = part
    return digital


def warn_of_signals(headers, choice):
    """Warn once about chosen leads whose unit is not a voltage, and once about those that are averaged."""
    layouts, leads = {header.layout for header in headers}, set(choice.leads)
    odd = sorted({f"{lead} in {unit}" for layout in layouts for lead, unit in layout.odd_units if lead in leads})
    if odd:
        message = f"Some leads are no voltages and keep their unit: {join_names(odd)}."
        warn(message)
    averaged = sorted({f"{lead} ({n})" for layout in layouts for lead, n in layout.averaged if lead in leads})
    if averaged:
        message = f"Some leads have several samples per frame, which are averaged: {join_names(averaged)}."
        warn(f"{message} Their rate is that of the frames, and peaks lose height.")

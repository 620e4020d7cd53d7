"""Read records with the wfdb package, after comparing what their headers promise with the files.

The package allocates what a header promises, opens what it names, and waits for pipes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from ._files import file_size
from ._wfdb_header import (
    Header,
    call_wfdb,
    check_names,
    check_record_line,
    in_millivolts,
    named_layout,
    parse_gain,
    read_text,
    shorten,
    signal_format,
    split_header,
)
from ._wfdb_segments import check_segments

_BITS = {"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12, "310": 32 / 3, "311": 32 / 3}
_PACKED = {"508", "516", "524"}  # FLAC, of which a block of 4,096 equal samples takes about 14 bytes
_PER_PACKED_BYTE = 512  # samples
_SIGNALS, _SEGMENTS = 2**10, 2**14
_REPEATS = 100  # of one segment in a record
_SMALL = 2**22  # values that any record may have
_GAPS = 16  # how many times larger than its signal files gaps between the segments may make a record


def read_with_wfdb(path, text):
    """Return the Header of a record that needs the wfdb package, including its signal."""
    per_frame = _check_record(path, text)
    try:
        signal, fields = call_wfdb("rdsamp", path)
        if signal is None or signal.size == 0:
            raise ValueError("the record holds no signal")
        factors = [in_millivolts(unit or "mV") for unit in fields["units"]]
        layout = named_layout(fields["sig_name"], fields["units"], factors)
        averaged = [(lead, n) for lead, n in zip(layout.leads, per_frame, strict=False) if n > 1]
        layout = replace(layout, averaged=tuple(averaged))
        fs, comments = float(fields["fs"]), fields["comments"]
    except Exception as error:  # wfdb raises errors of any kind
        raise ValueError(f"{path}.hea: the wfdb package cannot read this record ({error!r}).") from error
    signal = np.ascontiguousarray(signal.T * np.array([[factor or 1.0] for factor in factors]), np.float32)
    start = " ".join(split_header(path, text)[0][0].split()[4:6])
    return Header(path, layout, fs, signal.shape[1], [], comments, signal, start)


def _check_record(path, text):
    """Return the samples per frame of each signal of a record without segments.

    Raises
    ------
    ValueError
        If the record promises more than its files hold, or names files outside of its folder.
    """
    lines, _ = _lines(path, text)
    fields = lines[0].split()
    n_times = check_record_line(path, fields)
    if "/" not in fields[0]:
        _count_values(path, lines)
        return [_signal(path, line)[2] for line in lines[1:]]
    n_segments = fields[0].partition("/")[2]
    if not (n_segments.isdecimal() and len(n_segments) < 10 and 0 < int(n_segments) <= _SEGMENTS):
        raise ValueError(f"{path}.hea: promises {shorten(n_segments)} segments; skecg reads 1 to {_SEGMENTS}.")
    if len(lines) - 1 != int(n_segments):
        raise ValueError(f"{path}.hea: the first line promises {n_segments} segments, the header has {len(lines) - 1}.")
    segments = [_segment(path, line) for line in lines[1:]]
    if sum(length for _, length in segments) != n_times:
        raise ValueError(f"{path}.hea: the segments do not add up to the {n_times} samples of the record.")
    repeated = [name for name, n in Counter(name for name, _ in segments).items() if name != "~" and n > _REPEATS]
    if repeated:
        raise ValueError(f"{path}.hea: names the segment {shorten(repeated[0])} more than {_REPEATS} times.")
    headers = {name: _segment_header(path, name) for name in dict.fromkeys(name for name, _ in segments) if name != "~"}
    check_segments(path, fields, headers, variable=segments[0][1] == 0)
    held = {name: _count_values(*header) for name, header in headers.items()}
    most = max(_SMALL, _GAPS * sum(held.get(name, 0) for name, _ in segments))
    if n_times * int(fields[1]) > most:
        raise ValueError(f"{path}.hea: promises {n_times} samples of {fields[1]} signals; its files hold far fewer.")
    return []


def _lines(path, text):
    """Return lines and comments of a header as the wfdb package sees them."""
    return split_header(path, text.encode("ascii", "ignore").decode())


def _segment(path, line):
    """Return name and length of a segment."""
    name, length, *_ = [*line.split(), ""]
    if not (length.isdecimal() and len(length) < 20):
        raise ValueError(f"{path}.hea: {shorten(line)} does not name a segment and its length.")
    check_names(path, [name])
    return name, int(length)


def _segment_header(path, name):
    """Return the path and the lines of the header of a segment."""
    path = f"{path.rpartition('/')[0] or '.'}/{name}"
    lines, _ = _lines(path, read_text(path))
    if "/" in lines[0].split()[0]:
        raise ValueError(f"{path}.hea: a segment cannot have segments.")
    return path, lines


def _count_values(path, lines):
    """Return how many values the files of a record without segments hold.

    Raises
    ------
    ValueError
        If a file is missing, or holds fewer values than its header promises.
    """
    fields = lines[0].split()
    n_times = check_record_line(path, fields)
    if len(lines) - 1 != int(fields[1]) or int(fields[1]) > _SIGNALS:
        raise ValueError(
            f"{path}.hea: the first line promises {fields[1]} signals, the header has {len(lines) - 1}; "
            f"the wfdb package is given at most {_SIGNALS}."
        )
    files, skews = {}, [0]
    for line in lines[1:]:
        name, form, per_frame, skew, start = _signal(path, line)
        skews.append(skew)
        files.setdefault(name, [form, start, 0])[2] += per_frame
    check_names(path, files)
    held = sum(_compare(path, name, n_times, *rest) for name, rest in files.items() if name != "~")
    if max(skews) * sum(per_frame for _, _, per_frame in files.values()) > max(_SMALL, held):
        raise ValueError(f"{path}.hea: promises a skew of {max(skews)} samples, more than its files hold.")
    return held


def _signal(path, line):
    """Return file, format, samples per frame, skew and first byte of a signal line."""
    name, form, gain, *_ = [*line.split(None, 3), "", ""]
    try:
        form, per_frame, skew, start = signal_format(form)
        parse_gain(gain, None)
        if name != "~" and form not in _BITS and form not in _PACKED:
            raise ValueError(f"the wfdb package cannot read this record (the format {shorten(form)} is unknown).")
    except ValueError as error:
        raise ValueError(f"{path}.hea: {error}") from None
    return name, form, per_frame, skew, start


def _compare(path, name, n_times, form, start, per_frame):
    """Return how many values a signal file can hold; raise ValueError if its header promises more."""
    path = f"{path.rpartition('/')[0] or '.'}/{name}"
    try:
        n_bytes = max(file_size(path) - (0 if form in _PACKED else start), 0)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: the signal file cannot be read ({error}).") from None
    held = n_bytes * _PER_PACKED_BYTE + _SMALL if form in _PACKED else int(n_bytes * 8 / _BITS[form])
    promised = n_times * per_frame
    if promised > held + 1:  # the last sample of format 212 may be half a triple
        raise ValueError(f"{path}: is cut short. Its header promises {promised} values; it holds {held}.")
    return promised or held

"""The header and the samples of an EDF or BDF file (Kemp and others 1992, Kemp and Olivan 2003)."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np

from .._warn import warn
from ._edf_gaps import ANNOTATIONS, check_gaps, first_onset
from ._files import open_file

EDF, BDF = b"0       ", b"\xffBIOSEMI"  # how files begin
_HEAD = 256  # bytes of the header of the file, and of each signal
_SMALL = 2**24  # bytes up to which reading a file is quicker than a memory map of it
_FIELDS = {"label": 16, "transducer": 80, "unit": 8, "low": 8, "high": 8, "bottom": 8, "top": 8, "filters": 80}
_FIELDS |= {"n_samples": 8}


@dataclass(frozen=True)
class Signal:
    """What the header states of a signal; texts are as in the file, since a signal that is not read may be damaged."""

    label: str
    unit: str
    ranges: tuple[bytes, bytes, bytes, bytes]  # physical minimum and maximum, digital minimum and maximum
    start: int  # of its samples in a data record
    n_samples: int  # in a data record


@dataclass(frozen=True)
class EDFFile:
    """An EDF or BDF file, without its annotations.

    Parameters
    ----------
    head : bytes
        Its first 256 bytes.
    signals : tuple of Signal
    data : ndarray of shape (n_records, n_bytes)
        The data records, as bytes.
    width : int
        Bytes of a sample.
    onset : float
        The time in seconds between the start that the header states and the first sample.
    """

    head: bytes
    signals: tuple[Signal, ...]
    data: np.ndarray
    width: int
    onset: float

    @classmethod
    def open(cls, path):
        """Return the file; raise ValueError if its header promises more than it holds."""
        with open_file(path) as file:
            size, head = os.fstat(file.fileno()).st_size, file.read(_HEAD)
            width = 3 if head.startswith(BDF) else 2
            n_signals, n_bytes = _whole(head[252:256], "number of signals"), _whole(head[184:192], "size of the header")
            if n_bytes != _HEAD * (n_signals + 1) or n_bytes > size:
                raise ValueError(f"the header of {n_signals} signals promises {n_bytes} bytes; the file has {size}")
            fields = _fields(file.read(n_bytes - _HEAD), n_signals)
            lengths = [_whole(text, "number of samples") for text in fields["n_samples"]]
            if not lengths or min(lengths) == 0:
                raise ValueError("the header promises a signal without samples")
            sizes = [width * length for length in lengths]
            n_records = _n_records(head, size - n_bytes, sum(sizes), path)
            check_gaps(file, head, fields["label"], sizes, n_records)
            onset = first_onset(file, head, fields["label"], sizes)
            data = _data(file, path, n_bytes, (n_records, sum(sizes)))
        return cls(head, _signals(fields, lengths), data, width, onset)

    def rate(self, signal):
        """Return the rate of a signal in Hz."""
        duration = float(self.head[244:252])
        if not 0 < duration < math.inf:
            raise ValueError(f"the duration of a data record must be positive, got {duration:g} s")
        return signal.n_samples / duration

    def read(self, signals, factors):
        """Return the samples of signals of one length, of shape (n_leads, n_times), in mV.

        Parameters
        ----------
        signals : sequence of Signal
        factors : sequence of float
            What converts their units to mV.
        """
        n_records, n_samples = len(self.data), signals[0].n_samples
        digital = np.empty((len(signals), n_records, n_samples), "<i2" if self.width == 2 else "<i4")
        for values, signal in zip(digital, signals, strict=True):
            stop = signal.start + n_samples
            if self.width == 2:
                values[:] = self.data.view("<i2")[:, signal.start : stop]
            else:
                values[:] = _int24(self.data[:, 3 * signal.start : 3 * stop])
        low, high, bottom, top = np.array([_ranges(signal) for signal in signals]).T
        gain = (high - low) / (top - bottom)
        values = digital.reshape(len(signals), -1) + (high / gain - top)[:, None]
        values *= gain[:, None]
        values *= np.array(factors)[:, None]
        return values


def _int24(stored):
    """Return whole numbers of three bytes."""
    digital = np.zeros((len(stored), stored.shape[1] // 3, 4), np.uint8)
    digital[..., 1:] = stored.reshape(len(stored), -1, 3)
    return digital.view("<i4")[..., 0] >> 8  # a shift keeps the sign


def _fields(header, n_signals):
    """Return the fields of all signals: the header has those of one name together."""
    fields, place = {}, 0
    for name, width in _FIELDS.items():
        fields[name] = [header[i : i + width] for i in range(place, place + n_signals * width, width)]
        place += n_signals * width
    return fields


def _signals(fields, lengths):
    """Return the signals without those of annotations."""
    starts, found = np.cumsum([0, *lengths]).tolist(), []
    for i, label in enumerate(fields["label"]):
        if label.rstrip() not in ANNOTATIONS:
            ranges = tuple(fields[name][i] for name in ("low", "high", "bottom", "top"))
            found.append(Signal(text_of(label), text_of(fields["unit"][i]), ranges, starts[i], lengths[i]))
    return tuple(found)


def _n_records(head, n_bytes, n_bytes_each, path):
    """Return the number of whole data records; warn if the header states fewer, or a part of one is left."""
    there, rest = divmod(n_bytes, n_bytes_each)
    stated = head[236:244].strip()
    n_records = there if stated == b"-1" else _whole(stated, "number of data records")  # -1 while it is recorded
    if n_records > there:
        raise ValueError(f"the file is cut short: its header promises {n_records} data records, there are {there}")
    if n_records < there or rest:
        left = f", and {rest} bytes of another one, which are not read" if rest else ""
        warn(f"{path}: the header states {n_records} data records; all {there} of the file are read{left}.")
    return there


def _data(file, path, start, shape):
    n_bytes = shape[0] * shape[1]
    if n_bytes > _SMALL:
        return np.memmap(path, np.uint8, "r", start, shape)
    file.seek(start)
    return np.frombuffer(file.read(n_bytes), np.uint8).reshape(shape)


def _ranges(signal):
    """Return the ranges of a signal as numbers; raise ValueError if they are none."""
    try:
        (low, high), (bottom, top) = map(float, signal.ranges[:2]), map(int, signal.ranges[2:])
        sound = math.isfinite(low) and math.isfinite(high) and low != high and bottom < top
    except ValueError:
        sound = False
    if not sound:
        low, high, bottom, top = (text.decode("latin-1").strip() for text in signal.ranges)
        raise ValueError(f"{signal.label} has the physical range {low} to {high}, the digital range {bottom} to {top}")
    return low, high, bottom, top


def text_of(field):
    """Return the text of a field, which should be ASCII: as UTF-8, or else as ISO-8859-1."""
    try:
        return field.decode("utf-8").strip()
    except UnicodeDecodeError:
        return field.decode("latin-1").strip()


def _whole(field, name):
    text = field.decode("latin-1").strip()
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"the {name} must be a whole number, got {text!r}")
    return int(text)

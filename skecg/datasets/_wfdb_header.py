"""Parser of the headers of WFDB records, which parses each kind of header once.

The headers of one source differ only in names, first values and checksums. The common part is a
`Layout`, which is parsed once and then looked up by its text. The wfdb package reads the headers
that use more than our grammar (several samples per frame, several segments, gaps in the fields).
The grammar is that of https://physionet.org/physiotools/wag/header-5.htm.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from skecg.records import STANDARD_LEADS

from ._base import join_names
from ._files import leaves_folder, read_bytes
from ._wfdb_formats import FORMATS

_SIGNAL = re.compile(  # file, format, gain, resolution, zero, (first value, checksum, block size), name
    r"(\S+)\s+(\S+)(?:\s+(\S+)(?:\s+(\d+)(?:\s+(-?\d+)(?:\s+-?\d+(?:\s+(-?\d+)(?:\s+\d+(?:\s+(\S.*))?)?)?)?)?)?)?"
)
_FORMAT = re.compile(r"(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?")
_GAIN = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)?(?:\(([-+]?\d+)\))?(?:/(\S*))?")
_RATE = re.compile(r"(\d+(?:\.\d*)?)(?:/.*)?")
_IN_MILLIVOLTS = {"nv": 1e-6, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "mv": 1.0, "v": 1e3}
_IN_MILLIVOLTS |= {"microvolt": 1e-3, "uvolt": 1e-3, "millivolt": 1.0, "mvolt": 1.0, "volt": 1e3}
_STANDARD = {lead.upper(): lead for lead in STANDARD_LEADS}
# Limits far beyond what is in use, which keep damaged headers from being taken for records.
_HEADER_BYTES, _LINE = 2**21, 2**12  # of a header, and characters of a line
MOST_SIGNALS = 2**14
_RATES = (1e-3, 1e6)  # Hz
_GAINS = (1e-4, 1e12)  # digital units per mV
_MOST = {"start": 2**40, "skew": 2**20, "baseline": 2**31, "samples per frame": 10_000}
_KEPT = 256  # largest number of signals of a layout that is kept for other headers


@dataclass(frozen=True, eq=False)
class SignalFile:
    """The part of a layout that lies in one file: interleaved signals of one format."""

    format: str
    start: int  # bytes before the first sample
    signals: np.ndarray  # which signals of the record these are
    gain: np.ndarray  # digital units per mV (per unit if the unit is not a voltage)
    baseline: np.ndarray
    skew: np.ndarray  # samples by which a signal is late in the file


@dataclass(frozen=True, eq=False)
class Layout:
    """The common part of the headers of similar records, compared by identity."""

    leads: tuple[str, ...]
    files: tuple[SignalFile, ...]
    odd_units: tuple[tuple[str, str], ...]  # (lead, unit) if the unit is not a voltage
    texts: tuple[tuple[str | int | None, ...], ...] = ()  # of all signal lines, if our grammar covers them
    averaged: tuple[tuple[str, int], ...] = ()  # (lead, samples per frame) if the wfdb package averages them

    def __reduce__(self):  # so that equal layouts are one object in every process
        return (_layout, (self.texts,)) if self.texts else object.__reduce__(self)


@dataclass(slots=True)
class Header:
    """The header of one record."""

    path: str  # without the suffix
    layout: Layout
    fs: float
    n_times: int
    files: list[str]
    comments: list[str]
    signal: np.ndarray | None = None  # set if the wfdb package has read the record
    start: str = ""  # time and date as the record line has them
    checksums: list | None = None  # of all signals

    def __reduce__(self):  # takes a quarter of the time of the default for slots
        return Header, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def name(self):
        return self.path.rpartition("/")[2]


def standard_lead(name):
    """Return the usual spelling of one of the twelve leads, AVR as aVR; other names unchanged."""
    return _STANDARD.get(name.upper(), name)


def choose_leads(leads, there, path):
    """Return the row of each wanted lead in a record that has the leads `there`, and the names of the wanted leads.

    Raises
    ------
    ValueError
        If a lead is missing, or wanted twice.
    """
    leads = there if leads is None else tuple(map(standard_lead, leads))
    row_of = {lead: i for i, lead in enumerate(there)}
    absent = [lead for lead in leads if lead not in row_of]
    if absent:
        raise ValueError(f"{path}: there is no lead {join_names(absent)}; the leads are {join_names(there)}.")
    if len(set(leads)) < len(leads):
        raise ValueError(f"leads must be different names, got {list(leads)}.")
    return [row_of[lead] for lead in leads], leads


def in_millivolts(unit):
    """Return the factor that converts a unit to mV, or None if the unit is not a voltage."""
    return _IN_MILLIVOLTS.get(unit.lower().removesuffix("s")) if unit != "MV" else None


def read_text(path):
    """Return the text of a header file."""
    try:
        data = read_bytes(f"{path}.hea", _HEADER_BYTES)
    except FileNotFoundError:
        if Path(path).is_dir():
            hint = "read_wfdb takes its headers, as Path(folder).glob('*.hea'); with labels, read_wfdb_folder takes it"
            raise ValueError(f"{path} is a folder; {hint}.") from None
        raise ValueError(f"{path}.hea: there is no such header file.") from None
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        raise ValueError(f"{path}.hea: cannot be read ({getattr(error, 'strerror', error)}).") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse_header(path, text):
    """Return the Header of a record, or None if the wfdb package has to read it."""
    lines, comments = split_header(path, text)
    fields = lines[0].split()
    n_times = check_record_line(path, fields)
    if "/" in fields[0] or not n_times or len(fields) < 3:
        return None  # several segments, or a length that only the signal file gives
    if len(lines) - 1 != int(fields[1]) or len(lines) == 1:
        raise ValueError(f"{path}.hea: the first line promises {fields[1]} signals, the header has {len(lines) - 1}.")
    files, texts, checksums = {}, [], []
    for line in lines[1:]:
        match = _SIGNAL.fullmatch(line)
        if match is None or match[1] == "~":
            return None
        name, *text, checksum, lead = match.groups()
        texts.append((files.setdefault(name, len(files)), *text, lead))
        checksums.append(int(checksum or 0) % 2**16)
    check_names(path, files)
    try:
        layout = (_layout if len(texts) <= _KEPT else _layout.__wrapped__)(tuple(texts))
    except ValueError as error:
        raise ValueError(f"{path}.hea: {error}") from None
    start = " ".join(fields[4:6])
    sums = checksums if any(checksums) else None
    return layout and Header(path, layout, rate_of(fields[2]), n_times, list(files), comments, None, start, sums)


def split_header(path, text):
    """Return the lines and the comments of a header; raise ValueError if no header has such lines."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    comments = [line.lstrip("#").strip() for line in lines if line[0] == "#"]
    if comments:
        lines = [line for line in lines if line[0] != "#"]
    if not lines or max(map(len, lines)) > _LINE:
        shown = shorten(max(lines, key=len)) if lines else "''"
        raise ValueError(f"{path}.hea: is no WFDB header; {'a' if lines else 'its first'} line is {shown}.")
    return lines, comments


def check_record_line(path, fields):
    """Return the number of samples that the first line gives, or 0; raise ValueError if it is no record line."""
    if len(fields) < 2 or not fields[1].isdecimal():
        raise ValueError(f"{path}.hea: is no WFDB header; its first line is {shorten(' '.join(fields))}.")
    if len(fields[1]) > 9 or int(fields[1]) > MOST_SIGNALS:
        promised = shorten(fields[1])
        raise ValueError(f"{path}.hea: the first line promises {promised} signals; skecg reads at most {MOST_SIGNALS}.")
    if len(fields) > 2 and rate_of(fields[2]) is None:
        raise ValueError(
            f"{path}.hea: the sampling rate must be a positive number in Hz, from {_RATES[0]:g} to {_RATES[1]:.0f}; "
            f"got {shorten(fields[2])}."
        )
    if len(fields) > 3 and not (fields[3].isdecimal() and len(fields[3]) < 20):
        raise ValueError(f"{path}.hea: the number of samples must be a whole number, got {shorten(fields[3])}.")
    return int(fields[3]) if len(fields) > 3 else 0


def rate_of(text):
    """Return the sampling rate that a header gives, or None if it is none."""
    match = _RATE.fullmatch(text)
    return float(match[1]) if match and is_rate(float(match[1])) else None


def is_rate(fs):
    """Return whether a recorder could have the rate `fs`, in Hz."""
    return _RATES[0] <= fs <= _RATES[1]


def check_names(path, names):
    """Raise ValueError if a header names a file outside of its folder."""
    for name in names:
        if leaves_folder(name):
            raise ValueError(f"{path}.hea: names the file {shorten(name)}, which leads out of its folder.")


def shorten(text):
    """Return the start of a text for a message."""
    return repr(text[:60]) + ("..." if len(text) > 60 else "")


@lru_cache(maxsize=4096)
def _layout(texts):
    """Return the Layout of the texts of all signal lines, or None if our grammar does not cover them."""
    signals = [_signal(*text) for text in texts]
    if None in signals:
        return None
    rows = {}
    for i, text in enumerate(texts):
        rows.setdefault(text[0], []).append(i)
    files = []
    for number in sorted(rows):
        formats, starts, gains, baselines, skews, _ = zip(*(signals[i] for i in rows[number]), strict=True)
        if len(set(formats)) > 1:
            return None
        arrays = np.array(rows[number]), np.array(gains), np.array(baselines, np.float64), np.array(skews)
        files.append(SignalFile(formats[0], starts[0], *arrays))
    units = [signal[-1] for signal in signals]
    return named_layout([text[-1] for text in texts], units, map(in_millivolts, units), tuple(files), texts)


def named_layout(names, units, factors, files=(), texts=()):
    leads = unique_leads(names)
    odd = [(lead, unit) for lead, unit, factor in zip(leads, units, factors, strict=True) if factor is None]
    return Layout(leads, files, tuple(odd), texts)


def _signal(_, layout, gain, resolution, zero, name):
    """Return format, start, gain in mV, baseline, skew and unit of one signal line, or None."""
    scale, baseline, unit = parse_gain(gain, zero)
    form, per_frame, skew, start = signal_format(layout)
    if form not in FORMATS or per_frame != 1:
        return None
    return form, start, scale, baseline, skew, unit


def signal_format(text):
    """Return format, samples per frame, skew and first byte of a signal; raise ValueError if no signal has them."""
    match = _FORMAT.fullmatch(text)
    if match is None:
        raise ValueError(f"the format of a signal must be like 16 or 16x1:0+24, got {shorten(text)}.")
    per_frame = _whole(match[2], "samples per frame") if match[2] else 1
    return match[1], per_frame, _whole(match[3], "skew"), _whole(match[4], "start")


def parse_gain(gain, zero):
    """Return the gain per mV, the baseline and the unit of a signal line; raise ValueError if no signal has them."""
    match = _GAIN.fullmatch(gain or "")
    if match is None:
        raise ValueError(f"the gain of a signal must be a number, as 200(0)/mV; got {shorten(gain)}.")
    unit = match[3] or "mV"
    scale = float(match[1] or 0) or 200.0  # 0 or no gain means the default gain of the format
    scale /= in_millivolts(unit) or 1.0
    vanished = match[1] and float(match[1]) == 0 and re.search("[1-9]", match[1].lower().partition("e")[0])
    if vanished or not _GAINS[0] <= abs(scale) <= _GAINS[1]:
        raise ValueError(f"the gain {shorten(gain)} is out of range: {scale:g} units per mV.")
    return scale, _whole(match[2] or zero, "baseline"), unit


def _whole(text, name):
    """Return the whole number in a field; raise ValueError if it is far beyond what is in use."""
    if not text:
        return 0
    if len(text) > 19 or abs(int(text)) > _MOST[name]:
        raise ValueError(f"the {name} of a signal must be at most {_MOST[name]}, got {shorten(text)}.")
    return int(text)


def unique_leads(names):
    """Return standard lead names; a signal without a name becomes "lead 0", and a second "ECG" becomes "ECG 2"."""
    leads, numbers = {}, {}
    for i, name in enumerate(names):
        lead = free = standard_lead(name) if name else f"lead {i}"
        while free in leads:
            numbers[lead] = numbers.get(lead, 1) + 1
            free = f"{lead} {numbers[lead]}"
        leads[free] = None
    return tuple(leads)


def call_wfdb(function, *args):
    """Call a function of the wfdb package; import wfdb late, as it is slow, and ignore its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb

        return getattr(wfdb, function)(*args)

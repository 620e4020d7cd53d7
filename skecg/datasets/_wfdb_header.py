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

from ._wfdb_formats import FORMATS

_SIGNAL = re.compile(  # file, format, gain, resolution, zero, (first value, checksum, block size), name
    r"(\S+)\s+(\S+)(?:\s+(\S+)(?:\s+(\d+)(?:\s+(-?\d+)(?:\s+-?\d+(?:\s+-?\d+(?:\s+\d+(?:\s+(\S.*))?)?)?)?)?)?)?"
)
_FORMAT = re.compile(r"(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?")
_GAIN = re.compile(r"(-?\d+\.?\d*(?:[eE][-+]?\d+)?)?(?:\((-?\d+)\))?(?:/(\S+))?")
_RATE = re.compile(r"(\d+\.?\d*)(?:/.*)?")
_IN_MILLIVOLTS = {"nv": 1e-6, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "microvolt": 1e-3, "mv": 1.0, "v": 1e3, "volt": 1e3}
_SEXES = {"m": "male", "male": "male", "f": "female", "female": "female"}
_STANDARD = {lead.upper(): lead for lead in STANDARD_LEADS}


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

    def __reduce__(self):  # takes a quarter of the time of the default for slots
        return Header, (self.path, self.layout, self.fs, self.n_times, self.files, self.comments, self.signal)

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
    absent = [lead for lead in leads if lead not in there]
    if absent:
        raise ValueError(f"{path}: there is no lead {', '.join(absent)}; the leads are {', '.join(there)}.")
    if len(set(leads)) < len(leads):
        raise ValueError(f"leads must be different names, got {list(leads)}.")
    return [there.index(lead) for lead in leads], leads


def in_millivolts(unit):
    """Return the factor that converts a unit to mV, or None if the unit is not a voltage."""
    return _IN_MILLIVOLTS.get(unit.lower()) if unit != "MV" else None


def read_text(path):
    """Return the text of a header file."""
    try:
        with open(f"{path}.hea", "rb", buffering=0) as file:  # noqa: PTH123, a Path would double the time
            data = file.read()
    except FileNotFoundError:
        if Path(path).is_dir():
            hint = "read_wfdb takes its headers, as Path(folder).glob('*.hea'); with labels, read_wfdb_folder takes it"
            raise ValueError(f"{path} is a folder; {hint}.") from None
        raise ValueError(f"{path}.hea: there is no such header file.") from None
    except OSError as error:
        raise ValueError(f"{path}.hea: cannot be read ({error.strerror}).") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_comments(path):
    """Return age, sex and dx from the comments of a header."""
    lines = map(str.strip, read_text(path).splitlines())
    return comment_fields([line.lstrip("#").strip() for line in lines if line.startswith("#")])


def parse_header(path, text):
    """Return the Header of a record, or None if the wfdb package has to read it."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    comments = [line.lstrip("#").strip() for line in lines if line[0] == "#"]
    if comments:
        lines = [line for line in lines if line[0] != "#"]
    fields = lines[0].split() if lines else []
    if len(fields) < 2 or not fields[1].isdecimal():
        raise ValueError(f"{path}.hea: is no WFDB header; its first line is {lines[0][:60] if lines else ''!r}.")
    if "/" in fields[0] or len(fields) < 4 or not fields[3].isdecimal() or int(fields[3]) == 0:
        return None  # several segments, or a length that only the signal file gives
    rate = _RATE.fullmatch(fields[2])
    if rate is None or float(rate[1]) == 0:
        raise ValueError(f"{path}.hea: the sampling rate must be a positive number in Hz, got {fields[2]!r}.")
    if len(lines) - 1 != int(fields[1]) or len(lines) == 1:
        raise ValueError(f"{path}.hea: the first line promises {fields[1]} signals, the header has {len(lines) - 1}.")
    files, texts = [], []
    for line in lines[1:]:
        match = _SIGNAL.fullmatch(line)
        if match is None or match[1] == "~":
            return None
        if match[1] not in files:
            files.append(match[1])
        texts.append((files.index(match[1]), *match.groups()[1:]))
    layout = _layout(tuple(texts))
    return layout and Header(path, layout, float(rate[1]), int(fields[3]), files, comments)


@lru_cache(maxsize=4096)
def _layout(texts):
    """Return the Layout of the texts of all signal lines, or None if our grammar does not cover them."""
    signals = [_signal(*text) for text in texts]
    if None in signals:
        return None
    files = []
    for number in range(1 + max(text[0] for text in texts)):
        rows = [i for i, text in enumerate(texts) if text[0] == number]
        formats, starts, gains, baselines, skews, _ = zip(*(signals[i] for i in rows), strict=True)
        if len(set(formats)) > 1:
            return None
        arrays = np.array(rows), np.array(gains), np.array(baselines, np.float64), np.array(skews)
        files.append(SignalFile(formats[0], starts[0], *arrays))
    units = [signal[-1] for signal in signals]
    return _named_layout([text[-1] for text in texts], units, map(in_millivolts, units), tuple(files), texts)


def _named_layout(names, units, factors, files=(), texts=()):
    leads = _unique_leads(names)
    odd = [(lead, unit) for lead, unit, factor in zip(leads, units, factors, strict=True) if factor is None]
    return Layout(leads, files, tuple(odd), texts)


def _signal(_, layout, gain, resolution, zero, name):
    """Return format, start, gain in mV, baseline, skew and unit of one signal line, or None."""
    layout, gain = _FORMAT.fullmatch(layout), _GAIN.fullmatch(gain or "")
    if layout is None or gain is None or layout[1] not in FORMATS or layout[2] not in (None, "1"):
        return None
    unit = gain[3] or "mV"
    factor = in_millivolts(unit)
    scale = float(gain[1] or 0) or 200.0  # 0 or no gain means the default gain of the format
    baseline = int(gain[2] or zero or 0)
    return layout[1], int(layout[4] or 0), scale / (factor or 1.0), baseline, int(layout[3] or 0), unit


def _unique_leads(names):
    """Return standard lead names; a signal without a name becomes "lead 0", and a second "ECG" becomes "ECG 2"."""
    leads = []
    for i, name in enumerate(names):
        lead = standard_lead(name) if name else f"lead {i}"
        number, free = 1, lead
        while free in leads:
            number += 1
            free = f"{lead} {number}"
        leads.append(free)
    return tuple(leads)


def call_wfdb(function, *args):
    """Call a function of the wfdb package; import wfdb late, as it is slow, and ignore its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb

        return getattr(wfdb, function)(*args)


def read_with_wfdb(path):
    """Return the Header of a record that needs the wfdb package, including its signal."""
    try:
        signal, fields = call_wfdb("rdsamp", path)
    except Exception as error:  # wfdb raises errors of any kind
        raise ValueError(f"{path}.hea: the wfdb package cannot read this record ({error!r}).") from error
    if signal is None or signal.size == 0:
        raise ValueError(f"{path}.hea: the record holds no signal.")
    factors = [in_millivolts(unit or "mV") for unit in fields["units"]]
    signal = np.ascontiguousarray(signal.T * np.array([[factor or 1.0] for factor in factors]), np.float32)
    layout = _named_layout(fields["sig_name"], fields["units"], factors)
    return Header(path, layout, float(fields["fs"]), signal.shape[1], [], fields["comments"], signal)


def comment_fields(comments):
    """Return age (float, years), sex ("male", "female") and dx (text) from comments like "Age: 74"."""
    pairs = (comment.partition(":") for comment in comments)
    texts = {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}
    fields = {}
    if "age" in texts:
        fields["age"] = float(texts["age"]) if re.fullmatch(r"\d+(\.\d*)?", texts["age"]) else np.nan
    if "sex" in texts:
        fields["sex"] = sex_of(texts["sex"])
    if "dx" in texts:
        fields["dx"] = texts["dx"]
    return fields


def sex_of(text):
    """Return "male" or "female" for M, Male, f, ..., None for anything else."""
    return _SEXES.get(text.strip().lower())

"""Reader of EDF files, which uses the edfio package."""

from __future__ import annotations

import contextlib
import datetime
import os
import re

import numpy as np

from skecg.records.patient import age_at, age_in_years, sex_of

from .._scikit_learn import validate_params
from ._base import READING, fill_options
from ._edf_gaps import GapError, check_gaps
from ._files import file_size, open_file, read_bytes
from ._metadata import metadata_table
from ._reading import Reading, load_each
from ._wfdb_header import choose_leads, in_millivolts, unique_leads

__all__ = ["read_edf"]

AGE = "age="  # how an additional field of the patient states the age, for which EDF+ has no field
EDF, BDF = b"0       ", b"\xffBIOSEMI"  # how files begin
_UNKNOWN_DAY = datetime.date(1985, 1, 1)  # the first day that EDF can write stands for no day

_SMALL = 2**24  # bytes up to which reading a file is quicker than a memory map of it
_BEFORE_SAMPLES = 16 + 80 + 5 * 8 + 80  # bytes for each signal in front of the numbers of samples
_KIND = re.compile(r"(ecg|ekg)[ _-]+(?=\S)", re.IGNORECASE)  # EDF+ names a signal "ECG V1"


@validate_params(
    {"paths": ["array-like", str, os.PathLike]} | {name: READING[name] for name in READING if name != "limit"},
    prefer_skip_nested_validation=True,
)
@fill_options
def read_edf(paths, *, leads=None, fs=None, n_jobs=None, verbose=1, on_error="raise", save_to=None):
    """Read EDF, EDF+ or BDF files into an `ECGRecords`.

    Needs the edfio package: `pip install "skecg[edf]"`.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        The files; each file is one record.
    leads : sequence of str, default=None
        Names of the leads to read, in this order, in upper or lower case, without the "ECG" of
        EDF+. By default all voltage signals of the first file.
    fs : float, default=None
        Rate in Hz to which every record is resampled while reading; by default each record keeps its rate.
    **n_jobs
    **verbose
    on_error : {"raise", "warn"}, default="raise"
        What to do with a damaged file: raise, or skip the file with a warning that names it.
    **save_to

    Returns
    -------
    records : ECGRecords
        Signals in mV. Metadata, as far as the file gives them as EDF+ does: `age` in whole years, from the date
        of birth, `sex`, `patient_id`, and `time`, when the recording began. The index is the file name without suffix.

    Raises
    ------
    ImportError
        If edfio is not installed.
    ValueError
        If a file is missing or damaged, the recording is interrupted (EDF+D), its leads differ in their rates,
        or a lead is missing or is not a voltage. The message names the file.

    Examples
    --------
    >>> from skecg.datasets import read_edf
    >>> records = read_edf(["holter.edf"], leads=["V1", "V5"], fs=100)  # doctest: +SKIP
    """
    try:
        import edfio  # noqa: F401
    except ImportError as error:
        raise ImportError("Reading EDF files needs edfio: pip install 'skecg[edf]'.") from error
    paths = [os.fspath(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    return load_each(paths, _read, reading, lambda _, described: metadata_table(described))[0]


def _read(path, leads):
    """Return signal, rate and leads of one file, and what it says."""
    *found, patient = read_signals(path, *open_edf(path), leads)
    return *found, patient | {"record": os.path.splitext(os.path.basename(path))[0]}  # noqa: PTH119, PTH122


def open_edf(path):
    """Return the file, its signals by the names of their leads, and the factors that convert them to mV, or None."""
    try:
        import edfio
    except ImportError as error:
        raise ImportError("Reading EDF files needs edfio: pip install 'skecg[edf]'.") from error
    place = os.path.expanduser(path)  # noqa: PTH111
    try:
        bdf = _check(place)
        source = read_bytes(place, _SMALL) if file_size(place) <= _SMALL else place
        edf = (edfio.read_bdf if bdf else edfio.read_edf)(source)
        found = edf.signals  # the package looks for annotations each time
        signals = dict(zip(unique_leads([_KIND.sub("", signal.label.strip()) for signal in found]), found, strict=True))
        return edf, signals, {lead: in_millivolts(_unit(signal)) for lead, signal in signals.items()}
    except GapError as error:
        raise ValueError(f"{path}: {error}.") from None
    except Exception as error:  # edfio raises errors of any kind on damaged files
        raise ValueError(f"{path} is no EDF file that can be read ({error!r}).") from error


def read_signals(path, edf, signals, factors, leads):
    """Return signal, rate and leads of an open file, and age, sex, patient and time."""
    there = tuple(lead for lead in signals if leads is not None or factors[lead] is not None)
    _, leads = choose_leads(leads, there, path)
    odd = [f"{lead} in {signals[lead].physical_dimension!r}" for lead in leads if factors[lead] is None]
    if odd or not leads:
        raise ValueError(f"{path}: {', '.join(odd) or 'there'} is no voltage; choose others with `leads`.")
    rates = {lead: float(signals[lead].sampling_frequency) for lead in leads}
    if len(set(rates.values())) > 1:
        listed = ", ".join(f"{lead} {fs:g} Hz" for lead, fs in rates.items())
        raise ValueError(f"{path}: the leads differ in their rates ({listed}); choose some with `leads`.")
    try:
        for lead in leads:
            _check_ranges(signals[lead])
        signal = np.stack([signals[lead].data * factors[lead] for lead in leads])
    except Exception as error:  # as above: edfio reads the samples only now
        raise ValueError(f"{path} is no EDF file that can be read ({error!r}).") from error
    return signal, rates[leads[0]], leads, _patient(edf)


def _unit(signal):
    """Return the unit of a signal. EDF has no micro sign, and edfio replaces its one or two bytes."""
    return re.sub("^\ufffd{1,2}V$", "uV", signal.physical_dimension.strip())


def _check(path):
    """Return whether a file is BDF; raise ValueError if its header promises more than the file holds."""
    with open_file(path) as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(256)
        width = 3 if head.startswith(BDF) else 2
        n_signals = _whole(head[252:256], "number of signals")
        n_bytes = _whole(head[184:192], "size of the header")
        if n_bytes != 256 * (n_signals + 1) or n_bytes > size:
            raise ValueError(f"the header of {n_signals} signals promises {n_bytes} bytes; the file has {size}")
        fields = file.read(n_bytes - 256)
        labels = [fields[16 * i : 16 * i + 16] for i in range(n_signals)]
        fields = fields[_BEFORE_SAMPLES * n_signals :]
        sizes = [width * _whole(fields[8 * i : 8 * i + 8], "number of samples") for i in range(n_signals)]
        if not sizes or min(sizes) == 0:
            raise ValueError("the header promises a signal without samples")
        there = (size - n_bytes) // sum(sizes)
        unknown = head[236:244].strip() == b"-1"
        n_records = there if unknown else _whole(head[236:244], "number of data records")
        if n_records > there:
            raise ValueError(f"the file is cut short: its header promises {n_records} data records, there are {there}")
        check_gaps(file, head, labels, sizes, n_records)
    return width == 3


def _check_ranges(signal):
    """Raise ValueError if a signal has no ranges, for which edfio returns digital values."""
    (low, high), (bottom, top) = signal.physical_range, signal.digital_range
    if not (np.isfinite([low, high]).all() and low != high and bottom < top):
        raise ValueError(f"{signal.label} has the physical range {low} to {high}, the digital range {bottom} to {top}")


def _whole(field, name):
    text = field.decode("latin-1").strip()
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"the {name} must be a whole number, got {text!r}")
    return int(text)


def _patient(edf):
    """Return age, sex, patient and time, if the file gives them as EDF+ does."""
    found = {"age": None, "sex": None, "patient_id": None, "time": None, "device": None}
    with contextlib.suppress(Exception):  # edfio raises if a field is anonymous or the file is plain EDF
        found["time"] = None if edf.startdate == _UNKNOWN_DAY else edf.startdatetime
    with contextlib.suppress(Exception):
        if edf.patient.sex not in ("M", "F", "X"):  # the field of plain EDF holds any text
            return found
        found["sex"] = sex_of(edf.patient.sex)
        found["patient_id"] = _unless_unknown(edf.patient.code)
        stated = [text.removeprefix(AGE) for text in edf.patient.additional if text.startswith(AGE)]
        found["age"] = age_in_years(stated[0]) if stated else None
        found["age"] = age_at(edf.patient.birthdate, edf.startdate)
    with contextlib.suppress(Exception):
        found["device"] = _unless_unknown(edf.recording.equipment_code)
    return found


def _unless_unknown(code):
    return None if code in ("X", "") else code

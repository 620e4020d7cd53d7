"""Reader of EDF files."""

from __future__ import annotations

import os
import re

from .._scikit_learn import validate_params
from ._base import READING, fill_options
from ._edf_file import EDFFile
from ._edf_gaps import GapError
from ._edf_patient import patient_of
from ._metadata import metadata_table
from ._reading import Reading, load_each
from ._wfdb_header import choose_leads, in_millivolts, unique_leads

__all__ = ["read_edf"]

_KIND = re.compile(r"(ecg|ekg)[ _-]+(?=\S)", re.IGNORECASE)  # EDF+ names a signal "ECG V1"


@validate_params(
    {"paths": ["array-like", str, os.PathLike]} | {name: READING[name] for name in READING if name != "limit"},
    prefer_skip_nested_validation=True,
)
@fill_options
def read_edf(paths, *, leads=None, fs=None, n_jobs=None, verbose=1, on_error="raise", save_to=None):
    """Read EDF, EDF+ or BDF files into an `ECGRecords`.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        The files; each file is one record.
    leads : sequence of str or "common", default=None
        Names of the leads to read, in this order, in upper or lower case, without the "ECG" of
        EDF+; "common" means those that all files have. By default all voltage signals, as in `read_ecg`.
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
    ValueError
        If a file is missing or damaged, the recording is interrupted (EDF+D), its leads differ in their rates,
        or a lead is missing or is not a voltage. The message names the file.

    Examples
    --------
    >>> from skecg.datasets import read_edf
    >>> records = read_edf(["holter.edf"], leads=["V1", "V5"], fs=100)  # doctest: +SKIP
    """
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
        edf = EDFFile.open(os.path.expanduser(path))  # noqa: PTH111
    except GapError as error:
        raise ValueError(f"{path}: {error}.") from None
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is no EDF file that can be read ({error}).") from error
    leads = unique_leads([_KIND.sub("", signal.label) for signal in edf.signals])
    signals = dict(zip(leads, edf.signals, strict=True))
    return edf, signals, {lead: in_millivolts(signal.unit) for lead, signal in signals.items()}


def read_signals(path, edf, signals, factors, leads):
    """Return signal, rate and leads of an open file, and age, sex, patient and time."""
    there = tuple(lead for lead in signals if leads is not None or factors[lead] is not None)
    _, leads = choose_leads(leads, there, path)
    odd = [f"{lead} in {signals[lead].unit!r}" for lead in leads if factors[lead] is None]
    if odd or not leads:
        raise ValueError(f"{path}: {', '.join(odd) or 'there'} is no voltage; choose others with `leads`.")
    try:
        rates = {lead: edf.rate(signals[lead]) for lead in leads}
        if len(set(rates.values())) > 1:
            listed = ", ".join(f"{lead} {fs:g} Hz" for lead, fs in rates.items())
            raise ValueError(f"the leads differ in their rates ({listed}); choose some with `leads`")
        signal = edf.read([signals[lead] for lead in leads], [factors[lead] for lead in leads])
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{path}: {error}.") from error
    return signal, rates[leads[0]], leads, patient_of(edf.head, edf.onset)

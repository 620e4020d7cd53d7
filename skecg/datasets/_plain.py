"""Read tables of numbers: CSV and MATLAB files, which do not state a rate."""

from __future__ import annotations

import numpy as np

from ..records import STANDARD_LEADS
from ._csv_signal import read_csv_signal
from ._matlab_signal import is_matlab, read_matlab_signal
from ._wfdb_header import in_millivolts
from .formats._recording import Recording, age_in_years, sex_of, usual_lead

_HDF5 = b"\x89HDF"


def read_plain(path, head, file_fs, units):
    """Return the `Recording` of a CSV or MATLAB file, or None if the file is neither.

    Parameters
    ----------
    path : str
    head : bytes
        How the file begins.
    file_fs : float or None
        Its rate in Hz.
    units : str or None
        The unit of its values.

    Raises
    ------
    ValueError
        If the file is damaged, no rate is given, or what the file says of rate and unit differs from what is given.
    """
    if head.startswith((b"MATLAB 7.3", _HDF5)):
        raise ValueError("it is a file of MATLAB 7.3 (HDF5); save it with -v7")
    if is_matlab(head):
        found, kind = read_matlab_signal(path), "MATLAB"
    else:
        found, kind = read_csv_signal(path, head), "CSV"
    if found is None:
        return None
    if file_fs is None:
        raise ValueError(f"it is a {kind} file, which states no rate: pass its rate in Hz as file_fs")
    found.check_rate(file_fs)
    signal = np.asarray(found.signal, np.float64) * _factor(found, units)
    leads = [usual_lead(lead) for lead in found.leads] if found.leads else _leads(len(signal))
    return Recording(signal, tuple(leads), float(file_fs), kind, age=age_in_years(found.age), sex=sex_of(found.sex))


def _leads(n_leads):
    """Return the names of leads that a file does not name, as `ECGRecords` does."""
    return STANDARD_LEADS if n_leads == len(STANDARD_LEADS) else [f"lead {i}" for i in range(n_leads)]


def _factor(found, units):
    """Return what converts the values to mV; raise ValueError if their unit is unknown or differs."""
    stated = found.unit
    if stated is not None and units is not None and in_millivolts(stated) != in_millivolts(units):
        raise ValueError(f"the file states its values in {stated}, but units is {units}")
    unit = stated or units
    if unit is None:
        finite = found.signal[np.isfinite(found.signal)]
        if finite.size and (finite == np.rint(finite)).all() and np.ptp(finite) > 1:
            raise ValueError(
                f"the values are whole numbers, {finite.min():g} to {finite.max():g}, and their unit is not stated: "
                "pass it as units"
            )
        unit = "mV"
    return in_millivolts(unit)

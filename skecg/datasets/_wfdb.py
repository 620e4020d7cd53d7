"""A fast reader of WFDB records, with the values of `wfdb.rdsamp`."""

from __future__ import annotations

import os
import warnings
from numbers import Real
from pathlib import Path

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions, validate_params
from tqdm import tqdm

from skecg.records import ECGRecords

from ._base import Faults
from ._wfdb_blocks import blocks, n_times_at, read_block
from ._wfdb_header import comment_fields, parse_header, read_text, read_with_wfdb, standard_lead

__all__ = ["read_wfdb"]

_SUFFIXES = (".hea", ".dat", ".mat")


@validate_params(
    {
        "paths": ["array-like", str, os.PathLike],
        "leads": ["array-like", None],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "on_error": [StrOptions({"raise", "warn"})],
    },
    prefer_skip_nested_validation=True,
)
def read_wfdb(paths, *, leads=None, fs=None, on_error="raise"):
    """Read WFDB records into an `ECGRecords`.

    Formats 16, 24, 32, 80 and 212 are decoded here, several files a record, byte offsets
    (MATLAB v4 files, as in the PhysioNet Challenges) and skew included; everything else is
    left to the wfdb package. The values are those of `wfdb.rdsamp`, rounded to float32.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        The records, one path each, with or without the suffix `.hea`.
    leads : sequence of str, default=None
        Names of the leads to read, in this order, in upper or lower case. By default all
        leads of the first record.
    fs : float, default=None
        Rate in Hz to which every record is resampled while reading, by polyphase filtering
        with a line as padding. By default each keeps its own.
    on_error : {"raise", "warn"}, default="raise"
        What to do with a damaged record: raise, or leave it out with a warning that names it.

    Returns
    -------
    records : ECGRecords
        Signals in mV; the twelve standard leads in their usual spelling (AVR as aVR).
        The index of the metadata is the record name; `age` (years), `sex` and `dx` are there
        if the comments of a header give them, as those of the PhysioNet Challenges do.

    Raises
    ------
    ValueError
        If a file is missing, damaged or cut short, the rate is missing, a lead is missing, or
        the leads of a record differ from those of the first. The message names the file.

    Warns
    -----
    UserWarning
        If a signal has a unit that is no voltage, such as mmHg: its values stay in that unit.
        nV, uV and V become mV: (digital - baseline) / (gain per mV), in float64.

    Notes
    -----
    A missing sample becomes NaN. Repeated lead names are told apart ("ECG", "ECG 2"), nameless
    leads are called "lead 0", "lead 1", ...

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
    records, _, headers = load(paths, leads=leads, fs=fs, faults=Faults(on_error))
    return records.with_metadata(_metadata(headers))


def load(paths, *, leads=None, fs=None, faults):
    """Read records as `read_wfdb` does, faults left to the caller.

    Returns
    -------
    records : ECGRecords
        The records that could be read, without metadata.
    kept : ndarray of int
        Their positions in `paths`.
    headers : list of Header
        Their headers.
    """
    headers, choice = _read_headers([_stem(path) for path in paths], leads, faults)
    if not headers:
        faults.warn(0, stacklevel=5)
        raise ValueError("There is no record to read: paths is empty.")
    kept, headers = np.array(list(headers)), list(headers.values())
    lengths = np.array([n_times_at(header, fs) for header in headers], np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths * len(choice.leads))])
    buffer = np.empty(offsets[-1], np.float32)
    whole = np.ones(len(headers), bool)
    with tqdm(total=len(headers), desc="records", unit="", delay=3) as bar:
        for first, last in blocks(headers):
            out = buffer[offsets[first] : offsets[last]].reshape(last - first, len(choice.leads), -1)
            for i, message in read_block(headers[first:last], choice, fs, out).items():
                whole[first + i] = False
                faults.add(message)
            bar.update(last - first)
    faults.warn(int(whole.sum()), stacklevel=5)
    headers = [header for header, good in zip(headers, whole, strict=True) if good]
    _warn_of_units(headers, choice)
    rates = np.array([fs or header.fs for header in headers])
    records = ECGRecords.from_buffer(buffer, lengths[whole], rates, leads=choice.leads, offsets=offsets[:-1][whole])
    return records, kept[whole], headers


class _LeadChoice:
    """Which signals of a record become which leads; found once for each layout."""

    def __init__(self, leads):
        self.given = leads is not None
        self.leads = tuple(standard_lead(lead) for lead in leads) if self.given else None
        if self.given and len(set(self.leads)) < len(self.leads):
            raise ValueError(f"leads must be different names, got {list(leads)}.")
        self._positions = {}

    def positions(self, layout):
        """Return where in the record the leads are; raise ValueError if they are not there."""
        if layout not in self._positions:
            self._positions[layout] = self._find(layout.leads)
        return self._positions[layout]

    def _find(self, there):
        if self.leads is None:
            self.leads = there
        absent = [lead for lead in self.leads if lead not in there]
        if absent:
            raise ValueError(f"there is no lead {', '.join(absent)}; the leads are {', '.join(there)}.")
        if not self.given and len(there) > len(self.leads):
            raise ValueError(
                f"the leads are {', '.join(there)}, but the first record has {', '.join(self.leads)}; "
                "choose some with `leads`."
            )
        return np.array([there.index(lead) for lead in self.leads])


def _read_headers(paths, leads, faults):
    """Return the headers that could be read, by position, and the choice of leads."""
    headers, choice = {}, _LeadChoice(leads)
    for i, path in enumerate(tqdm(paths, desc="headers", unit="", delay=3, leave=False)):
        try:
            header = parse_header(path, read_text(path)) or read_with_wfdb(path)
        except ValueError as error:
            faults.add(str(error))
            continue
        try:
            choice.positions(header.layout)
        except ValueError as error:
            faults.add(f"{path}.hea: {error}")
            continue
        headers[i] = header
    return headers, choice


def _stem(path):
    path = os.fspath(path)
    path = str(Path(path).expanduser()) if path.startswith("~") else path
    return path[:-4] if path.endswith(_SUFFIXES) else path


def _warn_of_units(headers, choice):
    """Warn once of chosen leads whose unit is no voltage."""
    seen = {(lead, unit) for layout in {header.layout for header in headers} for lead, unit in layout.odd_units}
    seen = sorted(f"{lead} in {unit}" for lead, unit in seen if lead in choice.leads)
    if seen:
        warnings.warn(f"Some leads are no voltages and keep their unit: {', '.join(seen)}.", stacklevel=5)


def _metadata(headers):
    """Return the table of what the comments tell, with the record names as index."""
    import pandas as pd

    index = pd.Index([header.name for header in headers], name="record")
    told = [comment_fields(header.comments) for header in headers]
    columns = [key for key in ("age", "sex", "dx") if any(key in fields for fields in told)]
    return pd.DataFrame({key: [fields.get(key) for fields in told] for key in columns}, index=index)

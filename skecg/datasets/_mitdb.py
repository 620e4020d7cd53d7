"""The MIT-BIH Arrhythmia Database: half-hour records, or single beats cut from them."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np

from skecg.records import ECGRecords

from .._scikit_learn import StrOptions, validate_params
from .._warn import warn
from ._base import FETCHING, fill_options, find_home, find_records, make_bunch
from ._download import download_physionet
from ._files import read_bytes
from ._reading import Reading
from ._wfdb import load
from ._wfdb_header import call_wfdb

__all__ = ["fetch_mitdb"]

_URL = "https://physionet.org/content/mitdb/1.0.0/"
_FILES = "https://physionet.org/files/mitdb/1.0.0/"
_SUBSETS = {  # de Chazal 2004
    "DS1": "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230",
    "DS2": "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234",
}
_SAME_PATIENT = {"202": "201"}
_PACED = {"102", "104", "107", "217"}
_CLASSES = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", "Q": "/fQ"}
_AAMI = {symbol: label for label, symbols in _CLASSES.items() for symbol in symbols}
_LARGEST = 2**18  # bytes of the annotations; the published ones have at most 20 kB
_DESCR = """MIT-BIH Arrhythmia Database

48 half-hour excerpts of two-lead ambulatory ECGs of 47 subjects, recorded 1975-1979, 360 Hz,
11 bits over 10 mV, every beat annotated by two or more cardiologists. Beat classes follow
ANSI/AAMI EC57; DS1 and DS2 are the patient-wise halves of de Chazal et al. (2004), without
the four paced records. Records 201 and 202 come from one subject, whom that split puts on
both sides.

Origin: https://physionet.org/content/mitdb/1.0.0/
Licence: Open Data Commons Attribution License 1.0.
Citation: Moody G.B., Mark R.G. (2001). The impact of the MIT-BIH Arrhythmia Database. IEEE
Engineering in Medicine and Biology 20(3), 45-50. https://doi.org/10.13026/C2F305
"""


@validate_params(
    FETCHING
    | {
        "kind": [StrOptions({"beats", "records"})],
        "subset": [StrOptions({"DS1", "DS2"}), "array-like", None],
        "paced": ["boolean"],
        "leads": ["array-like", StrOptions({"both"})],
        "window": [tuple],
    },
    prefer_skip_nested_validation=True,
)
@fill_options
def fetch_mitdb(
    data_home=None,
    *,
    kind="beats",
    subset=None,
    paced=False,
    leads=("MLII",),
    window=(0.25, 0.45),
    fs=None,
    limit=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    return_X_y=False,
    download_if_missing=False,
):
    """Load the MIT-BIH Arrhythmia Database, as single beats or as whole records.

    ===============  ==================================
    Records          48, of 47 patients
    Beats            about 109,000 in five AAMI classes
    Leads            2, of which MLII is in 46 records
    Rate             360 Hz
    Length           30 minutes
    ===============  ==================================

    Parameters
    ----------
    data_home : path-like, default=None
        The folder that holds `100.hea`, as published. By default `mitdb` in the folder that
        the environment variable SKECG_DATA names, which defaults to `~/skecg_data`.
    kind : {"beats", "records"}, default="beats"
        Whether to return every annotated beat as a record, or the half-hour records.
    subset : {"DS1", "DS2"} or sequence of str, default=None
        The training half ("DS1") or the test half ("DS2") of [2]_, or names of records. By default
        all records in the folder.
    paced : bool, default=False
        Whether to read the records 102, 104, 107 and 217 of patients with a pacemaker if `subset`
        is None. The AAMI excludes these records.
    leads : sequence of str or "both", default=("MLII",)
        Names of the leads to read. "both" reads both leads of each record and names them "lead 0"
        (MLII if the record has it) and "lead 1" (V1, V2, V4 or V5).
    window : tuple of float, default=(0.25, 0.45)
        Seconds before and after the R peak that a beat contains. The default is our choice: it holds
        the P wave and the T wave at 100 beats a minute. A beat that reaches beyond the record is
        padded with the outermost value of the record.
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default 360 Hz as published.
    limit : int, default=None
        Read only the first `limit` half-hour records.
    **n_jobs
    **verbose
    **on_error
    **return_X_y
    **download_if_missing

    Returns
    -------
    mitdb : Bunch
        data : ECGRecords
            Signals in mV. Metadata: `record`, `patient_id` (the same for 201 and 202), `age`,
            `sex`; beats also have `symbol`, `time` of the R peak, and `rr_previous` and `rr_next`,
            the intervals to the neighbouring beats. All times are in seconds; the intervals are
            NaN at the ends.
        target : ndarray of str, shape (n_beats,), or None
            AAMI class of each beat: N, S, V, F or Q. None for records.
        annotations : list of pandas.DataFrame
            For records only: the beats of each record, with `time` in seconds, `symbol` and `label`.
        target_names : list of str
            F, N, Q, S and V.
        DESCR : str
            Origin, licence and citation.

    Raises
    ------
    ValueError
        If the folder does not hold this set, or a record is damaged or lacks its annotations. The
        message names the file.

    Warns
    -----
    UserWarning
        If some records of `subset` are not in the folder.

    References
    ----------
    .. [1] G. B. Moody and R. G. Mark, "The impact of the MIT-BIH Arrhythmia Database", IEEE
       Engineering in Medicine and Biology 20(3), 45-50 (2001).
    .. [2] P. de Chazal, M. O'Dwyer and R. B. Reilly, "Automatic classification of heartbeats
       using ECG morphology and heartbeat interval features", IEEE Transactions on Biomedical
       Engineering 51(7), 1196-1206 (2004).

    Examples
    --------
    >>> from skecg.datasets import fetch_mitdb
    >>> mitdb = fetch_mitdb("~/skecg_data/mitdb", subset="DS1")  # doctest: +SKIP
    >>> sorted(set(mitdb.target))  # doctest: +SKIP
    ['F', 'N', 'Q', 'S', 'V']
    """
    if len(window) != 2 or not min(window) >= 0 or not sum(window) > 0:
        raise ValueError(f"window must be two durations in seconds, before and after the R peak; got {window}.")
    download = partial(download_physionet, url=_FILES, wanted=r"\d+\.(hea|dat|atr)", verbose=verbose)
    home = find_home(
        data_home,
        "mitdb",
        "[12]??.hea",
        title="the MIT-BIH Arrhythmia Database",
        url=_URL,
        download=download,
        wanted=download_if_missing,
    )
    chosen = list(_choose(find_records(home, "[12]??.hea"), subset, paced).items())[:limit]
    parts = _read_all(chosen, Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error))
    rest = {"return_X_y": return_X_y, "target_names": sorted(set(_AAMI.values())), "DESCR": _DESCR}
    if kind == "records":
        data = ECGRecords.concatenate([record for record, _ in parts])
        return make_bunch(data, None, annotations=[table for _, table in parts], **rest)
    before, after = window
    data = ECGRecords.concatenate([_cut(*part, before, after) for part in parts])
    metadata = data.metadata.reset_index(drop=True)
    target = metadata.pop("label").to_numpy(str)
    return make_bunch(data.with_metadata(metadata), target, **rest)


def _choose(paths, subset, paced):
    """Return {name: path} of the requested records."""
    if subset is None:
        return {name: path for name, path in paths.items() if paced or name not in _PACED}
    names = _SUBSETS[subset].split() if isinstance(subset, str) else [str(name) for name in subset]
    absent = [name for name in names if name not in paths]
    if absent and (len(absent) == len(names) or not isinstance(subset, str)):
        raise ValueError(f"The folder has no records {', '.join(absent)}; it has {', '.join(paths)}.")
    if absent:
        message = f"The folder lacks {len(absent)} of the {len(names)} records of {subset}: {', '.join(absent)}."
        warn(message)
    return {name: paths[name] for name in names if name in paths}


def _read_all(chosen, reading):
    """Return (record, beats) of every (name, path)."""
    parts = []
    with reading.bar(len(chosen), "records") as bar:
        for found in reading.in_chunks(_read_chunk, chosen, reading.leads, reading.fs, size=1):
            bar.update()
            if isinstance(found, str):
                reading.faults.add(found)
            else:
                parts.append(found)
    reading.faults.warn(len(parts))
    return parts


def _read_chunk(chosen, leads, fs):
    found = []
    for name, path in chosen:
        try:
            found.append(_read(name, path, leads, fs))
        except ValueError as error:
            found.append(str(error))
    return found


def _read(name, path, leads, fs):
    """Return one record as ECGRecords and the table of its beats."""
    both, headers = isinstance(leads, str), []

    def metadata(_, found):
        headers.extend(found)
        return _metadata(name, found[0].comments)

    record, _ = load([path], Reading(leads=None if both else leads, fs=fs, verbose=0), metadata)
    if both:
        order = sorted(range(len(record.leads)), key=lambda i: record.leads[i] != "MLII")
        record = record.with_signals([record.signals[0][order]], leads=[f"lead {i}" for i in range(len(order))])
    return record, _read_beats(path, headers[0])


def _metadata(name, comments):
    import pandas as pd

    match = re.match(r"(-?\d+) ([MF])", " ".join(comments))
    age, sex = (float(match[1]), match[2]) if match else (-1.0, None)
    metadata = {
        "record": [name],
        "patient_id": [int(_SAME_PATIENT.get(name, name))],
        "age": [age if age >= 0 else np.nan],
        "sex": [{"M": "male", "F": "female"}.get(sex)],
    }
    return pd.DataFrame(metadata)


def _read_beats(path, header):
    """Return the annotated beats: time (s), symbol, label (AAMI class)."""
    import pandas as pd

    if not Path(f"{path}.atr").exists():
        raise ValueError(f"{path}.atr is missing: the annotations of the record.")
    try:
        read_bytes(f"{path}.atr", _LARGEST)
        annotation = call_wfdb("rdann", path, "atr")
    except Exception as error:  # wfdb raises errors of any kind
        raise ValueError(f"{path}.atr: the annotations cannot be read ({error!r}).") from error
    outside = (annotation.sample < 0) | (annotation.sample >= header.n_times)
    if outside.any():
        sample = annotation.sample[outside][0]
        raise ValueError(f"{path}.atr: annotates sample {sample}; the record has {header.n_times} samples.")
    table = pd.DataFrame({"time": annotation.sample / header.fs, "symbol": annotation.symbol})
    table = table[table["symbol"].isin(list(_AAMI))].reset_index(drop=True)
    return table.assign(label=table["symbol"].map(_AAMI))


def _cut(record, beats, before, after):
    """Return the beats of one record as ECGRecords."""
    import pandas as pd

    fs, signal = record.fs[0], record.signals[0]
    peaks = np.round(beats["time"].to_numpy() * fs).astype(int)
    around = np.arange(-round(before * fs), round(after * fs))
    times = np.clip(peaks[:, None] + around, 0, signal.shape[1] - 1)
    X = np.ascontiguousarray(signal[:, times].transpose(1, 0, 2))
    gaps = np.diff(beats["time"], prepend=np.nan, append=np.nan)
    repeated = record.metadata.iloc[np.zeros(len(beats), int)].reset_index(drop=True)
    metadata = pd.concat([repeated, beats.assign(rr_previous=gaps[:-1], rr_next=gaps[1:])], axis=1)
    return ECGRecords(X, fs, leads=record.leads, metadata=metadata)

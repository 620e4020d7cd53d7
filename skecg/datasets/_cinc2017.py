"""The data set of the PhysioNet/CinC Challenge 2017."""

from __future__ import annotations

import os
import re
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from ._base import Faults, find_home, find_records, make_bunch, match_records, read_csv
from ._wfdb import load

__all__ = ["fetch_cinc2017"]

_URL = "https://physionet.org/content/challenge-2017/1.0.0/"
_FOLDERS = (".", "training2017", "training")  # as unpacked by hand, from the archive, and on the server
_LABELS = ["A", "N", "O", "~"]
_DESCR = """AF Classification from a Short Single Lead ECG Recording, CinC Challenge 2017, training set

8,528 single-lead ECGs of 9 to 61 seconds at 300 Hz, from a hand-held AliveCor device. Labels:
N normal rhythm, A atrial fibrillation, O other rhythm, ~ too noisy. The labels were revised
during the Challenge. There are no patient identifiers.

Origin: https://physionet.org/content/challenge-2017/1.0.0/
Licence: Open Data Commons Attribution License 1.0.
Citation: Clifford G.D., Liu C., Moody B., Lehman L.H., Silva I., Li Q., Johnson A.E.,
Mark R.G. (2017). AF classification from a short single lead ECG recording: the
PhysioNet/Computing in Cardiology Challenge 2017. Computing in Cardiology 44.
"""


@validate_params(
    {
        "data_home": [str, os.PathLike, None],
        "revision": [Interval(Integral, 0, 9, closed="both"), None],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "limit": [Interval(Integral, 1, None, closed="left"), None],
        "on_error": [StrOptions({"raise", "warn"})],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_cinc2017(
    data_home=None,
    *,
    revision=None,
    fs=None,
    limit=None,
    on_error="raise",
    return_X_y=False,
):
    """Load the CinC Challenge 2017, single-lead ECGs with four rhythm classes.

    ===============  ==================================
    Records          8,528
    Leads            1
    Rate             300 Hz
    Length           9 to 61 seconds
    Classes          4
    ===============  ==================================

    Parameters
    ----------
    data_home : path-like, default=None
        The folder that holds `REFERENCE.csv`, or its revisions `REFERENCE-v1.csv`, ...; the
        records lie beside it or in `training2017` or `training`. By default `cinc2017` in the
        folder that the environment variable SKECG_DATA names, itself `~/skecg_data` by default.
    revision : int, default=None
        Which revision of the labels to take: that of `REFERENCE-v<revision>.csv`. By default
        the highest that is there, or `REFERENCE.csv` if there is no numbered one.
    fs : float, default=None
        Rate in Hz to resample to while reading; by default 300 Hz as published.
    limit : int, default=None
        Read only the first so many records.
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record that is damaged, or lacks a label or a file: raise, or leave
        it out with a warning that names it.
    return_X_y : bool, default=False
        Whether to return `(data, target)` instead of a Bunch.

    Returns
    -------
    cinc2017 : Bunch
        data : ECGRecords of n_records
            Signals in mV, of different lengths; the index of the metadata is the record name.
        target : ndarray of str, shape (n_records,)
            N normal, A atrial fibrillation, O other rhythm, ~ noise.
        target_names : list of str
            A, N, O and ~.
        DESCR : str
            Origin, licence and citation.

    Raises
    ------
    ValueError
        If the folder is not this set, a record is damaged, or records and labels do not
        match. The message names the file.

    References
    ----------
    .. [1] G. D. Clifford et al., "AF classification from a short single lead ECG recording: the
       PhysioNet/Computing in Cardiology Challenge 2017", Computing in Cardiology 44 (2017).

    Examples
    --------
    >>> from skecg.datasets import fetch_cinc2017
    >>> cinc2017 = fetch_cinc2017("~/skecg_data/cinc2017", limit=100)  # doctest: +SKIP
    >>> cinc2017.data  # doctest: +SKIP
    ECGRecords(100 records, 1 lead, 2714-18286 samples, 300 Hz)
    """
    home = find_home(data_home, "cinc2017", "REFERENCE*.csv", title="the CinC Challenge 2017", url=_URL)
    source = _reference(home, revision)
    names, labels = _read_labels(source)
    faults = Faults(on_error)
    rows, paths = match_records(names, _find_records(home), faults, source=source.name)
    rows, paths = rows[:limit], paths[:limit]
    records, kept, _ = load(paths, fs=fs, faults=faults)
    metadata = records.metadata.set_index(np.array(names)[rows][kept]).rename_axis("record")
    data = records.with_metadata(metadata)
    return make_bunch(data, labels[rows][kept], return_X_y=return_X_y, target_names=_LABELS.copy(), DESCR=_DESCR)


def _reference(home, revision):
    """Return the file of the labels."""
    numbered = {}
    for path in home.glob("REFERENCE*.csv"):
        match = re.fullmatch(r"REFERENCE-v(\d+)", path.stem)
        if match:
            numbered[int(match[1])] = path
    if revision is None:
        return numbered[max(numbered)] if numbered else home / "REFERENCE.csv"
    if revision not in numbered:
        there = sorted(path.name for path in home.glob("REFERENCE*.csv"))
        raise ValueError(f"{home} has no REFERENCE-v{revision}.csv; the labels there are {', '.join(there)}.")
    return numbered[revision]


def _read_labels(path):
    table = read_csv(path, header=None, dtype=str, keep_default_na=False)
    if table.shape[1] != 2:
        raise ValueError(f"{path} must have two columns, record and label; it has {table.shape[1]}.")
    names, labels = table[0].str.strip().tolist(), table[1].str.strip().to_numpy(dtype=str)
    odd = ~np.isin(labels, _LABELS)
    if odd.any():
        row = int(np.flatnonzero(odd)[0])
        raise ValueError(f"{path}: record {names[row]} has the label {table[1][row]!r}, not one of N, A, O, ~.")
    return names, labels


def _find_records(home):
    for folder in _FOLDERS:
        deep = "**/" if folder == "training" else ""
        if next((home / folder).glob(f"{deep}A*.hea"), None):
            return find_records(home / folder, f"{deep}A*.hea")
    return find_records(home, "A*.hea")

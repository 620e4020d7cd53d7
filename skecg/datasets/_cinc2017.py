"""The data set of the PhysioNet/CinC Challenge 2017."""

from __future__ import annotations

import re
from functools import partial
from numbers import Integral

import numpy as np

from .._scikit_learn import Interval, validate_params
from ._base import FETCHING, fill_options, find_home, find_records, make_bunch, match_records, read_csv, table_of_names
from ._download import download_physionet
from ._reading import Reading
from ._wfdb import load

__all__ = ["fetch_cinc2017"]

_URL = "https://physionet.org/content/challenge-2017/1.0.0/"
_FILES = "https://physionet.org/files/challenge-2017/1.0.0/"
_FOLDERS = (".", "training2017", "training")  # unpacked by hand, unpacked from the archive, and as on the server
_LABELS = ["A", "N", "O", "~"]
_LARGEST = 2**24  # bytes of the labels; the published ones have 0.1 MB
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
    FETCHING | {"revision": [Interval(Integral, 0, 9, closed="both"), None]}, prefer_skip_nested_validation=True
)
@fill_options
def fetch_cinc2017(
    data_home=None,
    *,
    revision=None,
    leads=None,
    fs=None,
    limit=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    save_to=None,
    return_X_y=False,
    download_if_missing=False,
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
        records are in the same folder or in `training2017` or `training`. By default `cinc2017` in the
        folder given by the environment variable SKECG_DATA, which defaults to `~/skecg_data`.
    revision : int, default=None
        Revision of the labels: `REFERENCE-v<revision>.csv`. By default the highest revision
        in the folder; or `REFERENCE.csv`, if it is there and no revision is above 1.
        `REFERENCE-original.csv` counts as revision 1.
    leads : sequence of str, default=None
        Names of the leads to read; the set has one lead, "ECG".
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default 300 Hz as published.
    **limit
    **n_jobs
    **verbose
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record that is damaged, or lacks a label or a file: raise, or skip
        the record with a warning that names it.
    **save_to
    **return_X_y
    **download_if_missing

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
        If the folder does not hold this set, a record is damaged, or records and labels do not
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
    download = partial(
        download_physionet, url=_FILES, wanted=r"REFERENCE.*\.csv|training/.*\.(hea|mat)", verbose=verbose
    )
    home = find_home(
        data_home,
        "cinc2017",
        ("REFERENCE*.csv", "training2017/REFERENCE*.csv"),
        title="the CinC Challenge 2017",
        url=_URL,
        download=download,
        wanted=download_if_missing,
    )
    source = _reference(home, revision)
    names, labels = _read_labels(source)
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    rows, paths = match_records(names, _find_records(home), reading.faults, source=source.name)
    rows, paths, names = rows[:limit], paths[:limit], np.array(names)
    data, kept = load(paths, reading, lambda kept, _: table_of_names(names[rows][kept]))
    return make_bunch(data, labels[rows][kept], return_X_y=return_X_y, target_names=_LABELS.copy(), DESCR=_DESCR)


def _reference(home, revision):
    """Return the path of the file with the labels."""
    there = {path.name: path for folder in ("training2017", ".") for path in home.glob(f"{folder}/REFERENCE*.csv")}
    numbered = {1: there["REFERENCE-original.csv"]} if "REFERENCE-original.csv" in there else {}
    for name, path in there.items():
        match = re.fullmatch(r"REFERENCE-v(\d+)\.csv", name)
        if match:
            numbered[int(match[1])] = path
    if revision is None:
        revision = max(numbered) if numbered and (max(numbered) > 1 or "REFERENCE.csv" not in there) else None
        return numbered[revision] if revision is not None else there["REFERENCE.csv"]
    if revision not in numbered:
        files = ", ".join(sorted(there))
        raise ValueError(f"{home} has no REFERENCE-v{revision}.csv; the labels there are {files}.")
    return numbered[revision]


def _read_labels(path):
    table = read_csv(path, largest=_LARGEST, header=None, dtype=str, keep_default_na=False)
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

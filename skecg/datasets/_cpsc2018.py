"""The data set of the China Physiological Signal Challenge 2018."""

from __future__ import annotations

from functools import partial

import numpy as np

from skecg.records import STANDARD_LEADS
from skecg.records.metadata import with_ages
from skecg.records.patient import age_in_years, sex_of

from .._scikit_learn import StrOptions, validate_params
from ._base import FETCHING, fill_options, find_home, find_records, make_bunch, match_records, read_csv
from ._download import download_physionet
from ._matlab import read_struct
from ._patient import read_comments
from ._reading import Reading, load_each
from ._wfdb import load
from ._wfdb_header import choose_leads

__all__ = ["fetch_cpsc2018"]

_URL = "https://physionet.org/content/challenge-2020/1.0.2/"
_FILES = "https://physionet.org/files/challenge-2020/1.0.2/"
_STEM = "A[0-9][0-9][0-9][0-9]"
_DEPTHS = ("", "*/", "*/*/", "*/*/*/")
_NAMES = ["SNR", "AF", "IAVB", "LBBB", "RBBB", "PAC", "PVC", "STD", "STE"]  # numbered 1 to 9 in REFERENCE.csv
_CODES = {  # SNOMED CT; the Challenges score the same findings by the last four codes
    "426783006": "SNR",
    "164889003": "AF",
    "270492004": "IAVB",
    "164909002": "LBBB",
    "59118001": "RBBB",
    "284470004": "PAC",
    "164884008": "PVC",
    "429622005": "STD",
    "164931005": "STE",
    "733534002": "LBBB",
    "713427006": "RBBB",
    "63593006": "PAC",
    "427172004": "PVC",
}
_SPELLINGS = {"NORMAL": "SNR", "I-AVB": "IAVB"} | {name: name for name in _NAMES}
_DESCR = """China Physiological Signal Challenge 2018, training set

6,877 12-lead ECGs of 6 to 60 seconds at 500 Hz from 11 hospitals, with age and sex and one to
three of nine labels: SNR (normal sinus rhythm), AF, IAVB (first-degree block), LBBB, RBBB,
PAC, PVC, STD (ST depression), STE (ST elevation). There are no patient identifiers.

Origin: http://2018.icbeb.org/Challenge.html, and as WFDB files
https://physionet.org/content/challenge-2020/1.0.2/
Licence: Creative Commons Attribution 4.0 International.
Citation: Liu F., Liu C., Zhao L., Zhang X., Wu X., Xu X., Liu Y., Ma C., Wei S., He Z., Li J.,
Kwee E.N.Y. (2018). An open access database for evaluating the algorithms of electrocardiogram
rhythm and morphology abnormality detection. Journal of Medical Imaging and Health Informatics
8(7), 1368-1373.
"""


@validate_params(FETCHING | {"unlabelled": [StrOptions({"drop", "keep"})]}, prefer_skip_nested_validation=True)
@fill_options
def fetch_cpsc2018(
    data_home=None,
    *,
    unlabelled="drop",
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
    """Load the China Physiological Signal Challenge 2018, 12-lead ECGs with nine labels.

    ===============  ==================================
    Records          6,877
    Leads            12
    Rate             500 Hz
    Length           6 to 60 seconds
    Labels           9
    ===============  ==================================

    Parameters
    ----------
    data_home : path-like, default=None
        The folder, in one of two forms: WFDB files (`A0001.hea`, `A0001.mat`) with the
        diagnosis in the header, in the folder or below it, as the PhysioNet Challenges publish
        it; or the original MATLAB structures with `REFERENCE.csv`. By default `cpsc2018` in the
        folder given by the environment variable SKECG_DATA, which defaults to `~/skecg_data`.
    unlabelled : {"drop", "keep"}, default="drop"
        What to do with records that have none of the nine labels: drop them, or keep them with
        a row of zeros.
    leads : sequence of str, default=None
        Names of the leads to read, in this order; by default all twelve.
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default 500 Hz as published.
    **limit
    **n_jobs
    **verbose
    **on_error
    **save_to
    **return_X_y
    **download_if_missing

    Returns
    -------
    cpsc2018 : Bunch
        data : ECGRecords of n_records
            Signals in mV, of different lengths. Metadata: `age` in years, `sex`; the index is
            the record name.
        target : ndarray of int, shape (n_records, 9)
            Indicator of the labels.
        target_names : list of str
            SNR, AF, IAVB, LBBB, RBBB, PAC, PVC, STD and STE.
        DESCR : str
            Origin, licence and citation.

    Raises
    ------
    ValueError
        If the folder does not hold this set, a record is damaged, or a header gives no diagnosis. The
        message names the file.

    References
    ----------
    .. [1] F. Liu et al., "An open access database for evaluating the algorithms of
       electrocardiogram rhythm and morphology abnormality detection", Journal of Medical
       Imaging and Health Informatics 8(7), 1368-1373 (2018).

    Examples
    --------
    >>> from skecg.datasets import fetch_cpsc2018
    >>> cpsc2018 = fetch_cpsc2018("~/skecg_data/cpsc2018", limit=10)  # doctest: +SKIP
    >>> cpsc2018.data  # doctest: +SKIP
    ECGRecords(10 records, 12 leads, 5000-15000 samples, 500 Hz; age, sex)
    """
    download = partial(download_physionet, url=_FILES, wanted=r"training/cpsc_2018/.*\.(hea|mat)", verbose=verbose)
    home = find_home(
        data_home,
        "cpsc2018",
        tuple(f"{depth}{_STEM}.mat" for depth in _DEPTHS),
        title="the CPSC 2018 data set",
        url=_URL,
        download=download,
        wanted=download_if_missing,
    )
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    read = _read_wfdb if _has_headers(home) else _read_structs
    data, target = read(home, unlabelled, limit, reading)
    return make_bunch(data, target, return_X_y=return_X_y, target_names=_NAMES.copy(), DESCR=_DESCR)


def _has_headers(home):
    return any(next(home.glob(f"{depth}{_STEM}.hea"), None) for depth in _DEPTHS)


def _read_wfdb(home, unlabelled, limit, reading):
    """Read WFDB files, whose headers contain the diagnosis."""
    import pandas as pd

    rows, target = {}, []
    for name, path in find_records(home, f"**/{_STEM}.hea").items():
        try:
            fields = read_comments(path)
        except ValueError as error:
            reading.faults.add(str(error))
            continue
        if "dx" not in fields:
            reading.faults.add(f"{path}.hea gives no diagnosis: it has no line #Dx.")
            continue
        row = _indicator(fields["dx"])
        if unlabelled == "keep" or row.any():
            rows[name] = {"path": path, "age": fields.get("age"), "sex": fields.get("sex")}
            target.append(row)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["path", "age", "sex"]).rename_axis("record")[:limit]
    paths, table = table.pop("path"), with_ages(table, "the headers", refuse=False)
    data, kept = load(paths, reading, lambda kept, _: table.iloc[kept])
    return data, np.array(target)[kept]


def _indicator(diagnosis):
    """Return the nine indicator values for names or codes like "RBBB,AF" or "59118001,164889003"."""
    codes = [code.strip() for code in diagnosis.split(",")]
    names = [_CODES.get(code) or _SPELLINGS.get(code.upper()) for code in codes]
    return np.array([int(name in names) for name in _NAMES])


def _read_structs(home, unlabelled, limit, reading):
    """Read the original MATLAB structures, whose labels are in REFERENCE.csv."""
    import pandas as pd

    source = next((path for depth in _DEPTHS for path in home.glob(f"{depth}REFERENCE.csv")), None)
    if source is None:
        raise ValueError(f"{home} has neither headers (.hea) nor REFERENCE.csv, which give the labels.")
    table = read_csv(source)
    if table.shape[1] < 2:
        raise ValueError(f"{source} must have the columns Recording, First_label, ...; it has {list(table.columns)}.")
    labels = table.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").to_numpy()
    target = np.array([[int(number in row) for number in range(1, 10)] for row in labels])
    names = table.iloc[:, 0].astype(str).tolist()
    rows, paths = match_records(names, find_records(home, f"**/{_STEM}.mat"), reading.faults, source=str(source))
    chosen = [(row, path) for row, path in zip(rows, paths, strict=True) if unlabelled == "keep" or target[row].any()]
    rows, paths = map(list, zip(*chosen[:limit], strict=True)) if chosen else ([], [])

    def metadata(kept, described):
        return pd.DataFrame(described, index=pd.Index(np.array(names)[rows][kept], name="record"))

    data, kept = load_each([f"{path}.mat" for path in paths], _read_struct, reading, metadata)
    return data, target[rows][kept]


def _read_struct(path, leads):
    """Return signal, rate, leads, and age and sex of one original file."""
    try:
        ecg = read_struct(path, "ECG")
        signal, age, sex = ecg["data"], float(np.squeeze(ecg["age"])), str(ecg["sex"])
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ValueError(f"{path} is not an ECG of CPSC 2018 ({error!r}).") from error
    if signal.ndim != 2 or len(signal) != 12 or signal.shape[1] == 0:
        raise ValueError(f"{path} must hold 12 leads by samples; it holds {signal.shape}.")
    rows, leads = choose_leads(leads, STANDARD_LEADS, path)
    return signal[rows], 500, leads, {"age": age_in_years(age), "sex": sex_of(sex)}

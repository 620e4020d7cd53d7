"""The PTB-XL data set."""

from __future__ import annotations

import re
from functools import partial
from numbers import Integral, Real

import numpy as np

from .._scikit_learn import Interval, StrOptions, validate_params
from ._base import FETCHING, fill_options, find_home, make_bunch, read_csv
from ._download import download_physionet
from ._files import leaves_folder
from ._reading import Reading
from ._wfdb import load

__all__ = ["fetch_ptbxl"]

_URL = "https://physionet.org/content/ptb-xl/1.0.3/"
_FILES = "https://physionet.org/files/ptb-xl/1.0.3/"
_TABLE, _STATEMENTS = "ptbxl_database.csv", "scp_statements.csv"
_SIGNALS = {100: "filename_lr", 500: "filename_hr"}
_TASKS = {  # flag that a code needs in scp_statements.csv, and the column with its label
    "superdiagnostic": ("diagnostic", "diagnostic_class"),
    "subdiagnostic": ("diagnostic", "diagnostic_subclass"),
    "diagnostic": ("diagnostic", None),
    "form": ("form", None),
    "rhythm": ("rhythm", None),
    "all": (None, None),
}
_CODE = re.compile(r"""['"]([^'"]+)['"]\s*:""")
_DESCR = """PTB-XL, a large publicly available electrocardiography dataset, version 1.0.3

21,799 clinical 12-lead ECGs of 10 seconds from 18,869 patients, recorded 1989-1996 at the
Physikalisch-Technische Bundesanstalt, with SCP-ECG statements by up to two cardiologists.
Ten stratified folds that respect the patients; the authors train on 1-8, validate on 9 and
test on 10.

Origin: https://physionet.org/content/ptb-xl/1.0.3/
Licence: Creative Commons Attribution 4.0 International.
Citation: Wagner P., Strodthoff N., Bousseljot R.-D., Kreiseler D., Lunze F.I., Samek W.,
Schaeffter T. (2020). PTB-XL, a large publicly available electrocardiography dataset.
Scientific Data 7, 154. https://doi.org/10.1038/s41597-020-0495-6
"""


@validate_params(
    FETCHING
    | {
        "task": [StrOptions(set(_TASKS))],
        "fs": [Interval(Real, 0, None, closed="neither")],
        "unlabelled": [StrOptions({"drop", "keep"})],
        "folds": ["array-like", Interval(Integral, 1, 10, closed="both"), None],
    },
    prefer_skip_nested_validation=True,
)
@fill_options
def fetch_ptbxl(
    data_home=None,
    *,
    task="superdiagnostic",
    fs=100,
    unlabelled="drop",
    folds=None,
    leads=None,
    limit=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    save_to=None,
    return_X_y=False,
    download_if_missing=False,
):
    """Load PTB-XL, 12-lead ECGs of 10 seconds with diagnoses, form and rhythm statements.

    ===============  ==================================
    Records          21,799
    Patients         18,869
    Leads            12
    Rates            100 and 500 Hz
    Labels           5 to 71, depending on the task
    ===============  ==================================

    Parameters
    ----------
    data_home : path-like, default=None
        The folder that holds `ptbxl_database.csv`, as published. By default `ptbxl` in the
        folder given by the environment variable SKECG_DATA, which defaults to `~/skecg_data`.
    task : {"superdiagnostic", "subdiagnostic", "diagnostic", "form", "rhythm", "all"}, \
            default="superdiagnostic"
        Which statements are labels: the 5 diagnostic superclasses, the 23 subclasses, the 44
        diagnostic statements themselves, the 19 on form, the 12 on rhythm, or all 71. The reader
        ignores the likelihood of a statement, as [2]_ does.
    fs : float, default=100
        Rate in Hz. The set is published at 100 and at 500 Hz; the reader resamples
        to a lower rate than 100 Hz from the 100 Hz files, and to other rates from the 500 Hz files.
    unlabelled : {"drop", "keep"}, default="drop"
        What to do with records without any label of the task: drop them, as [2]_ does, or keep
        them with a row of zeros.
    folds : int or sequence of int, default=None
        Read only these stratified folds, numbered 1 to 10.
    leads : sequence of str, default=None
        Names of the leads to read, in this order; by default all twelve.
    limit : int, default=None
        Read only the first `limit` records of those that the other options select.
    **n_jobs
    **verbose
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record whose files are missing or damaged: raise, or skip the record
        with a warning that names it.
    **save_to
    **return_X_y
    **download_if_missing

    Returns
    -------
    ptbxl : Bunch
        data : ECGRecords of n_records
            Signals in mV. Metadata: `age` in years (90 stands for "older than 89"), `sex`,
            `patient_id` if the table has it, `strat_fold`; the index is `ecg_id`, with
            which you can join other columns of the published table.
        target : ndarray of int, shape (n_records, n_labels)
            Indicator of the labels.
        target_names : list of str
            Names of the labels, in alphabetical order: CD, HYP, MI, NORM, STTC.
        fold : ndarray of int, shape (n_records,)
            The stratified fold of each record.
        DESCR : str
            Origin, licence and citation.

    Raises
    ------
    ValueError
        If the folder does not hold PTB-XL, a file is missing, or a record is damaged. The message
        names the file.

    References
    ----------
    .. [1] P. Wagner et al., "PTB-XL, a large publicly available electrocardiography dataset",
       Scientific Data 7, 154 (2020).
    .. [2] N. Strodthoff et al., "Deep learning for ECG analysis: benchmarks and insights from
       PTB-XL", IEEE Journal of Biomedical and Health Informatics 25(5), 1519-1528 (2021).

    Examples
    --------
    >>> from skecg.datasets import fetch_ptbxl
    >>> ptbxl = fetch_ptbxl("~/skecg_data/ptbxl", folds=[1, 2])  # doctest: +SKIP
    >>> ptbxl.data  # doctest: +SKIP
    ECGRecords(4255 records, 12 leads, 1000 samples, 100 Hz; age, sex, strat_fold)
    """
    rate = 100 if fs <= 100 else 500
    wanted = rf"{_TABLE}|{_STATEMENTS}|LICENSE.txt|records{rate}/.*"
    download = partial(download_physionet, url=_FILES, wanted=wanted, verbose=verbose)
    home = find_home(
        data_home, "ptbxl", _TABLE, title="PTB-XL", url=_URL, download=download, wanted=download_if_missing
    )
    table, target, names = _select(_read_table(home), _read_labels(home, task), folds, unlabelled)
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    table, target = _drop_outside(table, target, _SIGNALS[rate], home, reading.faults)
    table, target = table[:limit], target[:limit]
    if len(table) == 0:
        raise ValueError(f"No record of {home / _TABLE} is left with folds={folds!r} and unlabelled={unlabelled!r}.")
    paths = [f"{home}/{name}" for name in table[_SIGNALS[rate]]]
    data, kept = load(paths, reading, lambda kept, _: _metadata(table.iloc[kept]))
    fold = data.metadata["strat_fold"].to_numpy()
    return make_bunch(data, target[kept], return_X_y=return_X_y, target_names=names, fold=fold, DESCR=_DESCR)


def _read_table(home):
    """Return the columns of the table of records that the reader needs, indexed by ecg_id."""
    import pandas as pd

    needed = {"ecg_id", "age", "sex", "scp_codes", "strat_fold", *_SIGNALS.values()}
    table = read_csv(home / _TABLE, usecols=lambda column: column in needed | {"patient_id"})
    absent = sorted(needed - set(table.columns))
    if absent:
        raise ValueError(f"{home / _TABLE} is not the table of PTB-XL: it lacks the columns {', '.join(absent)}.")
    if table["ecg_id"].duplicated().any():
        twice = table.loc[table["ecg_id"].duplicated(), "ecg_id"].iloc[0]
        raise ValueError(f"{home / _TABLE}: ecg_id {twice} is there twice.")
    if "patient_id" in table:  # the published file writes 15709.0
        whole = table["patient_id"].notna().all()
        table["patient_id"] = table["patient_id"].astype("int64" if whole else pd.Int64Dtype())
    return table.set_index("ecg_id")


def _read_labels(home, task):
    """Return the names of the labels, and {code: label}."""
    path = home / _STATEMENTS
    if not path.is_file():
        raise ValueError(f"{path} is missing; it comes with PTB-XL, {_URL}, and says what the codes mean.")
    statements = read_csv(path, index_col=0)
    flag, column = _TASKS[task]
    absent = [name for name in (flag, column) if name and name not in statements]
    if absent:
        raise ValueError(f"{path} is not the table of PTB-XL: it lacks the columns {', '.join(absent)}.")
    if flag:
        statements = statements[statements[flag] == 1]
    labels = statements[column].dropna() if column else statements.index.to_series()
    return sorted(set(labels)), labels.to_dict()


def _select(table, labels, folds, unlabelled):
    """Return the rows of the selected folds, the indicator of their labels, and the names of the labels."""
    names, label_of = labels
    if folds is not None:
        folds = np.atleast_1d(folds)
        there = np.unique(table["strat_fold"])
        if not np.isin(folds, there).all():
            raise ValueError(f"folds={folds.tolist()} asks for folds that are not there; there are {there.tolist()}.")
        table = table[table["strat_fold"].isin(folds)]
    target = np.zeros((len(table), len(names)), np.int64)
    column_of = {code: names.index(label) for code, label in label_of.items()}
    for row, codes in enumerate(table["scp_codes"]):
        for code in _CODE.findall(codes):
            if code in column_of:
                target[row, column_of[code]] = 1
    if unlabelled == "drop":
        labelled = target.any(axis=1)
        table, target = table[labelled], target[labelled]
    return table, target, names


def _drop_outside(table, target, column, home, faults):
    """Return the rows whose file lies in the folder of the set; add each other row to the faults."""
    outside = table[column].map(leaves_folder).to_numpy(bool)
    for record, name in table.loc[outside, column].items():
        faults.add(f"{home / _TABLE}: ecg_id {record} names the file {name!r}, which is not in this folder.")
    return table[~outside], target[~outside]


def _metadata(table):
    columns = [column for column in ("age", "sex", "patient_id", "strat_fold") if column in table]
    metadata = table[columns].copy()
    age = metadata["age"].astype(np.float64)
    metadata["age"] = age.mask(age >= 300, 90.0)  # 300 stands for "older than 89"
    metadata["sex"] = metadata["sex"].map({0: "male", 1: "female"})
    return metadata

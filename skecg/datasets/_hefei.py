"""The data set of the Hefei competition on ECG findings."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from skecg.records import STANDARD_LEADS
from skecg.records.patient import age_in_years, sex_of
from skecg.signal import mix_leads, resolve_leads

from .._scikit_learn import Options, validate_params
from ._base import FETCHING, fill_options, find_home, make_bunch, match_records, read_csv
from ._files import read_bytes
from ._reading import Reading, load_each
from ._wfdb_header import choose_leads

__all__ = ["fetch_hefei"]

_URL = "https://tianchi.aliyun.com/competition/entrance/231754/introduction"
_RECORDED = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
_MILLIVOLTS = np.float32(4.88e-3)  # a unit
_LARGEST = 2**24  # bytes of a record or of the labels; the published ones have at most 2 MB
_DESCR = """Hefei Hi-tech Cup ECG intelligence competition, 2019 (hf_round1, hf_round2)

About 40,000 ECGs of 10 seconds at 500 Hz with the leads I, II and V1 to V6, with age, sex and
findings that can go together: 55 in the first round, 34 in the final one. There are no patient
identifiers, and some records of the first round are there twice.

Origin: https://tianchi.aliyun.com/competition/entrance/231754/introduction
Licence: for participants of the competition, which is closed; there is no public download.
"""


@validate_params(
    {name: FETCHING[name] for name in FETCHING if name != "download_if_missing"}
    | {"round": [Options(Integral, {1, 2}), None], "twelve_leads": ["boolean"]},
    prefer_skip_nested_validation=True,
)
@fill_options
def fetch_hefei(
    data_home=None,
    *,
    round=None,
    twelve_leads=False,
    leads=None,
    fs=None,
    limit=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    save_to=None,
    return_X_y=False,
):
    """Load the Hefei competition set, 8-lead ECGs with several findings each.

    ===============  ==================================
    Records          about 32,000 and 20,000
    Leads            8, or 12 on request
    Rate             500 Hz
    Length           10 seconds
    Labels           55 in round 1, 34 in round 2
    ===============  ==================================

    Parameters
    ----------
    data_home : path-like, default=None
        The folder that holds `hf_round1_label.txt` or `hf_round2_label.txt`, and the text files
        of the records in `hf_round1_train`, in `train` or anywhere below. By default `hefei`
        in the folder that the environment variable SKECG_DATA names, which defaults to
        `~/skecg_data`. The set cannot be downloaded.
    round : {1, 2}, default=None
        Round of the competition; by default the last round in the folder.
    twelve_leads : bool, default=False
        Whether to compute the four leads that were not recorded: III = II - I,
        aVR = -(I + II) / 2, aVL = I - II / 2 and aVF = II - I / 2.
    leads : sequence of str, default=None
        Names of the leads to return, in this order, out of all twelve. By default the eight
        recorded leads, or all twelve with `twelve_leads=True`.
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default 500 Hz as published.
    **limit
    **n_jobs
    **verbose
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record that is damaged, or lacks a label or a file: raise, or skip
        the record with a warning that names it.
    **save_to
    **return_X_y

    Returns
    -------
    hefei : Bunch
        data : ECGRecords of n_records
            Signals in mV. Metadata: `age` in years, `sex`; the index is the file name without
            suffix.
        target : ndarray of int, shape (n_records, n_labels)
            Indicator of the findings.
        target_names : list of str
            The findings in the order of `hf_round<round>_arrythmia.txt`; sorted if that file is
            missing.
        DESCR : str
            Origin and licence.

    Raises
    ------
    ValueError
        If the folder does not hold this set, a record is damaged, or records and labels do not match.
        The message names the file.

    Examples
    --------
    >>> from skecg.datasets import fetch_hefei
    >>> hefei = fetch_hefei("hefei", round=2, twelve_leads=True, n_jobs=4)  # doctest: +SKIP
    """
    home = find_home(data_home, "hefei", "hf_round[12]_label.txt", title="the Hefei set", url=_URL)
    source = sorted(home.glob(f"hf_round{round or '[12]'}_label.txt"))
    if not source:
        raise ValueError(f"{home} has no hf_round{round}_label.txt.")
    reading = Reading(
        leads=leads or (STANDARD_LEADS if twelve_leads else _RECORDED),
        fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to,
    )  # fmt: skip
    table, target, names = _read_labels(source[-1], reading.faults)
    unlisted = "raise" if len(list(home.glob("hf_round*_label.txt"))) == 1 else "ignore"
    there = _find(home, source[-1])
    rows, paths = match_records(table.index.tolist(), there, reading.faults, source=source[-1].name, unlisted=unlisted)
    rows, paths = rows[:limit], [f"{path}.txt" for path in paths[:limit]]
    data, kept = load_each(paths, _read, reading, lambda kept, _: table.iloc[rows].iloc[kept])
    return make_bunch(data, target[rows][kept], return_X_y=return_X_y, target_names=names, DESCR=_DESCR)


def _find(home, source):
    """Return {name: path without suffix} of the records, only those of this round if it has a folder."""
    folder = home / source.name.replace("_label.txt", "_train")
    folder = folder if folder.is_dir() else home
    files = sorted(path for path in folder.rglob("*.txt") if not path.name.startswith("hf_round"))
    return {path.stem: str(path.with_suffix("")) for path in files if "test" not in path.parent.name}


def _read_labels(source, faults):
    """Return the table of age and sex by record, the indicator of the findings, and their names."""
    import pandas as pd

    lines = [line.rstrip("\r\n").split("\t") for line in _text(source).splitlines() if line.strip()]
    names = _read_findings(source)
    rows, findings = [], []
    for number, (record, *rest) in enumerate(lines, 1):
        if len(rest) < 2:
            raise ValueError(f"{source}, line {number}: needs record, age, sex and findings between tabs.")
        found = [name.strip() for name in rest[2:] if name.strip()]
        unknown = sorted(set(found) - set(names)) if names else []
        if not found or unknown:
            what = f"the unknown findings {', '.join(unknown)}" if unknown else "no finding"
            faults.add(f"{source}, line {number}: gives record {record} {what}.")
            continue
        age, sex = rest[0].strip(), rest[1].strip()
        rows.append({"record": record.strip().removesuffix(".txt"), "age": age_in_years(age), "sex": sex_of(sex)})
        findings.append(found)
    names = names or sorted({name for found in findings for name in found})
    target = np.array([[int(name in found) for name in names] for found in findings], np.int64)
    table = pd.DataFrame(rows, columns=["record", "age", "sex"]).set_index("record")
    return table, target.reshape(len(table), len(names)), names


def _read_findings(source):
    path = source.with_name(source.name.replace("label", "arrythmia"))  # the set spells it like this
    return [line.strip() for line in _text(path).splitlines() if line.strip()] if path.is_file() else []


def _text(path):
    try:
        return read_bytes(path, _LARGEST).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise ValueError(f"{path} cannot be read: {error}.") from error


def _read(path, leads):
    """Return signal, rate and leads of one text file, which holds the lead names, then integers."""
    table = read_csv(path, largest=_LARGEST, sep=r"\s+", dtype=np.float32)
    if tuple(table.columns) != _RECORDED or len(table) == 0:
        raise ValueError(f"{path} must have the columns {' '.join(_RECORDED)}; it has {' '.join(table.columns)}.")
    _, leads = choose_leads(leads, STANDARD_LEADS, path)
    _, weights = resolve_leads(_RECORDED, leads)
    return mix_leads(table.to_numpy().T * _MILLIVOLTS, weights), 500, leads, None

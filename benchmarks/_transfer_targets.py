"""The targets of the transfer study: small sets of records that PTB-XL does not hold, split for testing."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from _data import load_cinc2017, read_mitdb
from _results import QUICK

from skecg import ECGRecords
from skecg.datasets import make_ecg, make_pe_cohort, read_wfdb_folder
from skecg.model_selection._transfer_curve import _nested

SIZES = (10, 20) if QUICK else (25, 50, 100, 200, 400)
N_TEST = 1200  # records of CinC 2017 and beats of MIT-BIH that are only tested
N_BEATS = {"N": 236, "S": 118, "V": 236}, {"N": 750, "S": 150, "V": 300}
"""Beats of each class in DS1 and DS2: all supraventricular ones, which are rare, and a part of the others."""

FINDINGS = {
    "AF or flutter": (r"Atrial (?:fibrillation|flutter)", ("AFIB", "AFLT")),
    "LVH": (r"Left ventricular hypertrophy", ("LVH",)),
    "left atrium": (r"Left atrial (?:hypertrophy|overload)", ("LAO/LAE",)),
    "block": (
        r"bundle branch block|hemiblock|intravintricular conduction delay",  # as LUDB spells it
        ("CLBBB", "CRBBB", "ILBBB", "IRBBB", "LAFB", "LPFB", "IVCD"),
    ),
}
"""Labels of LUDB: what its diagnoses say, and the statements of PTB-XL."""


@dataclass
class Target:
    """Records with labels.

    Attributes
    ----------
    X : ECGRecords
    y : ndarray of shape (n_records,) or (n_records, n_labels)
    test : ndarray of bool or None
        Records that are only tested; None draws other halves in each draw.
    patients : ndarray or None
        The patients to draw; None draws records.
    more : ndarray of shape (n_records, n_columns)
        Columns to add to the table of beats.
    statements : list of tuple of str
        Statements of PTB-XL that mean the second class, or each label; none if there are no such statements.
    """

    X: ECGRecords
    y: np.ndarray
    test: np.ndarray | None = None
    patients: np.ndarray | None = None
    more: np.ndarray | None = None
    statements: list = field(default_factory=list)


def draw_records(target, draw, sizes=SIZES):
    """Return rows to train on for each size, and rows to test; each is stratified, and holds every class or label.

    The rows of a size are a subset of the rows of a larger size.
    """
    rng = np.random.RandomState(draw)
    test = target.test
    for _ in range(1000):
        if target.test is None:
            test = np.isin(np.arange(len(target.y)), rng.permutation(len(target.y))[: len(target.y) // 2])
        pool = np.flatnonzero(~test)
        kept = [n for n in sizes if n <= len(pool)]
        try:
            drawn = _nested(pool, kept, target.y, target.patients, rng)
        except ValueError:  # a class without any record
            continue
        if target.y.ndim == 1 or all(0 < share < 1 for share in target.y[drawn[0]].mean(axis=0)):
            return dict(zip(kept, drawn, strict=True)), np.flatnonzero(test)
    raise ValueError(f"No draw of {kept[0]} records holds every class; draw more records.")


def _af():
    """Atrial fibrillation against the rest, noise included; about one record in eleven is positive."""
    found = _cinc2017()
    return Target(found.X, (found.y == "A").astype(int), found.test, statements=[("AFIB",)])


def _cinc2017():
    """Return the four classes of CinC 2017, whose lead of a hand-held device is lead I."""
    found = load_cinc2017(quick=QUICK)
    X = ECGRecords(found.data.signals, found.data.fs, leads=["I"])
    return Target(X, found.target, _held_out(found.target, len(X) // 2 if QUICK else N_TEST))


def _ludb():
    """Return the records of LUDB that are in the folder, with four labels."""
    if QUICK:
        made = _synthetic(("AF", "LVH", "LBBB"), multilabel=True)
        made.test, made.statements = None, [("AFIB",), ("CLBBB",), ("NORM",)]
        return made
    import pandas as pd

    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ludb"
    table = pd.read_csv(home / "ludb.csv", dtype=str).fillna("")
    diagnoses = table.drop(columns=["ID", "Sex", "Age"]).agg("\n".join, axis=1)
    labels = {name: diagnoses.str.contains(said).astype(int) for name, (said, _) in FINDINGS.items()}
    labels = pd.DataFrame({"record": table["ID"], **labels})
    there = [(home / "data" / f"{name}.hea").exists() for name in table["ID"]]
    found = read_wfdb_folder(home / "data", labels[there], target=list(FINDINGS), verbose=0)
    return Target(found.data, found.target, statements=[statements for _, statements in FINDINGS.values()])


def _mitdb():
    """Return beats in their surroundings of 2.5 s: draw from DS1, test on the patients of DS2.

    The intervals to the neighbouring beats, which are known, join the table of beats.
    """
    if QUICK:
        made = _synthetic(("NORM", "PVC", "PAC"), leads=["II"], fs=360, duration=2.5)
        made.more = np.ones((len(made.y), 3))
        return made
    parts = []
    for subset, numbers in zip(("DS1", "DS2"), N_BEATS, strict=True):
        found = read_mitdb(subset, window=(1.25, 1.25), verbose=0)
        rows = [_evenly(np.flatnonzero(found.target == name), n) for name, n in numbers.items()]
        rows = np.sort(np.concatenate(rows))
        parts.append((found.data[rows], found.target[rows]))
    X = ECGRecords.concatenate([part for part, _ in parts])
    intervals = X.metadata[["rr_previous", "rr_next"]].to_numpy(float)
    more = np.column_stack([intervals, intervals[:, 0] / intervals[:, 1]])
    test = np.repeat([False, True], [len(labels) for _, labels in parts])
    X = X.with_metadata(X.metadata.drop(columns="patient_id"))  # beats are drawn, not patients
    return Target(X, np.concatenate([labels for _, labels in parts]), test, more=more)


def _pe():
    """Return a synthetic cohort, half of whose patients are only tested."""
    cohort = make_pe_cohort(60 if QUICK else 1600, fs=250, random_state=0)
    patients = cohort.data.metadata["patient_id"].to_numpy()
    return Target(cohort.data, cohort.target, np.isin(patients, np.unique(patients)[::2]), patients)


def _synthetic(classes, **params):
    made = make_ecg(60, classes=classes, random_state=0, **({"duration": 6, "fs": 250} | params))
    return Target(made.data.with_metadata(None), made.target, np.arange(60) % 2 == 0)


def _held_out(y, n):
    """Return a mask of n records, stratified; the same whatever the draw."""
    from sklearn.model_selection import train_test_split

    test = train_test_split(np.arange(len(y)), test_size=n, stratify=y, random_state=0)[1]
    return np.isin(np.arange(len(y)), test)


def _evenly(rows, n):
    return rows[np.unique(np.linspace(0, len(rows) - 1, n).round().astype(int))]


TARGETS = {"cinc2017-af": _af, "cinc2017": _cinc2017, "ludb": _ludb, "mitdb": _mitdb, "pe": _pe}

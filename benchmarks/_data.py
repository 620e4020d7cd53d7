"""Load the data of the studies, or a small synthetic replacement of each for `--quick`."""

import argparse
import warnings
from types import SimpleNamespace

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from skecg.datasets import fetch_cinc2017, fetch_mitdb, fetch_ptbxl, make_ecg
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample

QUICK_RECORDS = 270  # 90 in each fold
QUICK_CLASSES = ("NORM", "LBBB", "RBBB", "PVC", "STD")


def load_ptbxl(home=None, *, task="superdiagnostic", folds=(1, 2, 3), quick=False):
    """Return signals at 100 Hz, target, names of the labels and folds of PTB-XL, or of synthetic records."""
    if quick:
        made = make_ecg(QUICK_RECORDS, classes=QUICK_CLASSES, multilabel=True, fs=100, random_state=0)
        patients = made.data.metadata["patient_id"].to_numpy()
        fold = np.asarray(folds)[patients % len(folds)]
        return SimpleNamespace(data=made.data, target=made.target, target_names=list(made.target_names), fold=fold)
    found = fetch_ptbxl(home, task=task, fs=100, folds=list(folds))
    return SimpleNamespace(
        data=found.data, target=found.target, target_names=list(found.target_names), fold=np.asarray(found.fold)
    )


def load_cinc2017(*, fs=None, quick=False):
    """Return the records of CinC 2017 at a rate, or synthetic records of one lead with three of the four labels."""
    if not quick:
        return fetch_cinc2017(fs=fs)
    labels = {"NORM": "N", "AF": "A", "PVC": "O"}
    made = make_ecg(60, classes=list(labels), leads=["I"], fs=fs or 300, duration=(9, 15), random_state=0)
    return SimpleNamespace(data=made.data, target=np.array([labels[name] for name in made.target]))


def fold_range(text):
    """Return the folds that a number or a range of numbers names."""
    first, _, last = text.partition("-")
    chosen = range(int(first), int(last or first) + 1)
    if not chosen or not {*chosen} <= {*range(1, 11)}:
        raise argparse.ArgumentTypeError(f"{text} names no folds of 1 to 10")
    return [*chosen]


def read_mitdb(subset, **params):
    """Return the beats of the records that are in the folder."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The folder lacks")  # half of the database is enough
        return fetch_mitdb(subset=subset, **params)


def filtered(records):
    """Return the signals after the filter of `make_ecg_pipeline`, (n_records, n_leads, n_times)."""
    return ECGFilter().fit_transform(records).to_array()


# -- the four tasks of the comparison -------------------------------------------------------------

N_TIMES = 1000  # ten seconds at 100 Hz
EVERY = 4  # a network sees every fourth beat, because beats resemble each other
RARE = 10, 5  # leave out a label with fewer training or test records


def load_task(name, quick=False):
    """Return signals (n_records, n_leads, n_times) at 100 Hz, y, a mask of training records, patients, and labels."""
    return {"superdiagnostic": _ptbxl, "rhythm": _ptbxl, "cinc2017": _cinc2017, "mitdb": _mitdb}[name](name, quick)


def _ptbxl(task, quick):
    """Train on folds 1 and 2 and test on fold 3; without patient ids, every record is its own patient."""
    found = load_ptbxl(task=task, quick=quick)
    train, y = found.fold != 3, found.target
    kept = (y[train].sum(axis=0) >= RARE[0]) & (y[~train].sum(axis=0) >= RARE[1])
    names = [name for name, keep in zip(found.target_names, kept, strict=True) if keep]
    return SimpleNamespace(X=filtered(found.data), y=y[:, kept], train=train, groups=None, labels=names)


def _cinc2017(_, quick):
    """Draw a stratified fifth of the records as the test set; the database has no patient ids."""
    found = load_cinc2017(quick=quick)
    records = ECGResample(100).fit_transform(ECGFilter().fit_transform(found.data))
    X = ECGCrop(N_TIMES, pad=True).fit_transform(records).to_array()
    test = next(StratifiedShuffleSplit(1, test_size=0.2, random_state=0).split(X, found.target))[1]
    train = ~np.isin(np.arange(len(X)), test)
    return SimpleNamespace(X=X, y=np.asarray(found.target), train=train, groups=None, labels=_classes(found.target))


def _mitdb(_, quick):
    """Train on beats of DS1, test on beats of the other patients in DS2; leave out Q, unclassifiable, which is rare."""
    if quick:
        found = make_ecg(160, classes=("NORM", "PAC", "PVC"), leads=["II"], fs=100, duration=1, random_state=0)
        X, y = found.data.to_array()[..., :70], np.asarray(found.target)
        patients = found.data.metadata["patient_id"].to_numpy()
        return SimpleNamespace(X=X, y=y, train=patients % 2 == 0, groups=patients, labels=_classes(y))
    halves = [read_mitdb(subset, fs=100) for subset in ("DS1", "DS2")]
    parts = []
    for train, half in zip((True, False), halves, strict=True):
        rows = np.flatnonzero(half.target != "Q")[::EVERY]
        patients = half.data.metadata["patient_id"].to_numpy()[rows]
        parts.append((half.data[rows].to_array(), half.target[rows], np.full(len(rows), train), patients))
    X, y, train, groups = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return SimpleNamespace(X=X, y=y, train=train, groups=groups, labels=_classes(y))


def _classes(y):
    return np.unique(y).tolist()

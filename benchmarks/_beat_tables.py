"""Tables of beats for beats.py: of MIT-BIH, with the classes of the annotations, and of PTB-XL, with weak ones."""

from pathlib import Path

import numpy as np
import pandas as pd
from _results import QUICK
from beat_classes import AAMI, TOLERANCE, load_records
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.features import beat_table
from skecg.signal import classify_beats, find_r_peaks

CLASSES = np.array(["N", "S", "V"])
COLUMNS = [
    *("rr_previous_ratio", "rr_next_ratio", "rr_before_ratio", "rr_pair_ratio", "rr_change", "rr_irregularity"),
    *("qrs_width_ratio", "qrs_size_ratio", "qrs_correlation", "qrs_distance", "p_correlation", "p_distance"),
    *("qrs_correlation_before", "qrs_correlation_after", "p_correlation_before", "p_correlation_after"),
]
"""Columns of `beat_table` that are relative to the record: no times, voltages or areas."""

TREES = {
    "learning_rate": 0.08,
    "max_iter": 60,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 10,
    "l2_regularization": 5.0,
    "max_features": 0.5,
    "random_state": 0,
}
NORMAL, OTHER = (1, 0, 0), {"PAC": (1, 1, 0), "PVC": (1, 0, 1)}  # classes that the beats of a record may have
FEWEST = 5  # beats of a record of PTB-XL
ROUNDS, FOLDS = 2, 3
N_RECORDS = {"sinus": 500, "block": 100, "SARRH": 250, "AFIB": 400, "PAC": 999, "PVC": 400, "PVC in AFIB": 100}
"""Most records of PTB-XL of each kind; the rest is left out."""

CACHE = Path("~/.cache/skecg/beats.pkl").expanduser()


def mitdb_table(subset, annotated=False):
    """Return the table of the beats of half of MIT-BIH, with label, record and the class by the rules.

    The R peak of a beat is the one that `find_r_peaks` finds within 150 ms of the annotation, which is not always at
    the peak; the annotated one instead if there is none, or with `annotated`.
    """
    parts = []
    for name, (signal, fs, times, labels) in enumerate(load_records(subset)):
        peaks = np.round(times * fs).astype(int)
        parts.append(_table(signal, fs, peaks if annotated else _moved(signal, fs, peaks)))
        parts[-1] = parts[-1].assign(label=labels, record=name)
        if QUICK:
            parts[-1]["label"] = np.where(parts[-1]["rules"] == "Q", "N", parts[-1]["rules"])
    return pd.concat(parts, ignore_index=True)


def _moved(signal, fs, peaks):
    """Return the found R peaks next to the annotated ones, or the annotated ones where two would coincide."""
    found = find_r_peaks(signal, fs)
    nearest = found[np.abs(found[None] - peaks[:, None]).argmin(axis=1)]
    moved = np.where(np.abs(nearest - peaks) <= TOLERANCE * fs, nearest, peaks)
    same = np.flatnonzero(np.diff(moved) <= 0) + 1
    moved[same] = peaks[same]
    return moved if (np.diff(moved) > 0).all() else peaks


def _table(signal, fs, peaks):
    rules = [AAMI[name] for name in classify_beats(signal, fs, peaks)]
    return beat_table(signal, fs, peaks).assign(rules=rules)


def features_of(table, with_rules=False):
    """Return the columns of the trees; with the classes by the rules as three further columns."""
    X = table[COLUMNS].to_numpy(float)
    return np.hstack([X, table["rules"].to_numpy()[:, None] == CLASSES]) if with_rules else X


# -- PTB-XL ---------------------------------------------------------------------------------------


def ptbxl_table():
    """Return the table of the beats of PTB-XL, in II and V1, with record, kind of the record and weak label.

    The table is kept in a cache; delete it after a change.
    """
    if CACHE.exists() and not QUICK:
        return pd.read_pickle(CACHE)
    parts = []
    for record, kind in _ptbxl_records():
        peaks = find_r_peaks(record.signal, record.fs)
        if len(peaks) >= FEWEST:
            parts.append(_table(record.signal, record.fs, peaks).assign(record=len(parts), kind=kind))
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(label=weak_labels(table))
    if not QUICK:
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        table.to_pickle(CACHE)
    return table


def _ptbxl_records():
    """Return (record, kind) of records whose statements leave one kind of ectopic beats, or none."""
    if QUICK:
        made = make_ecg(24, classes=["NORM", "PAC", "PVC"], leads=["II", "V1"], fs=100, random_state=1)
        return zip(made.data, np.where(made.target == "NORM", "sinus", made.target), strict=True)
    found = fetch_ptbxl(task="all", fs=100, folds=range(1, 7), leads=["II", "V1"], verbose=0)
    kind = _kinds(pd.DataFrame(found.target, columns=found.target_names) > 0)
    return [(found.data[int(i)], kind[i]) for i in np.flatnonzero(kind)]


def _kinds(has):
    """Return the kind of each record, and "" of the records to leave out."""
    no_beats = ~has[["PAC", "PVC", "BIGU", "TRIGU", "PRC(S)", "SVARR", "PSVT", "SVTAC", "PACE", "AFLT"]].any(axis=1)
    single = ~has[["PACE", "AFLT", "SVARR"]].any(axis=1)
    masks = {
        "sinus": has["SR"] & no_beats & ~has["AFIB"],
        "block": has[["CLBBB", "CRBBB", "IRBBB", "WPW"]].any(axis=1) & no_beats & ~has["AFIB"],
        "SARRH": has["SARRH"] & no_beats & ~has["AFIB"],
        "AFIB": has["AFIB"] & no_beats,
        "PAC": has["PAC"] & single & ~has[["PVC", "BIGU", "TRIGU", "AFIB"]].any(axis=1),
        "PVC": has["PVC"] & single & ~has[["PAC", "AFIB"]].any(axis=1),
        "PVC in AFIB": has["PVC"] & has["AFIB"] & single & ~has["PAC"],
    }
    kind, rng = np.full(len(has), "", "<U16"), np.random.default_rng(0)
    for name, mask in masks.items():
        kind[rng.permutation(np.flatnonzero(mask))[: N_RECORDS[name]]] = name
    return kind


def weak_labels(table):
    """Return a class for each beat that agrees with the statements of its record.

    A record with premature beats of one kind has at least one beat of this class; the others are normal. The rules
    begin; then trees of the other records rank the beats, twice.
    """
    allowed = np.array([OTHER.get(kind[:3], NORMAL) for kind in table["kind"]], float)
    X, record, rules = features_of(table), table["record"].to_numpy(), table["rules"].to_numpy()
    early = -table["rr_previous_ratio"].fillna(1).to_numpy()
    score = np.stack([np.full(len(table), -9.0), early, -table["qrs_correlation"].fillna(1).to_numpy()], axis=1)
    chosen = np.where(rules[:, None] == CLASSES, 1.0, 0) * allowed
    y = _with_one_each(chosen, score, allowed, record)
    for _ in range(ROUNDS):
        p, weight = np.zeros((len(y), 3)), class_weights(y)
        for train, test in GroupKFold(FOLDS).split(X, y, record):
            trees = HistGradientBoostingClassifier(**TREES).fit(X[train], y[train], sample_weight=weight[train])
            p[test] = trees.predict_proba(X[test])
        y = _with_one_each(p * allowed, p, allowed, record)
    return y


def _with_one_each(chosen, score, allowed, record):
    """Return the class with the highest value; in a record without its ectopic class, the highest score gets it."""
    y = CLASSES[chosen.argmax(axis=1)]
    for rows in np.split(np.arange(len(y)), np.flatnonzero(np.diff(record)) + 1):
        for k in (1, 2):
            if allowed[rows[0], k] and not (y[rows] == CLASSES[k]).any():
                y[rows[score[rows, k].argmax()]] = CLASSES[k]
    return y


def class_weights(y):
    """Return weights between equal beats and equal classes: the square root of those that balance the classes."""
    counts = pd.Series(y).value_counts()
    return (len(y) / pd.Series(y).map(counts).to_numpy()) ** 0.5

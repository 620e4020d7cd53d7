"""The data of efficientecg.py and its ablation: real sets, or synthetic sets of the same form for a smoke run."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from _data import load_cinc2017, read_mitdb

from skecg import ECGRecords
from skecg.datasets import make_ecg
from skecg.features import BeatFeatures, SignalQuality

CACHE = Path("~/.cache/skecg/efficientecg").expanduser()
LABELS = ["NORM", "MI", "STTC", "CD", "HYP"]
RHYTHMS = ("rr_before", "rr_after", "rr_local", "rr_change", "rr_median")
"""Columns of the metadata in which `beats` stores the intervals around a beat."""


def cinc2017(quick):
    """Return records at 100 Hz, their labels, and a table of features measured at the full rate."""
    table = features(load_cinc2017(quick=quick).data, None if quick else "cinc2017")
    found = load_cinc2017(fs=100, quick=quick)
    return found.data, found.target, table


def beats(subset, quick):
    """Return beats in two leads, the beat itself and the beat minus the median beat of its record, and the classes.

    Voltages are in standard deviations of the beats of the record. The metadata hold the intervals
    to the beats before and after, as logarithms of the ratios to the median of the record, to the
    median of eleven intervals, and to each other; and the median itself, in seconds. No step uses a label.
    """
    found = _synthetic_beats(subset) if quick else read_mitdb(subset, fs=180)
    data, target = found.data, found.target
    X, record = data.to_array(), data.metadata["record"].to_numpy()
    out = np.empty((len(X), 2, X.shape[2]), np.float32)
    for name in np.unique(record):
        rows = record == name
        x = X[rows, 0] - np.median(X[rows, 0], axis=1, keepdims=True)
        out[rows] = np.stack([x, x - np.median(x, axis=0)], axis=1) / x.std()
    data = ECGRecords(out, data.fs[0], leads=["beat", "difference"], metadata=data.metadata)
    return with_columns(data, _intervals(data.metadata)), target


def _intervals(metadata):
    before, after = metadata["rr_previous"], metadata["rr_next"]
    of_record = before.groupby(metadata["record"])
    median = of_record.transform("median")
    local = of_record.transform(lambda values: values.rolling(11, center=True, min_periods=1).median())
    ratios = before / median, after / median, before / local, after / before
    return pd.DataFrame(dict(zip(RHYTHMS, [*map(np.log, ratios), median], strict=True)))


def _synthetic_beats(subset):
    ecg = make_ecg(120, classes=["NORM", "PVC"], leads=["II"], fs=180, duration=1, random_state=len(subset or ""))
    rng = np.random.default_rng(0)
    metadata = pd.DataFrame({"record": np.arange(120) % 6, "rr_previous": rng.uniform(0.7, 0.9, 120)})
    metadata["rr_next"] = metadata["rr_previous"].to_numpy()[::-1]
    return SimpleNamespace(data=ecg.data.with_metadata(metadata), target=np.where(ecg.target == "NORM", "N", "V"))


def features(records, name):
    """Return beat features and signal quality as a table without empty columns; cache the table by name."""
    path = CACHE / f"{name}-features.pkl"
    if name is not None and path.exists():
        return pd.read_pickle(path)
    tables = [step.set_output(transform="pandas").fit_transform(records) for step in (BeatFeatures(), SignalQuality())]
    table = pd.concat(tables, axis=1).dropna(axis=1, how="all").reset_index(drop=True)
    if name is not None:
        CACHE.mkdir(parents=True, exist_ok=True)
        table.to_pickle(path)
    return table


def with_columns(records, table):
    """Return the records with additional columns in the metadata."""
    metadata = records.metadata
    return records.with_metadata(metadata.assign(**{name: table[name].to_numpy() for name in table}))

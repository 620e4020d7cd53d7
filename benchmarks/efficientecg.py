"""Evaluate EfficientECG: rhythms of CinC 2017, beats of MIT-BIH, and an ablation of its parts on PTB-XL.

    OMP_NUM_THREADS=1 python benchmarks/efficientecg.py cinc2017
    OMP_NUM_THREADS=1 python benchmarks/efficientecg.py mitdb
    OMP_NUM_THREADS=1 python benchmarks/efficientecg.py ptbxl
    python benchmarks/efficientecg.py all --quick

Each command writes a table, results/efficientecg_<what>.csv, and resumes where it was stopped; probabilities
are kept in a cache folder. `--quick` runs all commands on a few synthetic records and stores nothing.
peaks.py measures R peaks and the speed of the features.

CinC 2017 has no patient ids, so its five folds split records. The networks were chosen on a quarter of
the training part of the first fold (with 20 epochs; 12 save time), the trees by cross-validation
inside that part. The settings for MIT-BIH were chosen by patient inside DS1. The random split of MIT-BIH
puts beats of a patient on both sides; it serves only for comparison with papers that do the same.
"""

import argparse

import numpy as np
import torch
from _efficientecg_data import CACHE, RHYTHMS, beats, cinc2017, with_columns
from _efficientecg_parts import run_parts
from _results import store, stored, surroundings
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline

from skecg.classifiers import EfficientECGClassifier
from skecg.metrics import cinc2017_score
from skecg.preprocessing import ECGFilter, Normalize

COVARIATES = (
    *("heart_rate", "rr_std", "rr_min", "rr_max", "rmssd", "pnn50", "rr_irregularity", "premature_share"),
    *("pr_interval", "p_amplitude_ECG", "qrs_duration", "qt_interval"),
)
"""The features that EfficientECG gets as covariates with a recording of CinC 2017."""

RHYTHM = {
    "variant": "compact",
    "fusion": "cross_attention",
    "window": 1000,
    "augment": [("flip", {}), ("noise", {"strength": 0.1}), ("time_mask", {})],
    "max_epochs": 12,
    "batch_size": 64,
    "learning_rate": 3e-3,
    "device": "cpu",
    "random_state": 0,
}
"""Parameters of the networks on CinC 2017."""

TREES = {
    "learning_rate": 0.05,
    "max_iter": 150,
    "l2_regularization": 1.0,
    "max_features": 0.5,
    "class_weight": "balanced",
    "random_state": 0,
}
"""Parameters of the boosted trees on the table of features."""

BEATS = {
    "variant": "compact",
    "covariates": RHYTHMS,
    "fusion": "cross_attention",
    "max_epochs": 4,
    "batch_size": 128,
    "learning_rate": 3e-3,
    "device": "cpu",
    "random_state": 0,
}
"""Parameters of EfficientECG on MIT-BIH."""

SHARE_OF_NORMAL = 0.25  # of the normal training beats: nine beats in ten are normal, and they resemble each other


def main():
    runs = {"cinc2017": run_cinc2017, "mitdb": run_mitdb, "ptbxl": run_parts}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=[*runs, "all"])
    parser.add_argument("--quick", action="store_true", help="a few synthetic records; nothing is stored")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for what, run in runs.items():
        if args.what in (what, "all"):
            run(args.quick)


def note(table, row, quick):
    """Print a row, and store the row unless this is a smoke run."""
    print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if not quick:
        store(table, row | surroundings())


# -- rhythms --------------------------------------------------------------------------------------


def run_cinc2017(quick):
    """Cross-validate trees on the table of features, EfficientECG with features as covariates, and their mean."""
    data, y, table = cinc2017(quick)
    covariates = [name for name in COVARIATES if name in table]
    inputs = {"trees": table.to_numpy(), "EfficientECG": with_columns(data, table[covariates])}
    folds, parts = list(StratifiedKFold(5, shuffle=True, random_state=0).split(y, y)), {}
    for name, X in inputs.items():
        parts[name] = np.zeros((len(y), len(np.unique(y))))
        for fold, (train, test) in enumerate(folds):
            model = _trees() if name == "trees" else _rhythm_network(covariates, quick)
            parts[name][test] = _once(f"cinc2017-{name}-{fold}", model, X, y, train, test, quick)
        _note_folds(name, y, parts[name], folds, quick)
    _note_folds("mean of both", y, sum(parts.values()), folds, quick)


def _trees():
    return HistGradientBoostingClassifier(**TREES)


def _rhythm_network(covariates, quick):
    clf = EfficientECGClassifier(**RHYTHM, covariates=tuple(covariates))
    return make_pipeline(ECGFilter(), Normalize(per="record"), clf.set_params(max_epochs=1) if quick else clf)


def _once(name, model, X, y, train, test, quick):
    """Return the probabilities of the test records; reuse probabilities that are in the cache."""
    path = CACHE / f"{name}.npy"
    if path.exists() and not quick:
        return np.load(path)
    p = model.fit(X[train], y[train]).predict_proba(X[test])
    if not quick:
        np.save(path, p)
    return p


def _note_folds(model, y, p, folds, quick):
    """Store the scores of each fold, their mean, and the scores of all folds pooled; skip rows of the table."""
    done = [] if quick else [row["fold"] for row in stored("efficientecg_cinc2017") if row["model"] == model]
    predicted = np.unique(y)[p.argmax(axis=1)]
    tests = {str(fold): test for fold, (_, test) in enumerate(folds)} | {"pooled": np.arange(len(y))}
    rows = {fold: _rhythm_scores(y[test], predicted[test]) for fold, test in tests.items()}
    mean = {key: np.mean([rows[str(fold)][key] for fold in range(len(folds))]) for key in rows["pooled"]}
    for fold, scores in (rows | {"mean": mean}).items():
        row = {"model": model, "fold": fold} | {key: f"{value:.4f}" for key, value in scores.items()}
        if fold not in done:
            note("efficientecg_cinc2017", row, quick)


def _rhythm_scores(y, predicted):
    f1 = f1_score(y, predicted, labels=["N", "A", "O", "~"], average=None, zero_division=0)
    return {"score": cinc2017_score(y, predicted)} | dict(zip(("f1_N", "f1_A", "f1_O", "f1_noise"), f1, strict=True))


# -- beats ----------------------------------------------------------------------------------------


def run_mitdb(quick):
    """Train on beats of some patients and test on beats of other patients; then split at random, which leaks."""
    done = {row["split"] for row in stored("efficientecg_mitdb")}
    for split in ("DS1 -> DS2", "random, leaks patients"):
        if split in done and not quick:
            continue
        if split == "DS1 -> DS2":
            (X, y), (X_test, y_test) = beats("DS1", quick), beats("DS2", quick)
        else:
            X, y = beats(None, quick)
            train, test = train_test_split(np.arange(len(y)), test_size=0.5, stratify=y, random_state=0)
            X, y, X_test, y_test = X[train], y[train], X[test], y[test]
        chosen = np.flatnonzero((y != "N") | (np.random.default_rng(0).random(len(y)) < SHARE_OF_NORMAL))
        X, y = X[chosen], y[chosen]
        clf = EfficientECGClassifier(**BEATS)
        clf.set_params(max_epochs=1 if quick else BEATS["max_epochs"]).fit(X, y)
        row = {"split": split, "train": len(y), "test": len(y_test)}
        note("efficientecg_mitdb", row | _beat_scores(y_test, clf.predict(X_test)), quick)


def _beat_scores(y, predicted):
    labels = list("NSVFQ")
    of_each = {"labels": labels, "average": None, "zero_division": 0}
    f1 = f1_score(y, predicted, **of_each)
    row = {
        "accuracy": f"{accuracy_score(y, predicted):.4f}",
        "macro_f1": f"{f1.mean():.4f}",
        "macro_f1_NSV": f"{f1[:3].mean():.4f}",
    }
    for name, score in (("sensitivity", recall_score), ("ppv", precision_score)):
        values = score(y, predicted, **of_each)
        row |= {f"{name}_{label}": f"{value:.4f}" for label, value in zip(labels, values, strict=True)}
    return row | {f"beats_{label}": int((y == label).sum()) for label in labels}


if __name__ == "__main__":
    main()

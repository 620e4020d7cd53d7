"""Cross-validate a CRNN by patient: on synthetic ECGs, or on PTB-XL if `--data` names its folder.

    python benchmarks/demo.py
    python benchmarks/demo.py --data ~/skecg_data/ptbxl

Prints a table of scores and writes roc.png and ecg.png to the folder demo/.
"""

import argparse
import time
from pathlib import Path

import matplotlib
import numpy as np
import torch
from sklearn.base import clone
from sklearn.metrics import average_precision_score, f1_score, recall_score, roc_auc_score, roc_curve
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from skecg.classifiers import CRNNClassifier
from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.metrics import geometric_mean_score, specificity_score
from skecg.plotting import plot_ecg
from skecg.preprocessing import ECGCrop, Normalize

matplotlib.use("Agg")  # the pictures go to files, so no display is needed
import matplotlib.pyplot as plt

SYNTHETIC = {"n_records": 800, "classes": ["NORM", "AF", "LBBB", "PVC", "PE"], "weights": [0.4, 0.15, 0.15, 0.15, 0.15]}
# Narrow networks keep the demo short; they were chosen on synthetic ECGs, and on PTB-XL with folds 1 and 2 to train
# and fold 3 to test.
SETTINGS = {
    "synthetic": {
        "normalize__per": "record",
        "crnnclassifier__width": 16,
        "crnnclassifier__hidden_size": 64,
        "crnnclassifier__max_epochs": 25,
        "crnnclassifier__batch_size": 32,
        "crnnclassifier__learning_rate": 5e-3,
    },
    "ptbxl": {
        "normalize__per": "dataset_lead",
        "crnnclassifier__width": 32,
        "crnnclassifier__hidden_size": 128,
        "crnnclassifier__window": 250,
        "crnnclassifier__max_epochs": 15,
        "crnnclassifier__learning_rate": 3e-3,
    },
}
SCORES = {  # functions of the indicator of the truth, the decisions, and the probabilities
    "AUROC": lambda y, decided, p: roc_auc_score(y, p, average="macro"),
    "AP": lambda y, decided, p: average_precision_score(y, p, average="macro"),
    "F1": lambda y, decided, p: f1_score(y, decided, average="macro", zero_division=0),
    "sensitivity": lambda y, decided, p: recall_score(y, decided, average="macro"),
    "specificity": lambda y, decided, p: specificity_score(y, decided, average="macro"),
    "G-mean": lambda y, decided, p: geometric_mean_score(y, decided, average="macro"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of PTB-XL; by default the ECGs are synthetic")
    parser.add_argument("--out", default="demo", type=Path, help="folder of the pictures")
    args = parser.parse_args()
    torch.set_num_threads(1)  # two threads save little here, and are ten times slower on a busy machine
    begin = time.perf_counter()
    ecgs, folds = load_ptbxl(args.data) if args.data else make_cohort()
    names = sorted(ecgs.target_names)
    print(ecgs.data, describe(indicator(ecgs.target, names), names), sep="\n")
    model = make_pipeline(ECGCrop(length=1000), Normalize(), CRNNClassifier(random_state=0, verbose=1))
    model.set_params(**SETTINGS["ptbxl" if args.data else "synthetic"])
    results = cross_validate_by_patient(model, ecgs, names, folds)
    print_table(results)
    args.out.mkdir(exist_ok=True)
    draw_roc(results, names, args.out / "roc.png")
    draw_ecg(ecgs.data[0], describe_one(ecgs.target[0], names), args.out / "ecg.png")
    print(f"Pictures: {args.out / 'roc.png'}, {args.out / 'ecg.png'}. {time.perf_counter() - begin:.0f} s in all.")


def make_cohort():
    """Return a synthetic cohort with two records for each patient, and folds that keep patients together."""
    ecgs = make_ecg(**SYNTHETIC, fs=100, random_state=0)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    return ecgs, list(splitter.split(ecgs.target, ecgs.target, groups=ecgs.data.metadata["patient_id"]))


def load_ptbxl(folder):
    """Return PTB-XL with its diagnostic superclasses, and folds made of strat_folds, which keep patients together."""
    ecgs = fetch_ptbxl(Path(folder).expanduser(), task="superdiagnostic", fs=100)
    splitter = GroupKFold(min(5, len(np.unique(ecgs.fold))))
    return ecgs, list(splitter.split(ecgs.target, groups=ecgs.fold))


def cross_validate_by_patient(model, ecgs, names, folds):
    """Return the truth, the decisions and the probabilities of each fold, from a model fitted on the other folds."""
    results = []
    for i, (train, test) in enumerate(folds, start=1):
        print(f"Fold {i} of {len(folds)}: fitted on {len(train)} records, tested on {len(test)}")
        fitted = clone(model).fit(ecgs.data[train], ecgs.target[train])
        decided, p = fitted.predict(ecgs.data[test]), fitted.predict_proba(ecgs.data[test])
        results.append((indicator(ecgs.target[test], names), indicator(decided, names), p))
    return results


def indicator(labels, names):
    """Return one class for each record as an indicator with one column for each class; keep an indicator unchanged."""
    return labels if labels.ndim == 2 else (labels[:, None] == names).astype(int)


def describe(y, names):
    return "  ".join(f"{name} {count}" for name, count in zip(names, y.sum(axis=0), strict=True))


def describe_one(label, names):
    return label if isinstance(label, str) else " ".join(np.array(names)[label == 1])


def print_table(results):
    print(f"\n{'macro average':<14}{'mean':>8}{'sd':>8}{'lowest':>8}{'highest':>9}   of {len(results)} folds")
    for name, score in SCORES.items():
        values = np.array([score(*result) for result in results])
        print(f"{name:<14}{values.mean():8.3f}{values.std(ddof=1):8.3f}{values.min():8.3f}{values.max():9.3f}")
    print()


def draw_roc(results, names, path):
    """Draw the mean ROC curve of each class over the folds, with a band of one standard deviation."""
    grid = np.linspace(0, 1, 201)
    _, ax = plt.subplots(figsize=(5.5, 5.5), layout="constrained")
    for i, name in enumerate(names):
        curves = [roc_curve(y[:, i], p[:, i])[:2] for y, _, p in results]
        heights = np.array([np.interp(grid, false_positive, true_positive) for false_positive, true_positive in curves])
        heights[:, 0] = 0
        mean, sd = heights.mean(axis=0), heights.std(axis=0)
        areas = [roc_auc_score(y[:, i], p[:, i]) for y, _, p in results]
        (line,) = ax.plot(grid, mean, label=f"{name} {np.mean(areas):.3f} ± {np.std(areas, ddof=1):.3f}")
        ax.fill_between(grid, (mean - sd).clip(0), (mean + sd).clip(max=1), color=line.get_color(), alpha=0.15, lw=0)
    ax.plot([0, 1], [0, 1], color="grey", lw=0.8, ls=":")
    ax.set(xlabel="1 - specificity", ylabel="Sensitivity", title=f"Mean over {len(results)} folds by patient", aspect=1)
    ax.legend(title="Area under the curve", loc="lower right", frameon=False)
    save(path)


def draw_ecg(record, label, path):
    """Draw a record on ECG paper."""
    plot_ecg(record, truth=label)
    save(path)


def save(path):
    plt.savefig(path, dpi=120)
    plt.close()


if __name__ == "__main__":
    main()

"""What each part of the headline recipe brings: PTB-XL superclasses, folds 1 and 2, read on fold 3.

    OMP_NUM_THREADS=1 python benchmarks/recipe.py
    OMP_NUM_THREADS=1 python benchmarks/recipe.py --names plain mixup --seeds 0 1

A row of results/recipe.csv is one training; what is there is not run again. The settled recipe is
`make_ecg_pipeline("best")`; `ptbxl.py --network best` reads it on fold 9.
"""

import argparse
import time

import numpy as np
import torch
from _results import store, stored, surroundings
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from skecg import classifiers
from skecg.datasets import fetch_ptbxl
from skecg.preprocessing import ECGCrop, Normalize

PLAIN = {
    "network": "ResNet",
    "per": "dataset",
    "window": 250,
    "batch_size": 128,
    "learning_rate": 3e-3,
    "weight_decay": 1e-2,
    "max_epochs": 15,
}
WHO = {"covariates": ("age", "sex")}
RECIPES = {
    "plain": {},
    "age and sex": WHO,
    "mixup": {"augment": ["mixup"]},
    "weight average": {"ema_decay": 0.999},
    "label smoothing": {"loss_params": {"label_smoothing": 0.1}},
    "seven-way augmentation": {"augment": ["seven_way"]},
    "lead dropout and time mask": {"augment": ["lead_dropout", "time_mask"]},
    "windows of 5 s": {"window": 500},
    "the whole 10 s": {"window": 1000},
    "per record": {"per": "record"},
    "weight decay 0.1": {"weight_decay": 0.1},
    "xresnet50": {"network": "XResNet", "depth": 50},
}
"""Each is `PLAIN` with these changes."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    done = {(row["recipe"], row["seed"]) for row in stored("recipe")}
    plans = [(name, seed) for seed in args.seeds for name in args.names if (name, str(seed)) not in done]
    ptbxl = fetch_ptbxl(args.data, task="superdiagnostic", fs=100, folds=[1, 2, 3])
    train, test = np.isin(ptbxl.fold, [1, 2]), ptbxl.fold == 3
    for i, (name, seed) in enumerate(plans):
        print(f"{i + 1} of {len(plans)}: {name}, seed {seed}", flush=True)
        begin = time.perf_counter()
        model = build(PLAIN | RECIPES[name], seed).fit(ptbxl.data[train], ptbxl.target[train])
        seconds = time.perf_counter() - begin
        p = model.predict_proba(ptbxl.data[test])
        row = {"recipe": name, "seed": seed, "fit_s": f"{seconds:.0f}"} | scores(ptbxl.target[test], p)
        print(row, flush=True)
        store("recipe", row | surroundings())


def build(params, seed):
    """Return the pipeline of a recipe."""
    params = dict(params)
    classifier = getattr(classifiers, f"{params.pop('network')}Classifier")
    normalize = Normalize(per=params.pop("per"))
    return make_pipeline(ECGCrop(1000), normalize, classifier(**params, random_state=seed, device="cpu", verbose=1))


def scores(y, p):
    """Return macro AUC and macro average precision."""
    return {"macro_auc": f"{roc_auc_score(y, p):.4f}", "macro_ap": f"{average_precision_score(y, p):.4f}"}


if __name__ == "__main__":
    main()

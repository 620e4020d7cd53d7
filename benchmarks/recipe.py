"""Measure the gain of each change of a network, and of each part of the best recipe, on PTB-XL.

    OMP_NUM_THREADS=1 python benchmarks/recipe.py changes
    OMP_NUM_THREADS=1 python benchmarks/recipe.py changes --names plain mixup --seeds 0 1
    OMP_NUM_THREADS=1 python benchmarks/recipe.py parts --task all --train 1-7 --test 8

`changes` trains one network with one change at a time; a row of results/recipe.csv is one training, and the
script skips rows that are in the table. `parts` trains the final recipe, `make_ecg_pipeline("best")`, and
evaluates each part alone, and all without each part, by either pooling: results/recipe_parts.csv. `--window` gives its
network another window; each further window adds a network of another seed to the vote. A model of `--task all` is
scored on each of the six tasks. `ptbxl.py --network best` evaluates the recipe on fold 9.
"""

import argparse
import time

import numpy as np
import torch
from _data import fold_range, load_ptbxl
from _results import print_stored, store, stored, surroundings
from _statements import by_task
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline

from skecg import classifiers, make_ecg_pipeline
from skecg.ensemble._pooling import POOLS
from skecg.metrics import macro_auc_score
from skecg.model_selection._out_of_fold import positive_probabilities
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
QUICK = {"width": 8, "max_epochs": 1}
WHO = {"covariates": ("age", "sex")}
RECIPES = {
    "plain": {},
    "age and sex": WHO,
    "mixup": {"augment": ["mixup"]},
    "weight average": {"ema_decay": 0.999},  # averages over 1,000 steps; the training has 510
    "weight average of 50 steps": {"ema_decay": 0.98},
    "label smoothing": {"loss_params": {"label_smoothing": 0.1}},
    "seven-way augmentation": {"augment": ["seven_way"]},
    "lead dropout and time mask": {"augment": ["lead_dropout", "time_mask"]},
    "windows of 5 s": {"window": 500},
    "the whole 10 s": {"window": 1000},
    "per record": {"per": "record"},
    "weight decay 0.1": {"weight_decay": 0.1},
    "xresnet50": {"network": "XResNet", "depth": 50},
}
"""Each recipe is `PLAIN` with these changes."""

WINDOW = make_ecg_pipeline("best").get_params()["network__classifier__window"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["changes", "parts"])
    parser.add_argument("--names", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--task", default="superdiagnostic", help="labels of PTB-XL")
    parser.add_argument("--train", type=fold_range, default=[1, 2], help="folds, such as 1-7")
    parser.add_argument("--test", type=fold_range, default=[3])
    parser.add_argument("--window", nargs="+", type=int, default=[WINDOW], help="samples that each network sees")
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="synthetic records, narrow networks, one epoch each")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    ptbxl = load_ptbxl(args.data, task=args.task, folds=(*args.train, *args.test), quick=args.quick)
    chosen = [np.isin(ptbxl.fold, folds) for folds in (args.train, args.test)]
    halves = [(ptbxl.data[rows], ptbxl.target[rows]) for rows in chosen]
    {"changes": changes, "parts": parts}[args.what](*halves, args, ptbxl.target_names)


def changes(train, test, args, names):
    """Train the recipes that are not in the table yet."""
    done = {(row["recipe"], row["seed"]) for row in stored("recipe")}
    plans = [(name, seed) for seed in args.seeds for name in args.names if (name, str(seed)) not in done]
    for i, (name, seed) in enumerate(plans, start=1):
        print(f"{i} of {len(plans)}: {name}, seed {seed}", flush=True)
        begin = time.process_time()
        model = build(PLAIN | RECIPES[name] | (QUICK if args.quick else {}), seed).fit(*train)
        row = {"recipe": name, "seed": seed, "fit_s": f"{time.process_time() - begin:.0f}"}
        store_scores("recipe", row, test[1], model.predict_proba(test[0]))


def parts(train, test, args, names):
    """Train the parts of the best recipe with each seed; evaluate each part, and what the parts say together."""
    plan = {"task": args.task, "train": " ".join(map(str, args.train)), "test": " ".join(map(str, args.test))}
    plan["window"] = " ".join(map(str, args.window))
    done = {tuple(row[key] for key in (*plan, "seed")) for row in stored("recipe_parts")}
    for seed in [seed for seed in args.seeds if (*plan.values(), str(seed)) not in done]:
        found = {}
        for name, part in _parts_of_best(args.window, seed, QUICK if args.quick else {}):
            begin = time.process_time()
            part.fit(*train)
            found[name] = time.process_time() - begin, positive_probabilities(part, test[0])
            print(f"{name}: {found[name][0]:.0f} s", flush=True)
        for (what, pooling), chosen in groups([*found]).items():
            seconds, each = zip(*(found[name] for name in chosen), strict=True)
            p = POOLS[pooling or "linear"](each, None, of_labels=True)
            row = plan | {"parts": what, "pooling": pooling, "seed": seed, "fit_s": f"{sum(seconds):.0f}"}
            for task, *scored in by_task(args.task, test[1], p, names):
                store_scores("recipe_parts", row | {"scored": task}, *scored)


def _parts_of_best(windows, seed, params):
    """Return the names and parts of the best recipe, and a network for each further window."""

    def with_window(window, seed):
        return make_ecg_pipeline("best", window=window, random_state=seed, device="cpu", **params).estimators

    further = [(f"network {i + 1}", with_window(windows[i], seed + i)[0][1]) for i in range(1, len(windows))]
    return with_window(windows[0], seed) + further


def groups(names):
    """Return the parts of each row, by the name of the row and its pooling: each part, all but one, and all."""
    found = {(name, ""): [name] for name in names}
    found |= {(f"all but {name}", "logarithmic"): [other for other in names if other != name] for name in names}
    return found | {("all", pooling): names for pooling in POOLS}


def store_scores(table, row, y, p):
    """Store and print a row with macro AUC and macro average precision of the labels that have positives."""
    present = y.any(axis=0)
    precision = average_precision_score(y[:, present], p[:, present])
    row |= {"macro_auc": f"{macro_auc_score(y, p):.4f}", "macro_ap": f"{precision:.4f}", **surroundings()}
    print_stored(store(table, row), row)


def build(params, seed):
    """Return the pipeline of a recipe."""
    params = dict(params)
    classifier = getattr(classifiers, f"{params.pop('network')}Classifier")
    normalize = Normalize(per=params.pop("per"))
    return make_pipeline(ECGCrop(1000), normalize, classifier(**params, random_state=seed, device="cpu", verbose=1))


if __name__ == "__main__":
    main()

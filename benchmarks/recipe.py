"""Measure the gain of each part of the best recipe: PTB-XL superclasses, train on folds 1 and 2, test on fold 3.

    OMP_NUM_THREADS=1 python benchmarks/recipe.py changes
    OMP_NUM_THREADS=1 python benchmarks/recipe.py changes --names plain mixup --seeds 0 1
    OMP_NUM_THREADS=1 python benchmarks/recipe.py parts

`changes` trains one network with one change at a time; a row of results/recipe.csv is one training, and the
script skips rows that are in the table. `parts` trains the final recipe, `make_ecg_pipeline("best")`, and
evaluates each part alone, and the mean without each part: results/recipe_parts.csv. `ptbxl.py --network best`
evaluates the recipe on fold 9.
"""

import argparse
import time

import numpy as np
import torch
from _results import store, stored, surroundings
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from skecg import classifiers, make_ecg_pipeline
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


FURTHER = {
    "a wide ResNet18": {},
    "EfficientECG": {"network": "EfficientECG", "variant": "compact", "max_epochs": 24, "batch_size": 32},
    "CRNN": {"network": "CRNN", "window": 100, "max_epochs": 60, "batch_size": 32, "width": 16, "hidden_size": 64},
}
"""Candidates for the best recipe; each is `PLAIN` with these changes."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["changes", "parts"])
    parser.add_argument("--names", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="narrow networks and one epoch each")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    ptbxl = fetch_ptbxl(args.data, task="superdiagnostic", fs=100, folds=[1, 2, 3])
    halves = [(ptbxl.data[rows], ptbxl.target[rows]) for rows in (ptbxl.fold != 3, ptbxl.fold == 3)]
    {"changes": changes, "parts": parts}[args.what](*halves, args)


def changes(train, test, args):
    """Train the recipes that are not in the table yet."""
    done = {(row["recipe"], row["seed"]) for row in stored("recipe")}
    plans = [(name, seed) for seed in args.seeds for name in args.names if (name, str(seed)) not in done]
    for i, (name, seed) in enumerate(plans, start=1):
        print(f"{i} of {len(plans)}: {name}, seed {seed}", flush=True)
        begin = time.process_time()
        model = build(PLAIN | RECIPES[name] | (QUICK if args.quick else {}), seed).fit(*train)
        row = {"recipe": name, "seed": seed, "fit_s": f"{time.process_time() - begin:.0f}"}
        print_and_store("recipe", row, test[1], model.predict_proba(test[0]))


def parts(train, test, args):
    """Train the best recipe with each seed; evaluate the recipe, its parts, it without each part, and with others."""
    done = {row["seed"] for row in stored("recipe_parts")}
    for seed in [seed for seed in args.seeds if str(seed) not in done]:
        best = make_ecg_pipeline("best", random_state=seed, device="cpu", **(QUICK if args.quick else {}))
        found, names = {}, [name for name, _ in best.estimators]
        further = {} if args.quick or seed else {name: build(PLAIN | params, seed) for name, params in FURTHER.items()}
        for name, part in [*best.estimators, *further.items()]:
            begin = time.process_time()
            part.fit(*train)
            found[name] = time.process_time() - begin, part.predict_proba(test[0])
            print(f"{name}: {found[name][0]:.0f} s", flush=True)
        networks = [name for name, part in best.estimators if "crop" in part.named_steps]
        for what, chosen in groups(names, networks, further).items():
            seconds, probabilities = zip(*(found[name] for name in chosen), strict=True)
            row = {"parts": what, "seed": seed, "fit_s": f"{sum(seconds):.0f}"}
            print_and_store("recipe_parts", row, test[1], np.mean(probabilities, axis=0))


def groups(names, networks, further):
    """Return the parts to average: each part, all but one, the networks, the trees, all parts, and all plus another."""
    found = {name: [name] for name in [*names, *further]}
    found |= {f"all but {name}": [other for other in names if other != name] for name in names}
    found |= {"the networks": networks, "the trees": [name for name in names if name not in networks], "all": names}
    return found | {f"all and {name}": [*names, name] for name in further}


def print_and_store(table, row, y, p):
    """Print and store a row with macro AUC and macro average precision."""
    row |= {"macro_auc": f"{roc_auc_score(y, p):.4f}", "macro_ap": f"{average_precision_score(y, p):.4f}"}
    print(row, flush=True)
    store(table, row | surroundings())


def build(params, seed):
    """Return the pipeline of a recipe."""
    params = dict(params)
    classifier = getattr(classifiers, f"{params.pop('network')}Classifier")
    normalize = Normalize(per=params.pop("per"))
    return make_pipeline(ECGCrop(1000), normalize, classifier(**params, random_state=seed, device="cpu", verbose=1))


if __name__ == "__main__":
    main()

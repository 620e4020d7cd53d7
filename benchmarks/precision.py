"""Compare training in float32 and in bfloat16: records a second, and scores on PTB-XL.

    OMP_NUM_THREADS=1 python benchmarks/precision.py speed
    OMP_NUM_THREADS=1 python benchmarks/precision.py speed --networks ResNet CRNN --repeats 7
    OMP_NUM_THREADS=1 python benchmarks/precision.py scores --seeds 0 1 2

`speed` measures an epoch of `fit` in both precisions, and of a plain PyTorch loop in float32, in turn and in one
process. The plain network is written with `nn.Conv1d` for ResNet18 and CRNN; for the others it is the network of skecg
with the layout of `nn.Conv1d` and `nn.Linear`. `auto` is the precision that `precision="auto"` selects here. `scores`
trains ResNet18 on folds 1 and 2 of PTB-XL and tests on fold 3. Both need a processor on which bfloat16 is quick.
"""

import argparse
import statistics
import time
import warnings
from functools import partial

import numpy as np
import torch
from _plain import PLAIN, in_plain_layout, plain_twin, train_plainly
from _results import QUICK, print_stored, store, stored, surroundings
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skecg import classifiers
from skecg.datasets import fetch_ptbxl
from skecg.inspection import count_multiply_adds
from skecg.preprocessing import ECGCrop, Normalize
from skecg.training.data.batches import ShuffledBatches
from skecg.training.precision import multiply_adds_of, resolve_precision

NETWORKS = [name.removesuffix("Classifier") for name in classifiers.__all__ if name != "ECGClassifier"]
SIZES = [(8, 64)] if QUICK else [(64, 2048), (128, 250)]
SMALLER = {("S4", 2048): 8, ("Transformer", 2048): 16}  # batches of 64 need more than 20 GB
MOST_STEPS, MOST_MULTIPLY_ADDS = 5, 2e11  # of an epoch
RECIPE = {"window": 250, "batch_size": 128, "learning_rate": 3e-3, "weight_decay": 1e-2, "max_epochs": 12}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "scores"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=RECIPE["max_epochs"])
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--quick", action="store_true", help="tiny records")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    {"speed": speed, "scores": scores}[args.what](args)


# -- speed ----------------------------------------------------------------------------------------


def speed(args):
    """Store the rates of every network at two sizes."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # an epoch has too few steps to learn
    for name in args.networks:
        for batch, n_times in SIZES:
            batch = SMALLER.get((name, n_times), batch)
            row = {"network": name, "batch": batch, "n_times": n_times} | _compare(name, batch, n_times, args.repeats)
            print_stored(store("precision_speed", row | surroundings()), row)


def _compare(name, batch, n_times, repeats):
    cls = getattr(classifiers, f"{name}Classifier")
    network = cls()._make_network(12, 2, n_times)
    multiply_adds = count_multiply_adds(network, (12, n_times))
    n_records = batch * max(1, min(MOST_STEPS, int(MOST_MULTIPLY_ADDS / (batch * multiply_adds))))
    auto = resolve_precision("auto", "cpu", partial(multiply_adds_of, network, (12, n_times), batch))
    plain = plain_twin(network, 12, 2) if type(network) in PLAIN else in_plain_layout(network)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_records, 12, n_times)).astype(np.float32)
    y = rng.integers(0, 2, n_records)
    y[:2] = 0, 1
    runs = {"plain": partial(_epoch_of_plain, plain, X, y, batch)}
    for precision in ("float32", "bfloat16"):
        runs[precision] = partial(_epoch_of_fit, cls(precision=precision, batch_size=batch), X, y)
    seconds = {name: [] for name in runs}
    for repeat in range(repeats + 1):
        for key in list(runs)[:: 1 if repeat % 2 else -1]:
            seconds[key].append(runs[key]())
    row = {"multiply_adds_M": f"{multiply_adds / 1e6:.0f}"}
    for key, took in seconds.items():
        took.pop(0)  # the first epoch prepares kernels
        row[f"{key}_per_s"] = f"{n_records / statistics.median(took):.3g}"
    for key, other in (("float32", "plain"), ("bfloat16", "plain"), ("bfloat16", "float32")):
        ratios = [b / a for a, b in zip(seconds[key], seconds[other], strict=True)]
        row[f"{key}_to_{other}"] = f"{statistics.median(ratios):.2f}"
        row[f"{key}_to_{other}_range"] = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return row | {"auto": auto}


def _epoch_of_fit(clf, X, y):
    return clf.set_params(max_epochs=1, random_state=0, device="cpu").fit(X, y).history_[0]["dur"]


def _epoch_of_plain(network, X, y, batch):
    batches = ShuffledBatches(len(X), batch, np.random.default_rng(0))
    begin = time.perf_counter()
    train_plainly(network, X, y, batches, epochs=1, learning_rate=2e-3)
    return time.perf_counter() - begin


# -- scores ---------------------------------------------------------------------------------------


def scores(args):
    """Store the scores of ResNet18 in both precisions; skip rows that are in the table."""
    ptbxl = fetch_ptbxl(args.data, task="superdiagnostic", fs=100, folds=[1, 2, 3])
    train, test = np.isin(ptbxl.fold, [1, 2]), ptbxl.fold == 3
    done = {(row["precision"], row["seed"], row["epochs"]) for row in stored("precision_scores")}
    for seed in args.seeds:
        for precision in ("float32", "bfloat16"):
            if (precision, str(seed), str(args.epochs)) in done:
                continue
            settings = RECIPE | {"max_epochs": args.epochs, "precision": precision, "random_state": seed}
            clf = classifiers.ResNetClassifier(**settings, device="cpu", verbose=1)
            model = make_pipeline(ECGCrop(1000), Normalize(per="dataset"), clf)
            begin = time.perf_counter()
            model.fit(ptbxl.data[train], ptbxl.target[train])
            seconds = time.perf_counter() - begin
            auc = roc_auc_score(ptbxl.target[test], model.predict_proba(ptbxl.data[test]))
            row = {"precision": precision, "seed": seed, "epochs": args.epochs}
            row |= {"macro_auc": f"{auc:.4f}", "fit_s": f"{seconds:.0f}"}
            print_stored(store("precision_scores", row | surroundings()), row)


if __name__ == "__main__":
    main()

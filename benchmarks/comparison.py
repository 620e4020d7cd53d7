"""Compare all networks, and alternatives to skecg, with the same training time.

    OMP_NUM_THREADS=1 python benchmarks/comparison.py
    OMP_NUM_THREADS=1 python benchmarks/comparison.py --tasks superdiagnostic --seconds 30 120 300 --models resnet

There are four tasks: superclasses and rhythms of PTB-XL (train on folds 1 and 2, test on fold 3), the four
classes of CinC 2017 (one stratified split), and the beats of MIT-BIH (train on DS1, test on the other patients
of DS2). Every network has its preset, the same recipe, and as many epochs as fit into the same seconds of one
processor. A network whose epoch takes longer trains on fewer records; the table shows how many. MiniRocket
and the boosted trees have no time limit. All models see the same signals: filtered, at 100 Hz, ten seconds.
A score has the 95 % interval of a bootstrap over patients, or over records if the patients are not known. The
script skips rows that are in results/comparison.csv.
"""

import argparse
import time
from importlib.util import find_spec

import numpy as np
import torch
from _data import load_task
from _results import store, stored, surroundings
from _rivals import MiniRocketRidge, PlainNet, boosted_beats, boosted_samples
from tqdm import tqdm

from skecg import make_ecg_pipeline
from skecg.inspection import count_multiply_adds
from skecg.pipeline import PRESETS
from skecg.reporting import report

TASKS = ("superdiagnostic", "rhythm", "cinc2017", "mitdb")
RIVALS = ("minirocket", "boosted", "plain")
SIZES = {
    "s4": {"width": 32, "n_layers": 2},
    "transformer": {"width": 64},
    "vgg": {"depth": 11},
    "xresnet": {"depth": 50},
}
"""Smaller sizes than the default, where the default is too slow for one processor."""

RECIPE = {"batch_size": 64, "learning_rate": 3e-3, "weight_decay": 1e-2, "random_state": 0, "device": "cpu"}
MOST_EPOCHS = 60
SECONDS = 60
N_PROBED = 256  # records that are used to estimate the time of an epoch
N_RESAMPLES = 300
SCORES = {"auroc": "macro_auc", "average_precision": "macro_ap", "f1": "macro_f1", "g_mean": "macro_g_mean"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--models", nargs="+", choices=[*PRESETS, *RIVALS], default=[*RIVALS, *PRESETS])
    parser.add_argument("--seconds", nargs="+", type=float, default=[SECONDS], help="of training on one core")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="train one second each on synthetic records")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    seconds = [0.5] if args.quick else args.seconds
    for name in args.tasks:
        plans = [(model, s) for model in args.models for s in seconds if not _is_stored(name, model, s)]
        task = load_task(name, args.quick) if plans else None
        for model, budget in tqdm(plans, desc=name):
            if model == "minirocket" and find_spec("aeon") is None:
                tqdm.write("minirocket: skipped, because aeon is not installed (see benchmarks/_rivals.py)")
            elif not _is_stored(name, model, budget):  # a model without a budget is stored by its first run
                row = {"task": name, "model": model} | measured(task, model, budget)
                store("comparison", row | surroundings())


def _is_stored(task, model, seconds):
    budget = "" if model in RIVALS[:2] else f"{seconds:g}"
    return any((row["task"], row["model"], row["budget_s"]) == (task, model, budget) for row in stored("comparison"))


def measured(task, model, seconds):
    """Train one model within its seconds, and return a row with its cost and scores."""
    X, y = task.X[task.train], task.y[task.train]
    X_test, y_test = task.X[~task.train], task.y[~task.train]
    row, make = {"budget_s": ""}, _maker(task, model)
    epochs = None
    if model not in RIVALS[:2]:
        epochs, rows = _within(seconds, make, X, y)
        X, y, row = X[rows], y[rows], {"budget_s": f"{seconds:g}"}
    begin = time.process_time()
    fitted = make(epochs).fit(X, y)
    between = time.process_time()
    p = np.asarray(fitted.predict_proba(X_test), float).clip(0, 1)
    end = time.process_time()
    row |= {"params": _as_text(SIZES.get(model, {})), "epochs": epochs or "", "n_train": len(y), "n_test": len(y_test)}
    row |= _scores(task, y_test, p, fitted) | _cost(fitted, X.shape[1:])
    row |= {"fit_cpu_s": f"{between - begin:.1f}", "predict_cpu_s": f"{end - between:.1f}"}
    row["train_per_s"] = f"{len(y) * (epochs or 1) / (between - begin):.0f}"
    return row | {"predict_per_s": f"{len(y_test) / (end - between):.0f}"}


def _maker(task, model):
    """Return a function that takes the number of epochs and returns the untrained model."""
    if model == "minirocket":
        return lambda _: MiniRocketRidge()
    if model == "boosted":
        few = task.X.shape[2] < 200  # single beats
        return lambda _: boosted_samples() if few else boosted_beats(task.y.ndim == 2)
    if model == "plain":
        return PlainNet
    return lambda epochs: _network(model, epochs, task.X.shape[2])


def _network(name, epochs, n_times):
    pipeline = make_ecg_pipeline(name, **SIZES.get(name, {}), **RECIPE, max_epochs=epochs)
    pipeline.set_params(filter="passthrough", resample="passthrough", crop="passthrough")
    if pipeline.get_params()["classifier__window"] >= n_times:
        pipeline.set_params(classifier__window=None)
    return pipeline


def _within(seconds, make, X, y):
    """Return how many epochs fit into the time, and on which records; time a few records to estimate it."""
    rows = np.random.default_rng(0).permutation(len(y))
    for n in (len(rows[:N_PROBED]) // 4, len(rows[:N_PROBED])):  # the first is a warm-up
        begin = time.process_time()
        make(1).fit(X[rows[:n]], y[rows[:n]])
        took = time.process_time() - begin
    n_seen = int(seconds / took * n)
    return min(max(n_seen // len(y), 1), MOST_EPOCHS), rows[: max(n_seen, 64)]


def _scores(task, y, p, fitted):
    """Return the macro scores with their intervals."""
    labels = task.labels if y.ndim == 2 else [str(label) for label in fitted.classes_]
    groups = None if task.groups is None else task.groups[~task.train]
    table = report(y, p, groups=groups, labels=labels, n_resamples=N_RESAMPLES, random_state=0)
    label = "macro" if "macro" in table.index.get_level_values("label") else labels[-1]
    row = {}
    for score, name in SCORES.items():
        found = table.loc[("all", label, score)]
        row |= {name: f"{found['estimate']:.4f}", f"{name}_range": f"{found['low']:.3f}-{found['high']:.3f}"}
    return row


def _cost(fitted, shape):
    """Return the number of weights, and the multiply-adds of one window; prediction uses several windows per record."""
    last = getattr(fitted, "steps", [("", fitted)])[-1][1]
    if not hasattr(last, "net_"):
        return {"parameters": "", "window": "", "multiply_adds_M": ""}
    window, network = getattr(last, "window", None) or shape[1], last.net_.module_
    count = count_multiply_adds(network, (shape[0], window)) / 1e6
    n_weights = sum(weights.numel() for weights in network.parameters())
    return {"parameters": n_weights, "window": window, "multiply_adds_M": f"{count:.0f}"}


def _as_text(params):
    return " ".join(f"{key}={value}" for key, value in params.items())


if __name__ == "__main__":
    main()

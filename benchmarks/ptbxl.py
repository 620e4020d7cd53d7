"""Train a pipeline on some folds of PTB-XL and evaluate it on other folds.

    python benchmarks/ptbxl.py --train 1 2 --test 3
    python benchmarks/ptbxl.py --train 1-8 --test 9 --network best

Choose recipes with folds 1 to 7 to train and fold 8 to test, or cheaper, with 1 and 2 against 3. Evaluate on fold 9,
or on fold 10 if all folds are available, only once for each final recipe. The figures and their 95 % intervals go to
results/ptbxl.csv. A model of `--task all` is scored on each of the six tasks, in a row of its own.
"""

import argparse
import time
from itertools import chain

import numpy as np
import torch
from _data import fold_range
from _results import print_stored, store, surroundings
from _statements import by_task
from sklearn.metrics import average_precision_score, f1_score
from sklearn.pipeline import Pipeline

from skecg import make_ecg_pipeline
from skecg.classifiers import CRNNClassifier, ResNetClassifier
from skecg.datasets import fetch_ptbxl
from skecg.metrics import bootstrap_interval, macro_auc_score
from skecg.preprocessing import ECGCrop, Normalize

NETWORKS = {"crnn": CRNNClassifier, "resnet": ResNetClassifier}
# Windows of 2.5 s as in Strodthoff 2021; one mean and standard deviation for the whole set; no filter.
RECIPE = {
    "window": 250,
    "batch_size": 128,
    "learning_rate": 3e-3,
    "weight_decay": 1e-2,
    "gradient_clip": 1.0,
}


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    folds = sorted({*args.train, *args.test})
    ptbxl = fetch_ptbxl(args.data, task=args.task, fs=100, folds=folds)
    train, test = (np.isin(ptbxl.fold, chosen) for chosen in (args.train, args.test))
    model = build(args)
    begin, begin_core = time.perf_counter(), time.process_time()
    model.fit(ptbxl.data[train], ptbxl.target[train])
    fit_seconds, fit_core_seconds = time.perf_counter() - begin, time.process_time() - begin_core
    p = model.predict_proba(ptbxl.data[test])
    row = {
        "task": args.task,
        "network": args.network,
        "train": " ".join(map(str, args.train)),
        "test": " ".join(map(str, args.test)),
        "records": f"{train.sum()}/{test.sum()}",
        "per": args.per,
        "epochs": "" if args.network == "best" else args.epochs,
        "jobs": args.jobs or 1,
        "seed": args.seed,
        "fit_s": f"{fit_seconds:.0f}",
        "fit_core_s": f"{fit_core_seconds:.0f}",
        "predict_s": f"{time.perf_counter() - begin - fit_seconds:.0f}",
        **surroundings(),
    }
    y, names = ptbxl.target[test], ptbxl.target_names
    for task, *scored in by_task(args.task, y, p, names):
        found = row | {"scored": task} | scores(*scored)
        print_stored(store("ptbxl", found), found)


def scores(y, p):
    """Return the scores of labels, as text; a label without positives counts in none of them."""
    auc = bootstrap_interval(macro_auc_score, y, p, n_resamples=200, random_state=0)
    present = y.any(axis=0)
    return {
        "macro_auc": f"{auc.estimate:.4f}",
        "macro_auc_low": f"{auc.low:.4f}",
        "macro_auc_high": f"{auc.high:.4f}",
        "macro_ap": f"{average_precision_score(y[:, present], p[:, present], average='macro'):.4f}",
        "macro_f1": f"{f1_score(y[:, present], p[:, present] > 0.5, average='macro', zero_division=0):.4f}",
    }


def build(args):
    """Return the best recipe, or a single network."""
    params = {"random_state": args.seed, "device": args.device}
    if args.network == "best":
        return make_ecg_pipeline("best", **params, verbose=True).set_params(n_jobs=args.jobs)
    params["max_epochs"] = args.epochs
    return Pipeline(
        [
            ("crop", ECGCrop(length=1000)),
            ("normalize", Normalize(method="zscore", per=args.per)),
            ("classifier", NETWORKS[args.network](**RECIPE, **params, verbose=1)),
        ]
    )


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="PTB-XL folder; default $SKECG_DATA/ptbxl")
    parser.add_argument("--task", default="superdiagnostic")
    parser.add_argument("--network", default="crnn", choices=[*NETWORKS, "best"])
    parser.add_argument("--train", type=fold_range, nargs="+", default=[[1, 2]], help="folds, such as 1-7 or 1 2 4-6")
    parser.add_argument("--test", type=fold_range, nargs="+", default=[[3]])
    parser.add_argument("--per", default="dataset", help="scope of one mean and standard deviation, as in Normalize")
    parser.add_argument(
        "--epochs", type=int, default=15, help="epochs of a single network; the best recipe has its own epochs"
    )
    parser.add_argument("--jobs", type=int, help="number of parts of the best recipe that are trained in parallel")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    args.train, args.test = sorted({*chain(*args.train)}), sorted({*chain(*args.test)})
    if shared := sorted({*args.train} & {*args.test}):
        parser.error(f"the folds {shared} are in --train and in --test")
    return args


if __name__ == "__main__":
    main()

"""Train a pipeline on some folds of PTB-XL and evaluate it on other folds.

    python benchmarks/ptbxl.py --train 1 2 --test 3
    python benchmarks/ptbxl.py --train 1-8 --test 9 --network best

Choose recipes with folds 1 and 2 to train and fold 3 to test. Evaluate on fold 9, or on fold 10 if all folds
are available, only once for each final recipe. The figure and its interval go to results/ptbxl.csv.
"""

import argparse
import time
from itertools import chain

import numpy as np
import torch
from _data import fold_range
from _results import store, surroundings
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.pipeline import Pipeline

from skecg import make_ecg_pipeline
from skecg.classifiers import CRNNClassifier, ResNetClassifier
from skecg.datasets import fetch_ptbxl
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
    begin = time.perf_counter()
    model.fit(ptbxl.data[train], ptbxl.target[train])
    fit_seconds = time.perf_counter() - begin
    p = model.predict_proba(ptbxl.data[test])
    y = ptbxl.target[test]
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
        "macro_auc": f"{roc_auc_score(y, p, average='macro'):.4f}",
        "macro_ap": f"{average_precision_score(y, p, average='macro'):.4f}",
        "macro_f1": f"{f1_score(y, p > 0.5, average='macro'):.4f}",
        "fit_s": f"{fit_seconds:.0f}",
        "predict_s": f"{time.perf_counter() - begin - fit_seconds:.0f}",
        **surroundings(),
    }
    print("\n".join(f"{key:>14}  {value}" for key, value in row.items()))
    print("stored in", store("ptbxl", row))


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

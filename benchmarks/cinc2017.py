"""Cross-validate "best", or a single pipeline, on CinC 2017: F1 of sinus rhythm, atrial fibrillation and other rhythms.

    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py
    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py --network resnet
    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py --tuned

Five stratified folds of the records in the folder; the data set names no patients, so that two records of one patient
may lie in two folds. Nothing is chosen on the records that are scored: `--tuned` chooses weights of the classes on
folds of the training records. It scores the decisions of the same models without and with the weights. The figures go
to results/cinc2017.csv.
"""

import argparse
import time

import numpy as np
import torch
from _data import load_cinc2017
from _results import QUICK, print_stored, store, surroundings
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from skecg import make_ecg_pipeline
from skecg.metrics import bootstrap_interval, cinc2017_score
from skecg.model_selection import TunedClassWeights

CLASSES = {"N": "normal", "A": "AF", "O": "other"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="best", help="a name that make_ecg_pipeline takes")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--tuned", action="store_true", help="also decide with weights of the classes: trains four times"
    )
    parser.add_argument("--jobs", type=int, default=1, help="folds at a time, each in a process of its own")
    parser.add_argument("--quick", action="store_true", help="synthetic records and one epoch")
    args = parser.parse_args()
    found = load_cinc2017(quick=QUICK)
    params = {"width": 8, "max_epochs": 1} if QUICK else {}
    model = make_ecg_pipeline(args.network, random_state=args.seed, device="cpu", **params)
    if args.tuned:
        model = TunedClassWeights(model, scoring=cinc2017_score, cv=3)
    y = np.asarray(found.target)
    folds = StratifiedKFold(args.folds, shuffle=True, random_state=args.seed).split(y, y)
    decided = Parallel(args.jobs)(delayed(decide)(model, found.data, y, *fold) for fold in folds)
    tests, most_probable, predicted, seconds = zip(*decided, strict=True)
    plan = {"network": args.network, "folds": args.folds, "records": len(y), "seed": args.seed}
    plan["fit_and_predict_s"] = f"{sum(seconds):.0f}"
    truth = y[np.concatenate(tests)]
    store_scores(plan | {"tuned": ""}, truth, np.concatenate(most_probable))
    if args.tuned:
        store_scores(plan | {"tuned": "yes"}, truth, np.concatenate(predicted))


def decide(model, X, y, train, test):
    """Return the rows of a fold, the most probable and the predicted class of each record, and the seconds it took."""
    torch.set_num_threads(1)
    begin = time.process_time()
    fitted = clone(model).fit(X[train], y[train])
    most_probable = fitted.classes_[fitted.predict_proba(X[test]).argmax(axis=1)]
    return test, most_probable, fitted.predict(X[test]), time.process_time() - begin


def store_scores(plan, truth, decided):
    """Store the score of some decisions, with its interval, and F1 of each class."""
    score = bootstrap_interval(cinc2017_score, truth, decided, random_state=0)
    row = plan | {"score": f"{score.estimate:.3f}", "low": f"{score.low:.3f}", "high": f"{score.high:.3f}"}
    each = f1_score(truth, decided, labels=list(CLASSES), average=None)
    row |= {f"f1_{name}": f"{value:.3f}" for name, value in zip(CLASSES.values(), each, strict=True)}
    print_stored(store("cinc2017", row | surroundings()), row)


if __name__ == "__main__":
    main()

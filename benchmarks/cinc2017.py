"""Cross-validate "best", or a single pipeline, on CinC 2017: F1 of sinus rhythm, atrial fibrillation and other rhythms.

    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py
    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py --network resnet

Five stratified folds of the records in the folder; the data set names no patients, so that two records of one patient
may lie in two folds. Two decisions are scored: the most probable class, and the class of the highest weighted
probability, with the weights of `TunedClassWeights`. Those of a fold are chosen on the out-of-fold probabilities of the
other folds, whose models have seen the fold; a nested cross-validation would cost four times as much. Nothing else is
chosen on these records. The figures go to results/cinc2017.csv.
"""

import argparse
import time

import numpy as np
import torch
from _data import load_cinc2017
from _results import QUICK, print_stored, store, surroundings
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from skecg import make_ecg_pipeline
from skecg.metrics import bootstrap_interval, cinc2017_score
from skecg.model_selection._weight_search import best_weights, score_of_decisions

CLASSES = {"N": "normal", "A": "AF", "O": "other"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="best", help="a name that make_ecg_pipeline takes")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="folds at a time, each in a process of its own")
    parser.add_argument("--quick", action="store_true", help="synthetic records and one epoch")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = load_cinc2017(quick=QUICK)
    params = {"width": 8, "max_epochs": 1} if QUICK else {}
    model = make_ecg_pipeline(args.network, random_state=args.seed, device="cpu", **params)
    classes, y = np.unique(found.target, return_inverse=True)
    folds = [*StratifiedKFold(args.folds, shuffle=True, random_state=args.seed).split(y, y)]
    begin = time.perf_counter()
    p = cross_val_predict(model, found.data, classes[y], cv=folds, n_jobs=args.jobs, method="predict_proba")
    plan = {"network": args.network, "folds": args.folds, "records": len(y), "seed": args.seed, "jobs": args.jobs}
    plan["fit_and_predict_s"] = f"{time.perf_counter() - begin:.0f}"
    store_scores(plan | {"tuned": ""}, classes[y], classes[p.argmax(axis=1)])
    store_scores(plan | {"tuned": "yes"}, classes[y], classes[weighted(p, y, classes, folds)])


def weighted(p, y, classes, folds):
    """Return the class of the highest weighted probability; the weights of a fold are chosen on the other folds."""
    decided = np.empty_like(y)
    for others, fold in folds:
        score = score_of_decisions(cinc2017_score, y[others], classes, np.ones(len(others)))
        decided[fold] = (p[fold] * best_weights(p[others], score)).argmax(axis=1)
    return decided


def store_scores(plan, truth, decided):
    """Store the score of some decisions, with its interval, and F1 of each class."""
    score = bootstrap_interval(cinc2017_score, truth, decided, random_state=0)
    row = plan | {"score": f"{score.estimate:.3f}", "low": f"{score.low:.3f}", "high": f"{score.high:.3f}"}
    each = f1_score(truth, decided, labels=list(CLASSES), average=None)
    row |= {f"f1_{name}": f"{value:.3f}" for name, value in zip(CLASSES.values(), each, strict=True)}
    print_stored(store("cinc2017", row | surroundings()), row)


if __name__ == "__main__":
    main()

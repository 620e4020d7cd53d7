"""Cross-validate "best", or a single pipeline, on CinC 2017: F1 of sinus rhythm, atrial fibrillation and other rhythms.

    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py
    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py --network resnet
    OMP_NUM_THREADS=1 python benchmarks/cinc2017.py --tuned

Five stratified folds of the records in the folder; the data set names no patients, so that two records of one patient
may lie in two folds. Nothing is chosen on the records that are scored: `--tuned` chooses the weights of the classes on
three folds of the training records. The figures go to results/cinc2017.csv.
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
from skecg.model_selection import TunedClassWeights

CLASSES = {"N": "normal", "A": "AF", "O": "other"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="best", help="a name that make_ecg_pipeline takes")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tuned", action="store_true", help="decide with weights of the classes: trains four times")
    parser.add_argument("--quick", action="store_true", help="synthetic records and one epoch")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = load_cinc2017(quick=QUICK)
    params = {"width": 8, "max_epochs": 1} if QUICK else {}
    model = make_ecg_pipeline(args.network, random_state=args.seed, device="cpu", **params)
    if args.tuned:
        model = TunedClassWeights(model, scoring=cinc2017_score, cv=3)
    folds = StratifiedKFold(args.folds, shuffle=True, random_state=args.seed)
    begin, y = time.process_time(), np.asarray(found.target)
    predicted = cross_val_predict(model, found.data, y, cv=folds)
    score = bootstrap_interval(cinc2017_score, y, predicted, random_state=0)
    row = {"network": args.network, "folds": args.folds, "records": len(y), "seed": args.seed}
    row["tuned"] = "yes" if args.tuned else ""
    row |= {"score": f"{score.estimate:.3f}", "low": f"{score.low:.3f}", "high": f"{score.high:.3f}"}
    each = f1_score(y, predicted, labels=list(CLASSES), average=None)
    row |= {f"f1_{name}": f"{value:.3f}" for name, value in zip(CLASSES.values(), each, strict=True)}
    row |= {"fit_and_predict_s": f"{time.process_time() - begin:.0f}", **surroundings()}
    print_stored(store("cinc2017", row), row)


if __name__ == "__main__":
    main()

"""Which model suits 50, 100 or 300 records: networks, tables of beats, "best", MiniRocket, a random encoder.

    OMP_NUM_THREADS=1 python benchmarks/cohorts.py run
    OMP_NUM_THREADS=1 rocket/bin/python benchmarks/cohorts.py run --ways MiniRocket
    python benchmarks/cohorts.py summary

The targets are atrial fibrillation, infarction and hypertrophy of PTB-XL (drawn from folds 1 to 7, tested on fold 8),
and atrial fibrillation of CinC 2017. Each way learns from the same records in ten draws. A row of results/cohorts.csv
is one fit, and `run` skips rows that are in the table; `summary` writes results/cohorts_means.csv, with the difference
of each way to extra trees on the beats. _rivals.py says how to install MiniRocket.
"""

import argparse
import time
import warnings
from functools import cached_property

import numpy as np
import torch
from _data import load_ptbxl
from _results import FOLDER, QUICK, print_stored, store, stored, surroundings
from _rivals import MiniRocketRidge
from _transfer_targets import TARGETS as ELSEWHERE
from _transfer_targets import Target, draw_records
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from transfer import RANDOM, TABLES, TRAINING, interval, least_epochs, make_model

from skecg import make_ecg_pipeline
from skecg.ensemble._pooling import logarithmic_pool
from skecg.features import BeatFeatures, MedianBeat
from skecg.preprocessing import ECGCrop, ECGResample

SIZES = (10, 20) if QUICK else (50, 100, 300)
STATEMENTS = {
    "ptbxl-af": ("AFIB",),
    "ptbxl-mi": ("IMI", "ASMI", "ILMI", "AMI", "ALMI", "LMI", "IPLMI", "IPMI", "PMI"),
    "ptbxl-lvh": ("LVH",),
}
TARGETS = (*STATEMENTS, "cinc2017-af")
BEST = {"best": {}, "best, batches of 32": {"batch_size": 32}, "best, windows of 2.5 s": {"window": 250}}
"""The best recipe, and changes of its network, by the names of the ways."""

WAYS = (
    *TABLES,
    *BEST,
    "from scratch",
    "random encoder",
    "MiniRocket",
)
BASELINE = "beats, extra trees"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["run", "summary"])
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=[way for way in WAYS if way != "MiniRocket"])
    parser.add_argument("--draws", type=int, default=1 if QUICK else 10)
    parser.add_argument("--quick", action="store_true", help="synthetic records and short trainings")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # the study asks what few steps cost
    {"run": run, "summary": summary}[args.what](args)


def run(args):
    """Fit what is not in the table yet."""
    for name in args.targets:
        cohort, done = None, {_key(row) for row in stored("cohorts")}
        for draw in range(args.draws):
            for way in args.ways:
                wanted = [key for key in ((name, way, str(draw), str(n)) for n in SIZES) if key not in done]
                if wanted:
                    cohort = cohort or Cohort(_target(name))
                    rows, test = draw_records(cohort.target, draw, SIZES)
                    for key in wanted:
                        fit_and_score(cohort, key, rows[int(key[-1])], test)


def fit_and_score(cohort, key, rows, test):
    """Fit a way on some records, and store its AUROC on the records to test."""
    name, way, draw, n = key
    y, begin = cohort.target.y, time.process_time()
    p = cohort.probabilities(way, int(draw), rows, test)
    row = {"target": name, "way": way, "draw": draw, "n": n, "n_test": len(test), "positive": int(y[rows].sum())}
    row |= {"auroc": f"{roc_auc_score(y[test], p):.4f}", "seconds": f"{time.process_time() - begin:.1f}"}
    print_stored(store("cohorts", row | surroundings()), row)


class Cohort:
    """Records of a target, with what does not depend on the records that are drawn."""

    def __init__(self, target):
        self.target = target

    @cached_property
    def signals(self):
        """Signals at 100 Hz of 10 s, for ways without a filter."""
        records = ECGResample(100).fit_transform(self.target.X)
        return ECGCrop(1000, pad=True).fit_transform(records).to_array()

    @cached_property
    def tables(self):
        """The tables of the trees of "best", by the names of its parts."""
        beats = BeatFeatures().fit_transform(self.target.X)
        return {"measures": beats, "shape": np.hstack([beats, MedianBeat().fit_transform(self.target.X)])}

    def probabilities(self, way, draw, rows, test):
        """Return the probability of the second class of the records to test, learnt from the rows."""
        if way in BEST:
            return self._best(rows, test, random_state=draw, **BEST[way])
        if way == "from scratch":
            network = make_ecg_pipeline("resnet", **TRAINING, max_epochs=least_epochs(len(rows)), random_state=draw)
            return self._fitted(network, self.target.X, rows, test)
        if way == "random encoder":
            return self._random_encoder(rows, test, draw)
        if way == "MiniRocket":
            return self._fitted(MiniRocketRidge(), self.signals, rows, test)
        return self._fitted(make_model(way, self, len(rows), draw), self.tables["measures"], rows, test)

    def _fitted(self, model, X, rows, test):
        return model.fit(X[rows], self.target.y[rows]).predict_proba(X[test])[:, 1]

    def _best(self, rows, test, **params):
        """Return what "best" says; its tables are computed once for all draws."""
        params |= {"device": "cpu", **({"width": 8, "max_epochs": 1} if QUICK else {})}
        parts = dict(make_ecg_pipeline("best", **params).estimators)
        each = [self._fitted(parts.pop("network"), self.target.X, rows, test)]
        each += [self._fitted(part[1:], self.tables[name], rows, test) for name, part in parts.items()]
        return logarithmic_pool(each, None, of_labels=True)

    def _random_encoder(self, rows, test, draw):
        network = make_ecg_pipeline("resnet", **TRAINING | RANDOM, random_state=draw)
        network.fit(self.target.X[rows], self.target.y[rows])
        embedding = network[-1].transform(network[:-1].transform(self.target.X[np.r_[rows, test]]))
        head = make_model("random embedding", self, len(rows), draw)
        head.fit(embedding[: len(rows)], self.target.y[rows])
        return head.predict_proba(embedding[len(rows) :])[:, 1]


def _target(name):
    if name in ELSEWHERE:
        return ELSEWHERE[name]()
    found = load_ptbxl(task="all", folds=range(1, 9), quick=QUICK)
    wanted = ("LBBB",) if QUICK else STATEMENTS[name]
    y = found.target[:, np.isin(found.target_names, wanted)].any(axis=1).astype(int)
    return Target(found.data, y, np.asarray(found.fold) == 8)


# -- the comparison -------------------------------------------------------------------------------


def summary(args):
    """Average each way over its draws; compare it with extra trees on the beats over the draws that both have."""
    scores = {}
    for row in stored("cohorts"):
        scores.setdefault((row["target"], row["way"], row["n"]), {})[row["draw"]] = float(row["auroc"])
    (FOLDER / "cohorts_means.csv").unlink(missing_ok=True)
    for (target, way, n), mine in scores.items():
        row = {"target": target, "way": way, "n": n, "draws": len(mine), "auroc": f"{np.mean([*mine.values()]):.3f}"}
        other = scores.get((target, BASELINE, n), {})
        differences = np.array([score - other[draw] for draw, score in mine.items() if draw in other])
        if way != BASELINE and len(differences) > 1:
            row |= dict(zip(("difference", "low", "high"), (f"{v:+.3f}" for v in interval(differences)), strict=True))
        print_stored(store("cohorts_means", row), row)


def _key(row):
    return tuple(row[column] for column in ("target", "way", "draw", "n"))


if __name__ == "__main__":
    main()

"""What the packaged weights are worth on small targets that PTB-XL does not hold.

    OMP_NUM_THREADS=1 python benchmarks/transfer.py run
    OMP_NUM_THREADS=1 python benchmarks/transfer.py run --weights crnn.skecg --targets ludb --draws 2 --sizes 50
    python benchmarks/transfer.py summary

The targets are atrial fibrillation against the rest and the four classes of CinC 2017, diagnoses of LUDB, beats of
MIT-BIH, and a synthetic cohort of suspected embolism: _transfer_targets.py. Each way learns from the same records,
25 to 400 of them, in ten draws, and is tested on other records. A row of results/transfer.csv is one fit, and `run`
skips rows that are in the table. Records pass the steps of the packaged pipeline, the frozen network and the table of
beats only once for all draws. `summary` compares the ways in pairs of draws: results/transfer_means.csv and
results/transfer_differences.csv.
"""

import argparse
import tempfile
import time
import warnings
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from _results import FOLDER, QUICK, store, stored, surroundings
from _transfer_targets import SIZES, TARGETS, draw_records
from scipy.stats import t as student
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skecg
from skecg.features import BeatFeatures
from skecg.metrics import macro_auc_score
from skecg.model_selection._folds import positive_probabilities
from skecg.persistence._overlap import contract_of

N_STEPS = 2 if QUICK else 200  # least steps of a training, so that 25 records are not left half trained
FEWEST_EPOCHS = 1 if QUICK else 20
TRAINING = {"batch_size": 32, "learning_rate": 1e-3, "weight_decay": 1e-2, "device": "cpu"}
HEAD_RATE = 1e-2  # a linear layer on fixed features takes larger steps
RANDOM = {"learning_rate": 1e-12, "weight_decay": 0.0, "max_epochs": 1}  # only BatchNorm learns: its statistics
PENALTY = 0.01  # C of the logistic regression: the best of .001 to 1 on records of CinC 2017 that are not tested
RANDOM_PENALTY = 1.0  # on a random embedding, chosen in the same way
SECONDS = 30  # of a record that the network sees, at most; the packaged pipelines keep 10
N_TREES = 20 if QUICK else 500
N_DRAWS = 10

TRAINED = ("from scratch", "head", "all weights")
OWN_OUTPUT = ("own output", "own output + beats, trees")  # for targets with statements of PTB-XL
FROZEN = ("embedding", "embedding + beats", "embedding + beats, trees", "random embedding", *OWN_OUTPUT)
TABLES = ("beats, extra trees", "beats, boosted trees")  # no network
WAYS = (*TABLES, *FROZEN, *TRAINED)  # the cheap ones first
BASELINES = ("from scratch", "beats, extra trees")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["run", "summary"])
    parser.add_argument("--weights", default="ptbxl-resnet", help="name of a packaged model, or a file")
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--sizes", nargs="+", type=int, choices=SIZES, default=list(SIZES))
    parser.add_argument("--draws", type=int, default=1 if QUICK else N_DRAWS)
    parser.add_argument("--quick", action="store_true", help="synthetic records and a network that has learnt nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if QUICK:
        warnings.simplefilter("ignore", ConvergenceWarning)
    {"run": run, "summary": summary}[args.what](args)


# -- the runs -------------------------------------------------------------------------------------


def run(args):
    """Fit what is not in the table yet."""
    weights = _quick_weights() if QUICK else args.weights
    network = "quick" if QUICK else Path(weights).stem
    for name in args.targets:
        target, done = None, {_key(row) for row in stored("transfer")}
        for way in args.ways:
            for draw in range(args.draws):
                wanted = [(name, "" if way in TABLES else network, way, str(draw), str(n)) for n in _sizes(way, args)]
                if {*wanted} <= done:
                    continue
                target = target or Inputs(TARGETS[name](), weights)
                rows, test = draw_records(target.target, draw)
                for key in wanted:
                    n = int(key[-1])
                    if key not in done and (n == 0 or n in rows):
                        fit_and_score(target, key, rows.get(n), test)


def _sizes(way, args):
    """Return the sizes of a way; 0 for the output of the network itself, which learns from no record."""
    return [0] if way == "own output" else args.sizes


def _key(row):
    return tuple(row[column] for column in ("target", "network", "way", "draw", "n"))


def fit_and_score(inputs, key, rows, test):
    """Fit a way on some records, and store its AUROC on the records to test; nothing if a target lacks this way."""
    name, network, way, draw, n = key
    y = inputs.target.y
    if way in OWN_OUTPUT and not inputs.target.statements:
        return
    if way == "own output":
        seconds, score = 0.0, macro_auc_score(y[test], inputs.own_output[test])
    else:
        X, model = inputs.table(way, int(draw)), make_model(way, inputs, int(n), int(draw))
        begin = time.process_time()
        model.fit(X[rows], y[rows])
        seconds = time.process_time() - begin
        p, labels = positive_probabilities(model, X[test]), None if y.ndim == 2 else model.classes_
        score = macro_auc_score(y[test], p, labels=labels)
    row = {"target": name, "network": network, "way": way, "draw": draw, "n": n, "n_test": len(test)}
    row |= {"auroc": f"{score:.4f}", "seconds": f"{seconds:.2f}"}
    print("  ".join(map(str, row.values())), flush=True)
    store("transfer", row | surroundings())


class Inputs:
    """What the ways learn from; each part is computed once, when it is first used."""

    def __init__(self, target, weights):
        self.target = target
        self.weights = weights
        self.source = skecg.make_embedding(weights).estimator[-1]  # the network with its weights
        longest = max(target.X.lengths / target.X.fs)
        n_times = round(min(longest, SECONDS) * self.source.fs_)
        self.pipeline = skecg.make_ecg_pipeline(pretrained=weights).set_params(crop__length=n_times)
        self._random = {}

    @cached_property
    def records(self):
        """The records as the network gets them."""
        return self.pipeline[:-1].fit_transform(self.target.X)

    @cached_property
    def embedding(self):
        """The input of the last layer of the network with its weights."""
        return self.source.transform(self.records)

    @cached_property
    def beats(self):
        """The table of beats, with the columns that the target adds."""
        table = BeatFeatures().fit_transform(self.target.X)
        return table if self.target.more is None else np.column_stack([table, self.target.more])

    @cached_property
    def own_output(self):
        """The largest probability of the statements of each label; a vector for two classes."""
        names = list(contract_of(self.weights).labels)
        p = positive_probabilities(self.source, self.records)
        columns = [p[:, [names.index(name) for name in label]].max(axis=1) for label in self.target.statements]
        return columns[0] if self.target.y.ndim == 1 else np.column_stack(columns)

    def random_embedding(self, draw):
        """Return the embedding of a network of random weights, whose BatchNorm has the statistics of the records."""
        if draw not in self._random:
            network = self.network(draw, "none").set_params(**RANDOM)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                network.fit(self.records, self.target.y)
            self._random[draw] = network.transform(self.records)
        return self._random[draw]

    def network(self, draw, fine_tune):
        """Return the classifier to train, with the weights or, if nothing is fine-tuned, without them."""
        network = clone(self.pipeline[-1]).set_params(**TRAINING, random_state=draw)
        return network.set_params(**({"pretrained": None} if fine_tune == "none" else {"fine_tune": fine_tune}))

    def table(self, way, draw):
        """Return what a way learns from: records, or a table."""
        if way in TRAINED:
            return self.records
        if way == "random embedding":
            return self.random_embedding(draw)
        parts = [self.embedding] if "embedding" in way else []
        if "own output" in way:
            parts.append(self.own_output.reshape(len(self.target.y), -1))
        return np.hstack([*parts, *([self.beats] if "beats" in way else [])])


def least_epochs(n):
    """Return the epochs of a training on n records that has enough steps."""
    return max(FEWEST_EPOCHS, -(-N_STEPS // -(-n // TRAINING["batch_size"])))


def make_model(way, inputs, n, draw):
    """Return the unfitted model of a way, for n records."""
    if way in TRAINED:
        fine_tune = {"from scratch": "none", "head": "head", "all weights": "all"}[way]
        rate = HEAD_RATE if way == "head" else TRAINING["learning_rate"]
        network = inputs.network(draw, fine_tune)
        return network.set_params(max_epochs=least_epochs(n), learning_rate=rate)
    if way == "beats, boosted trees":
        steps = [
            HistGradientBoostingClassifier(min_samples_leaf=5, random_state=draw)
        ]  # by default it needs 40 records
    elif "trees" in way:
        steps = [ExtraTreesClassifier(N_TREES, random_state=draw)]
    else:
        penalty = RANDOM_PENALTY if way == "random embedding" else PENALTY
        steps = [StandardScaler(), LogisticRegression(C=penalty, max_iter=2000)]
    if inputs.target.y.ndim == 2:
        steps[-1] = OneVsRestClassifier(steps[-1])
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), *steps)


def _quick_weights():
    """Train a small network for one epoch on synthetic records, and return its file."""
    from _pretraining import build, load

    records = load([1])
    model = build("resnet", seed=0, device="cpu", verbose=0, width=8).fit(records.data, records.target)
    path = Path(tempfile.mkdtemp(prefix="skecg-quick-")) / "quick.skecg"
    skecg.save(model, path, target_names=list(records.target_names))
    return path


# -- the comparison -------------------------------------------------------------------------------


def summary(args):
    """Average each way over its draws, and its differences to the baselines over the draws that both have."""
    rows = stored("transfer")
    for table in ("transfer_means", "transfer_differences"):
        (FOLDER / f"{table}.csv").unlink(missing_ok=True)
    for network in sorted({row["network"] for row in rows} - {""}):
        scores = {}  # {(target, way): {n: {draw: AUROC}}}
        for row in rows:
            if row["network"] in (network, ""):
                curve = scores.setdefault((row["target"], row["way"]), {})
                curve.setdefault(int(row["n"]), {})[row["draw"]] = float(row["auroc"])
        for target, way in ((target, way) for target in TARGETS for way in WAYS if (target, way) in scores):
            curve = scores[target, way]
            place = {"target": target, "network": network, "way": way}
            means = {str(n): f"{np.mean([*curve[n].values()]):.3f}" if n in curve else "" for n in (0, *SIZES)}
            store("transfer_means", place | means)
            for baseline in BASELINES:
                _compare(place, curve, scores.get((target, baseline), {}), baseline)


def _compare(place, curve, other, baseline):
    """Store and print the differences of a way to a baseline, one row for each size."""
    for n in sorted(other):
        mine = curve.get(n) or curve.get(0, {})  # the network's own output is the same for all sizes
        differences = [score - other[n][draw] for draw, score in mine.items() if draw in other[n]]
        if place["way"] == baseline or len(differences) < 2:
            continue
        mean, low, high = interval(np.array(differences))
        row = place | {"minus": baseline, "n": n, "draws": len(differences)}
        row |= {"difference": f"{mean:+.3f}", "low": f"{low:+.3f}", "high": f"{high:+.3f}"}
        print("  ".join(map(str, row.values())))
        store("transfer_differences", row)


def interval(differences):
    """Return the mean and its 95 % interval of Student's t; the draws vary, the test records mostly do not."""
    mean, n = differences.mean(), len(differences)
    half = student.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half


if __name__ == "__main__":
    main()

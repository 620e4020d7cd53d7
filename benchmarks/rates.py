"""Measure how many ECGs a second each network trains and predicts on a device, and where the time of a pipeline goes.

    OMP_NUM_THREADS=1 python benchmarks/rates.py networks
    python benchmarks/rates.py networks --device cuda --batch 256
    OMP_NUM_THREADS=2 python benchmarks/rates.py epoch --threads 2
    OMP_NUM_THREADS=2 python benchmarks/rates.py pipeline --threads 2
    python benchmarks/rates.py moves --device cuda

`networks` measures a later epoch of `fit`, and `predict_proba`, on windows of 2.5 s in the precision of "auto". The
peak is that of a large matrix product in this precision; an epoch counts three times the multiply-adds of a
prediction. `epoch` measures an epoch of ResNet18 on 17,000 records of 10 s in windows of 2.5 s. `pipeline` fits
`make_ecg_pipeline("resnet")` on 6,400 records at 500 Hz, and shows the seconds of each step and of each epoch. `moves`
checks that predictions, explanations, masks and checkpoints of a device are those of the CPU.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from _results import QUICK, print_stored, store, surroundings
from sklearn.exceptions import ConvergenceWarning

import skecg
from skecg import classifiers, make_ecg_pipeline
from skecg.datasets import make_ecg
from skecg.inspection import count_multiply_adds, saliency
from skecg.records import ECGRecords

NETWORKS = [name for name in classifiers.__all__ if name != "ECGClassifier"]
N_LEADS, WINDOW = 12, 250
N_RECORDS, N_EPOCH, N_PIPELINE = (32, 64, 32) if QUICK else (2048, 17_000, 6400)
SIDE = 256 if QUICK else 4096  # of the matrices of the peak on a GPU; a quarter of that on a CPU
TOLERANCE = 1e-3  # of a probability, between devices


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["networks", "epoch", "pipeline", "moves"])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="few records")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    warnings.simplefilter("ignore", ConvergenceWarning)  # two epochs learn little
    {"networks": networks, "epoch": epoch, "pipeline": pipeline, "moves": moves}[args.what](args)


# -- rates of the networks ------------------------------------------------------------------------


def networks(args):
    """Store the rates of each network, and their share of the peak of the device."""
    X, y = _noise(N_RECORDS, WINDOW)
    for name in args.networks:
        clf = _network(name, args, max_epochs=1 + args.repeats).fit(X, y)
        train = len(X) / statistics.median(epoch["dur"] for epoch in clf.history_[1:])
        predict = len(X) / statistics.median(_seconds(clf.predict_proba, X, args) for _ in range(args.repeats))
        work = count_multiply_adds(clf.net_.module_, (N_LEADS, WINDOW))
        peaks = {precision: _peak(precision, args) for precision in {clf.precision_, "float32"}}
        row = {"network": name.removesuffix("Classifier"), "precision": clf.precision_, "batch": args.batch}
        row |= {"train_per_s": f"{train:.0f}", "train_of_peak": f"{3 * train * work / peaks[clf.precision_]:.2f}"}
        row |= {"predict_per_s": f"{predict:.0f}", "predict_of_peak": f"{predict * work / peaks['float32']:.2f}"}
        row |= {"s_for_a_million": f"{1e6 / predict:.0f}"}
        _keep("rates", row, args)


def _network(name, args, **params):
    return getattr(classifiers, name)(batch_size=args.batch, random_state=0, device=args.device, **params)


def _noise(n_records, n_times):
    X = np.random.default_rng(0).standard_normal((n_records, N_LEADS, n_times), dtype=np.float32)
    return X, np.arange(n_records) % 2


def _peak(precision, args):
    """Return the multiply-adds a second of a large matrix product, on a CPU by the quicker of two libraries."""
    side = SIDE if args.device != "cpu" else SIDE // 4
    a = torch.randn(side, side, device=args.device, dtype=getattr(torch, precision))
    ways = [(torch.matmul, a)]
    if args.device == "cpu" and precision == "float32":  # torch.matmul takes MKL, which uses half of an AMD processor
        ways.append((torch.ops.aten.mkldnn_linear, a.to_mkldnn()))
    return max(side**3 / min(_seconds(product, x, args, x) for _ in range(6)) for product, x in ways)


def _seconds(function, X, args, *others):
    """Return the seconds of a call, with all the work that it left to the device."""
    begin = time.perf_counter()
    function(X, *others)
    if args.device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - begin


# -- one epoch, and one pipeline ------------------------------------------------------------------


def epoch(args):
    """Store the seconds of a later epoch of ResNet18 on as many records as PTB-XL has for training."""
    X, y = _noise(N_EPOCH, 1000)
    clf = _network("ResNetClassifier", args, window=WINDOW, max_epochs=1 + args.repeats).fit(X, y)
    took = [epoch["dur"] for epoch in clf.history_[1:]]
    row = {"network": "ResNet18", "records": len(X), "window": WINDOW, "precision": clf.precision_}
    row |= {"epoch_s": f"{statistics.median(took):.1f}", "range": f"{min(took):.1f}-{max(took):.1f}"}
    _keep("rates_epoch", row, args)


def pipeline(args):
    """Store the seconds of each step of the default pipeline, of an epoch, and of a prediction."""
    made = make_ecg(256 if not QUICK else N_PIPELINE, classes=["NORM", "LBBB"], fs=500, duration=10, random_state=0)
    rows = np.arange(N_PIPELINE) % len(made.target)
    X, y = ECGRecords(made.data.to_array()[rows], fs=500, leads=made.data.leads), made.target[rows]
    model = make_ecg_pipeline("resnet", max_epochs=1 + args.repeats, random_state=0, device=args.device)
    found, records = {}, X
    for name, step in model.steps[:-1]:
        found[name] = _seconds(lambda part, step=step: found.update(out=step.fit_transform(part)), records, args)
        records = found.pop("out")
    found["fit"] = _seconds(lambda part: model[-1].fit(part, y), records, args)
    took = [epoch["dur"] for epoch in model[-1].history_]
    found |= {"first epoch": took[0], "each later epoch": statistics.median(took[1:])}
    found["predict_proba"] = _seconds(model[-1].predict_proba, records, args)
    for part, seconds in found.items():
        row = {"part": part, "records": len(X), "seconds": f"{seconds:.2f}", "precision": model[-1].precision_}
        _keep("rates_pipeline", row, args)


# -- from one device to another -------------------------------------------------------------------


def moves(args):
    """Check that each network predicts and explains on the CPU what it does on the device that trained it."""
    X, y = _noise(32, WINDOW)
    for name in args.networks:
        clf = _network(name, args, max_epochs=2).fit(X, y)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.skecg"
            skecg.save(clf, path)
            moved = skecg.load(path)[-1].set_params(device="cpu")
        row = {"network": name.removesuffix("Classifier")}
        row["probabilities"] = np.abs(moved.predict_proba(X) - clf.predict_proba(X)).max()
        here, there = (saliency(model, X[:4]) for model in (moved, clf))
        row["saliency"] = np.abs(here - there).max() / np.abs(there).max()
        if max(row["probabilities"], row["saliency"] / 10) > TOLERANCE:
            raise SystemExit(f"{row} differ from the CPU by more than {TOLERANCE}")
        _keep("rates_moves", {key: value if key == "network" else f"{value:.1e}" for key, value in row.items()}, args)


def _keep(table, row, args):
    """Print and store a row, with the device."""
    card = torch.cuda.get_device_name() if args.device.startswith("cuda") else "CPU"
    print_stored(store(table, row | {"device": card} | surroundings()), row)


if __name__ == "__main__":
    main()

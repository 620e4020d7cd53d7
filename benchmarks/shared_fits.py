"""Compare a fit that two processes share with the fit of one process: records a second, and scores on PTB-XL.

    OMP_NUM_THREADS=1 python benchmarks/shared_fits.py speed
    OMP_NUM_THREADS=1 python benchmarks/shared_fits.py speed --batch 128 --precisions float32 --repeats 7
    OMP_NUM_THREADS=1 python benchmarks/shared_fits.py scores --seeds 0 1 2

`speed` trains ResNet18 on batches of 64 x 12 x 2048 with one process and with `--processes`, in turn, each with
`--threads`, and compares the time of a later epoch, which includes all exchange. It also starts as many fits apart, at
the same time; the sum of their rates is what the cores give without any exchange, because they share caches, memory and
power. `scores` trains ResNet18 on folds 1 and 2 of PTB-XL and tests on fold 3. The command starts itself again under
torchrun for each fit. Leave as many cores idle as there are processes.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import torch
from _results import QUICK, print_stored, store, stored, surroundings
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skecg.classifiers import ResNetClassifier
from skecg.datasets import fetch_ptbxl
from skecg.preprocessing import ECGCrop, Normalize

BATCH, N_TIMES, N_BATCHES = (8, 64, 2) if QUICK else (64, 2048, 4)
RECIPE = {"window": 250, "batch_size": 128, "learning_rate": 3e-3, "weight_decay": 1e-2}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "scores", "speed-fit", "scores-fit"], help="the last two: one fit")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--batch", type=int, default=BATCH, help="records of a batch, of all processes together")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precisions", nargs="+", choices=["float32", "bfloat16", "auto"], default=["float32", "auto"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=12, help="of scores")
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--out", help="where one fit writes its result")
    parser.add_argument("--quick", action="store_true", help="tiny records")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    warnings.simplefilter("ignore", ConvergenceWarning)
    {"speed": speed, "scores": scores, "speed-fit": speed_fit, "scores-fit": scores_fit}[args.what](args)


def speed(args):
    """Store the rates of one process, of several that share a fit, and of as many fits apart, and their ratios."""
    for precision in args.precisions:
        fit = partial(launched, "speed-fit", args=args, more=["--precisions", precision, f"--batch={args.batch}"])
        started = {"alone": [1], "shared": [args.processes], "apart": [1] * args.processes}  # processes of each fit
        rates = {name: [] for name in started}
        for repeat in range(args.repeats):
            for name in list(started)[:: 1 if repeat % 2 else -1]:
                with ThreadPool(len(started[name])) as pool:
                    results = pool.map(fit, started[name])
                rates[name].append(sum(result["per_s"] for result in results))
        row = {"network": "ResNet18", "batch": args.batch, "n_times": N_TIMES, "precision": results[0]["precision"]}
        row |= {"processes": args.processes, "repeats": args.repeats}
        row |= {f"{name}_per_s": f"{statistics.median(each):.3g}" for name, each in rates.items()}
        row |= _ratios("ratio", rates["shared"], rates["alone"])
        row |= _ratios("apart_ratio", rates["apart"], rates["alone"])
        print_stored(store("shared_fits_speed", row | surroundings()), row)


def _ratios(name, rates, others):
    ratios = [rate / other for rate, other in zip(rates, others, strict=True)]
    return {
        f"{name}_median": f"{statistics.median(ratios):.2f}",
        f"{name}_range": f"{min(ratios):.2f}-{max(ratios):.2f}",
    }


def speed_fit(args):
    """Fit, and write the records a second of the best epoch after the first, which prepares kernels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(args.batch * N_BATCHES, 12, N_TIMES)).astype(np.float32)
    settings = {"batch_size": args.batch, "precision": args.precisions[0], "random_state": 0, "device": "cpu"}
    clf = ResNetClassifier(**settings, max_epochs=3)
    clf.fit(X, np.arange(len(X)) % 2)
    _write(args, {"per_s": len(X) / min(epoch["dur"] for epoch in clf.history_[1:]), "precision": clf.precision_})


def scores(args):
    """Store the scores of one process and of several; skip rows that are in the table."""
    done = {(row["processes"], row["seed"], row["epochs"]) for row in stored("shared_fits_scores")}
    for seed in args.seeds:
        for processes in (1, args.processes):
            if (str(processes), str(seed), str(args.epochs)) in done:
                continue
            more = ["--seeds", str(seed), "--epochs", str(args.epochs), *(["--data", args.data] if args.data else [])]
            row = {"processes": processes, "seed": seed, "epochs": args.epochs}
            row |= launched("scores-fit", processes, args, more)
            print_stored(store("shared_fits_scores", row | surroundings()), row)


def scores_fit(args):
    """Fit on folds 1 and 2 of PTB-XL, and write the score on fold 3."""
    ptbxl = fetch_ptbxl(args.data, task="superdiagnostic", fs=100, folds=[1, 2, 3])
    train, test = np.isin(ptbxl.fold, [1, 2]), ptbxl.fold == 3
    clf = ResNetClassifier(**RECIPE, max_epochs=args.epochs, random_state=args.seeds[0], device="cpu")
    model = make_pipeline(ECGCrop(1000), Normalize(per="dataset"), clf)
    begin = time.perf_counter()
    model.fit(ptbxl.data[train], ptbxl.target[train])
    seconds = time.perf_counter() - begin
    auc = roc_auc_score(ptbxl.target[test], model.predict_proba(ptbxl.data[test]))
    _write(args, {"precision": clf.precision_, "macro_auc": f"{auc:.4f}", "fit_s": f"{seconds:.0f}"})


def launched(what, processes, args, more):
    """Run one fit in new processes, and return its result."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        call = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        call += [__file__, what, f"--threads={args.threads}", f"--out={out}", *more]
        call += ["--quick"] if QUICK else []
        subprocess.run(call, check=True, env=os.environ | {"OMP_NUM_THREADS": str(args.threads)})
        return json.loads(out.read_text())


def _write(args, result):
    if os.environ["RANK"] == "0":
        Path(args.out).write_text(json.dumps(result))


if __name__ == "__main__":
    main()

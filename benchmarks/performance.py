"""Measure how cost grows, how the time of an epoch is spent, and the best rate of the hardware.

    OMP_NUM_THREADS=1 python benchmarks/performance.py scaling
    OMP_NUM_THREADS=1 python benchmarks/performance.py profile
    OMP_NUM_THREADS=1 python benchmarks/performance.py ceiling
    python benchmarks/performance.py speed

`scaling` runs `fit` and `predict_proba` of CRNN on sets with growing numbers of records, lengths and leads,
each in a separate process. It measures the processor seconds of an epoch of `fit` and of `predict_proba`, and
the memory above the memory at the start, including arrays. The exponent is the slope of the logarithms: 1 means
linear growth. `profile` measures the shares of an epoch of `fit` with torch.profiler. `ceiling` compares the
multiply-adds per second of a large matrix product, of the convolutions of ResNet18, and of a whole training
step; the fastest is the upper limit. `speed` runs the other scripts that compare timings with a plain loop, wfdb
or scipy, one after the other. Its last part, `gather`, collects the ratios: results/performance_speed.csv.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _results import FOLDER, print_stored, store, stored, surroundings
from torch.profiler import ProfilerActivity, profile

from skecg.classifiers import CRNNClassifier, ResNetClassifier
from skecg.inspection import count_multiply_adds

HERE = Path(__file__).parent
SIZES = {"n_records": (256, 512, 1024, 2048), "n_times": (250, 500, 1000, 2000), "n_leads": (1, 3, 6, 12)}
BASE = {"n_records": 256, "n_times": 1000, "n_leads": 12}
QUICK_SIZES = {"n_records": (16, 32), "n_times": (100, 200), "n_leads": (1, 2)}
BATCH, WINDOW = 64, 250

KINDS = {  # beginnings or parts of the names of operations; the first match counts
    "optimizer": ("Optimizer", "_fused_adam", "_foreach", "clip_grad", "vector_norm"),
    "convolution": ("conv",),
    "recurrent layer": ("rnn", "lstm", "gru"),
    "BatchNorm": ("batch_norm",),
    "activation and pooling": ("relu", "threshold", "pool", "silu", "sigmoid"),
    "linear layer": ("addmm", "aten::mm", "linear"),
    "addition, copies and the like": ("aten::",),
}
SPEEDS = {  # commands, and their numbers of threads
    "training.py --threads 1": 1,
    "networks.py speed": 2,
    "head_training.py": 1,
    "data.py --only reading": 1,
    "data.py --only saved": 1,
    "data.py --only processes": 1,
    "signals.py": 1,
    "peaks.py --speed": 1,
}
GATHERED = (  # table, columns of the name, column of the ratio, columns of its range, name of the compared side
    ("training", ("what",), "ratio_median", ("ratio_min", "ratio_max"), "a plain loop over the same network"),
    ("networks_speed", ("network", "batch", "n_times"), "train_ratio", "train_ratio_range", "plain PyTorch, an epoch"),
    (
        "networks_speed",
        ("network", "batch", "n_times"),
        "predict_ratio",
        "predict_ratio_range",
        "plain PyTorch, prediction",
    ),
    ("networks_speed", ("network", "n_times"), "single_ratio", "single_ratio_range", "plain PyTorch, one record"),
    ("data", ("what",), "ratio_median", ("ratio_min", "ratio_max"), None),  # the name includes the compared side
    ("signals", ("what",), "ratio_median", ("ratio_min", "ratio_max"), "a loop over scipy or PyWavelets"),
    ("peaks", ("what",), "ratio_median", ("ratio_min", "ratio_max"), None),
    ("head_training", ("what",), "ratio_median", ("ratio_min", "ratio_max"), "the whole network each epoch"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["scaling", "profile", "ceiling", "speed", "gather", "one"])
    parser.add_argument("size", nargs="?", help="for `one`, which `scaling` calls: the numbers as JSON")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="tiny sets")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    parts = {"scaling": scaling, "profile": profiled, "ceiling": ceiling, "speed": speed, "gather": gather, "one": one}
    parts[args.what](args)


# -- how cost grows -------------------------------------------------------------------------------


def scaling(args):
    """Measure each size in its own process, then fit the exponents."""
    sizes, done = (QUICK_SIZES if args.quick else SIZES), stored("performance_scaling")
    for axis, values in sizes.items():
        for value in values:
            if any((row["axis"], row["value"]) == (axis, str(value)) for row in done):
                continue
            size = json.dumps(
                ({key: few[0] for key, few in QUICK_SIZES.items()} if args.quick else BASE) | {axis: value}
            )
            call = [sys.executable, __file__, "one", size, "--threads", str(args.threads)]
            found = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
            print_stored(store("performance_scaling", {"axis": axis, "value": value} | found | surroundings()), found)
    (FOLDER / "performance_exponents.csv").unlink(missing_ok=True)
    for axis in sizes:
        rows = [row for row in stored("performance_scaling") if row["axis"] == axis]
        row = {"axis": axis, "from": rows[0]["value"], "to": rows[-1]["value"]}
        for what in ("fit_cpu_s", "predict_cpu_s", "memory_MB"):
            x, y = (np.log([max(float(row[key]), 1e-3) for row in rows]) for key in ("value", what))
            row[what] = f"{np.polyfit(x, y, 1)[0]:.2f}"
        print_stored(store("performance_exponents", row), row)


def one(args):
    """Print the cost of an epoch of `fit` and of `predict_proba` on one set."""
    size = json.loads(args.size)
    rng = np.random.default_rng(0)
    make = partial(CRNNClassifier, max_epochs=1, batch_size=BATCH, random_state=0, device="cpu")
    small = rng.normal(size=(64, size["n_leads"], 64)).astype(np.float32)
    make().fit(small, np.arange(64) % 2).predict_proba(small)  # do not measure imports and first calls
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    X = rng.standard_normal((size["n_records"], size["n_leads"], size["n_times"]), dtype=np.float32)
    begin = time.process_time()
    fitted = make().fit(X, np.arange(len(X)) % 2)
    between = time.process_time()
    fitted.predict_proba(X)
    found = {"fit_cpu_s": f"{between - begin:.2f}", "predict_cpu_s": f"{time.process_time() - between:.2f}"}
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found | {"memory_MB": (after - before) // 1024, "arrays_MB": X.nbytes // 2**20}))


# -- where an epoch's time goes -------------------------------------------------------------------


def profiled(args):
    """Store the shares of an epoch of `fit` with windows of 250 samples."""
    n_records = 64 if args.quick else 1280
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n_records, 12, 1000)).astype(np.float32), np.arange(n_records) % 2
    for cls in (CRNNClassifier, ResNetClassifier):
        clf = cls(max_epochs=1, batch_size=BATCH, window=WINDOW, random_state=0, device="cpu")
        clf.fit(X[:BATCH], y[:BATCH])
        with profile(activities=[ProfilerActivity.CPU]) as watched:
            begin = time.perf_counter()  # wall-clock time, as the profiler uses; other work slows all parts equally
            clf.fit(X, y)
            total = time.perf_counter() - begin
        seconds = dict.fromkeys(KINDS, 0.0)
        for event in watched.key_averages():
            kind = next((kind for kind, parts in KINDS.items() if any(part in event.key for part in parts)), None)
            if kind:
                seconds[kind] += event.self_cpu_time_total / 1e6
        seconds["Python: windows, batches, skorch"] = max(total - sum(seconds.values()), 0.0)
        for kind, took in seconds.items():
            row = {"network": cls.__name__.removesuffix("Classifier"), "part": kind, "share": f"{took / total:.3f}"}
            print_stored(store("performance_profile", row | {"epoch_s": f"{total:.2f}"} | surroundings()), row)


# -- what the hardware could do -------------------------------------------------------------------


def ceiling(args):
    """Store the multiply-adds per second of a matrix product, of convolutions, and of whole steps."""
    side = 128 if args.quick else 1024
    a, b = torch.randn(side, side), torch.randn(side, side)
    _ceiling_row(f"matrix product, {side} x {side}", side**3, lambda: a @ b, args.repeats)
    for width, n_times in ((64, 63), (128, 32), (256, 16), (512, 8)):  # the sizes in ResNet18 at 250 samples
        layer = torch.nn.Conv2d(width, width, (1, 3), padding=(0, 1), bias=False).to(memory_format=torch.channels_last)
        x = torch.randn(BATCH, width, 1, n_times).to(memory_format=torch.channels_last)
        count = BATCH * n_times * 3 * width**2
        with torch.inference_mode():
            _ceiling_row(f"convolution, {width} channels, {n_times} positions", count, partial(layer, x), args.repeats)
    network, x = ResNetClassifier()._make_network(12, 5, WINDOW), torch.randn(BATCH, 12, WINDOW)
    count = BATCH * count_multiply_adds(network, (12, WINDOW))

    def step():
        network.zero_grad()
        network(x).square().sum().backward()

    def read():
        with torch.inference_mode():
            network(x)

    _ceiling_row("ResNet18, forward and backward", 3 * count, step, args.repeats)
    network.eval()
    _ceiling_row("ResNet18, forward", count, read, args.repeats)


def _ceiling_row(what, multiply_adds, run, repeats):
    run()
    rates = []
    for _ in range(repeats):
        n, begin = 0, time.process_time()
        while time.process_time() - begin < 0.3:
            run()
            n += 1
        rates.append(n * multiply_adds / (time.process_time() - begin) / 1e9)
    row = {"what": what, "multiply_adds_G_per_s": f"{statistics.median(rates):.1f}"}
    row |= {"range": f"{min(rates):.1f}-{max(rates):.1f}"}
    print_stored(store("performance_ceiling", row | surroundings()), row)


# -- speed in the other tables --------------------------------------------------------------------


def speed(args):
    """Run the scripts that compare timings, then collect the ratios."""
    for command, threads in SPEEDS.items():
        print(command, flush=True)
        script, *options = command.split()
        places = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
        if subprocess.run([sys.executable, HERE / script, *options], env=os.environ | places).returncode:
            print(f"{command} failed; its earlier figures stay in the table", flush=True)
    gather(args)


def gather(args):
    """Collect the latest ratio of every comparison of timings."""
    (FOLDER / "performance_speed.csv").unlink(missing_ok=True)
    for table, names, ratio, extent, compared_with in GATHERED:
        latest = {tuple(row[name] for name in names): row for row in stored(table) if row.get(ratio)}
        for key, row in latest.items():
            spread = row[extent] if isinstance(extent, str) else "-".join(row[end] for end in extent)
            what = ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True))
            what = what.removeprefix("what ").removeprefix("network ")
            if compared_with is None:
                what, _, named = what.partition(" against ")
                what = what.rstrip(",")
                if not named:
                    continue  # an older measurement of the same
            found = {
                "what": what,
                "compared_with": compared_with or named,
                "ratio": row[ratio],
                "range": spread,
                "threads": row["threads"],
            }
            print_stored(
                store("performance_speed", found | {"table": table, "date": row["date"], "commit": row["commit"]}),
                found,
            )


if __name__ == "__main__":
    main()

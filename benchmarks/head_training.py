"""Measure the time saved if the frozen part of a network runs once for each record and only the head learns.

    python benchmarks/head_training.py

The script trains the head of ResNet18 for fifty epochs on 900 records of 12 x 1000 samples, in two ways
that run in turn in one process. In `fit` the frozen part runs once for each record. In the second way it
runs in each epoch; an augmentation of probability zero forces this. Both fits give the same probabilities;
the largest difference is stored too. On the CPU the seconds are processor time, which a busy machine
does not change. With `--window 250` the first way uses the seven half-overlapping windows of
each record. The seconds, and the ratio of each pair, go to results/head_training.csv.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from _results import store, surroundings
from sklearn.frozen import FrozenEstimator

from skecg.classifiers import ResNetClassifier

# An augmentation that changes nothing, but makes `fit` run the frozen part in each epoch.
IDLE = ("flip", {"probability": 0.0})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=900)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--window", type=int, default=None)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    clock = time.process_time if args.device == "cpu" else time.perf_counter
    rng = np.random.default_rng(0)
    y = np.arange(args.records) % 2
    X = (rng.normal(size=(args.records, 12, args.times)) * (1 + 0.1 * y)[:, None, None]).astype(np.float32)
    settings = {"width": args.width, "window": args.window, "random_state": 0, "device": args.device}
    source = FrozenEstimator(ResNetClassifier(**settings, max_epochs=1).fit(X[:128], y[:128]))
    settings |= {"max_epochs": args.epochs, "pretrained": source, "fine_tune": "head"}
    seconds = {"once": [], "each_epoch": []}
    for repeat in range(args.repeats):
        fitted = {}
        for way in sorted(seconds, reverse=bool(repeat % 2)):
            clf = ResNetClassifier(**settings, augment=IDLE if way == "each_epoch" else None)
            begin = clock()
            fitted[way] = clf.fit(X, y)
            seconds[way].append(clock() - begin)
        print({way: f"{taken[-1]:.2f} s" for way, taken in seconds.items()}, flush=True)
        once, each = (fitted[way].predict_proba(X[:100]) for way in seconds)
    ratios = [each / once for once, each in zip(*seconds.values(), strict=True)]
    row = {
        "what": f"training the head of ResNet18, {args.epochs} epochs, {args.records} records of 12 x {args.times}",
        **{key: str(value) for key, value in vars(args).items() if key != "threads"},
        "once_s": f"{statistics.median(seconds['once']):.2f}",
        "each_epoch_s": f"{statistics.median(seconds['each_epoch']):.2f}",
        "ratio_median": f"{statistics.median(ratios):.1f}",
        "ratio_min": f"{min(ratios):.1f}",
        "ratio_max": f"{max(ratios):.1f}",
        "largest_difference": f"{np.abs(once - each).max():.1e}",
        **surroundings(),
    }
    print("\n".join(f"{key:>18}  {value}" for key, value in row.items()))
    print("stored in", store("head_training", row))


if __name__ == "__main__":
    main()

"""Measure the speed of synthetic ECGs in records per second, and their peak memory.

    python benchmarks/synthetic.py

The script makes 1,000 twelve-lead ECGs of 10 s at 500 Hz with all classes and all noise, several times in
one process. Every run, and the median, go to results/synthetic.csv.
"""

import argparse
import statistics
import time

from _results import store, surroundings

from skecg.datasets import make_ecg


def main():
    args = arguments()
    settings = {"fs": args.fs, "duration": args.duration, "difficulty": args.difficulty}
    make_ecg(10, **settings, random_state=0)  # do not measure imports and first allocations
    seconds = [timed(args.records, random_state=seed, **settings) for seed in range(args.repeats)]
    row = {
        "records": args.records,
        **settings,
        "median_s": f"{statistics.median(seconds):.2f}",
        "runs_s": " ".join(f"{value:.2f}" for value in seconds),
        "records_per_s": f"{args.records / statistics.median(seconds):.0f}",
        **surroundings(),
    }
    print("\n".join(f"{key:>14}  {value}" for key, value in row.items()))
    print("stored in", store("synthetic", row))


def timed(n_records, **settings):
    begin = time.perf_counter()
    make_ecg(n_records, **settings)
    return time.perf_counter() - begin


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--fs", type=float, default=500)
    parser.add_argument("--duration", type=float, default=10.0)
    parser.add_argument("--difficulty", type=float, default=0.5)
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()

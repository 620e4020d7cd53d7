"""Time an epoch of `fit` against a plain PyTorch loop over the same network with batches of the same size.

    python benchmarks/training.py

Both train CRNN on 12 x 1000 samples in batches of 64, in turn and in one process. The side of skecg is the
whole `fit` of one epoch: checks, label encoding, network, training. The ratio of the loop's time to the time
of `fit` goes to results/training.csv: the median of the pairs of runs, and their range.
"""

import argparse
import statistics

import numpy as np
import torch
from _plain import in_turn, train_plainly
from _results import store, surroundings

from skecg.classifiers import CRNNClassifier
from skecg.networks import CRNN

BATCH, N_LEADS, N_TIMES = 64, 12, 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=640)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(args.records, N_LEADS, N_TIMES)).astype(np.float32)
    y = rng.integers(0, 2, args.records)

    def ours(seed):
        CRNNClassifier(max_epochs=1, batch_size=BATCH, random_state=seed, device="cpu").fit(X, y)

    def plain(seed):
        torch.manual_seed(seed)
        batches = torch.randperm(len(X)).split(BATCH)
        train_plainly(CRNN(N_LEADS, 2), X, y, batches, epochs=1, learning_rate=2e-3, fused=True)

    seconds = in_turn(ours, plain, args.repeats)
    ratios = [theirs / mine for mine, theirs in zip(*seconds, strict=True)]
    row = {
        "what": f"an epoch of CRNN, {args.records} records of {N_LEADS} x {N_TIMES}",
        "records": args.records,
        "repeats": args.repeats,
        "ours_s": f"{statistics.median(seconds[0]):.2f}",
        "plain_s": f"{statistics.median(seconds[1]):.2f}",
        "ratio_median": f"{statistics.median(ratios):.3f}",
        "ratio_min": f"{min(ratios):.3f}",
        "ratio_max": f"{max(ratios):.3f}",
        **surroundings(),
    }
    print("\n".join(f"{key:>14}  {value}" for key, value in row.items()))
    print("stored in", store("training", row))


if __name__ == "__main__":
    main()

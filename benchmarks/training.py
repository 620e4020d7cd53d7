"""What an epoch costs, beside a plain PyTorch loop over the same network and batches.

    python benchmarks/training.py

Both train CRNN on 12 x 1000 samples in batches of 64, in turn and in one process. Ours is the
whole `fit` of one epoch: checks, label encoding, network, training. The ratio of each pair of
runs, and the median, go to results/training.csv.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from _results import store, surroundings
from torch.nn.functional import cross_entropy

from skecg.classifiers import CRNNClassifier
from skecg.networks import CRNN

BATCH, N_LEADS, N_TIMES = 64, 12, 1000


def plain_epoch(X, y, seed):
    """Train one shuffled epoch as one would write it by hand."""
    torch.manual_seed(seed)
    network = CRNN(N_LEADS, 2).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2, fused=True)
    steps = -(-len(X) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    for rows in torch.randperm(len(X)).split(BATCH):
        optimizer.zero_grad()
        loss = cross_entropy(network(X[rows]), y[rows])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        loss.item()


def our_epoch(X, y, seed):
    CRNNClassifier(max_epochs=1, batch_size=BATCH, random_state=seed, device="cpu").fit(X, y)


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
    seconds = {plain_epoch: [], our_epoch: []}
    for repeat in range(args.repeats + 1):  # the first warms up
        for epoch in sorted(seconds, key=lambda f: f.__name__, reverse=bool(repeat % 2)):
            begin = time.perf_counter()
            epoch(X, y, repeat)
            seconds[epoch].append(time.perf_counter() - begin)
    ours, plain = seconds[our_epoch][1:], seconds[plain_epoch][1:]
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    row = {
        "records": args.records,
        "repeats": args.repeats,
        "ours_s": f"{statistics.median(ours):.2f}",
        "plain_s": f"{statistics.median(plain):.2f}",
        "ratio_median": f"{statistics.median(ratios):.3f}",
        "ratio_min": f"{min(ratios):.3f}",
        "ratio_max": f"{max(ratios):.3f}",
        **surroundings(),
    }
    print("\n".join(f"{key:>14}  {value}" for key, value in row.items()))
    print("stored in", store("training", row))


if __name__ == "__main__":
    main()

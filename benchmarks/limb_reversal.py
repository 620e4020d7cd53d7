"""Train and evaluate the detector of exchanged limb electrodes on PTB-XL, with electrodes exchanged in software.

    OMP_NUM_THREADS=1 python benchmarks/limb_reversal.py --train 1-7 --test 8
    OMP_NUM_THREADS=1 python benchmarks/limb_reversal.py --train 1-8 --margin 2.742 --test 9 --write

The first command chooses: it prints the margin that 0.5 % of the untouched records of the tested fold exceed. The
second one trains again, takes this margin, and evaluates a fold that chose nothing; `--write` stores the weights in
the package. Sensitivities and specificity, with 95 % intervals by record, go to results/limb_reversal.csv.
"""

import argparse

import numpy as np
import torch
from _results import QUICK, store, surroundings

from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.features import _reversal
from skecg.features._reversal import ARRANGEMENTS, arrangement_features, median_beats

HIDDEN, EPOCHS, BATCH, DROPOUT = 32, 30, 256, 0.1
SPECIFICITY = 0.995
RECORDED = 0  # the position of the recorded arrangement


def load(folds):
    """Return the median beats of the records of some folds that have one."""
    if QUICK:
        records = make_ecg(40, classes=["NORM", "LBBB"], fs=100, random_state=sum(folds)).data
    else:
        records = fetch_ptbxl(fs=100, folds=folds, verbose=0).data
    beats = median_beats(records)
    return beats[~np.isnan(beats).any(axis=(1, 2))]


def train(beats, seed=0):
    """Return the weights of a network that gives the recorded arrangement of each record the highest score."""
    torch.manual_seed(seed)
    features = arrangement_features(beats)
    mean, scale = features.mean(axis=(0, 1)), features.std(axis=(0, 1)) + 1e-3
    inputs = torch.from_numpy(np.clip((features - mean) / scale, -_reversal._LARGEST, _reversal._LARGEST)).float()
    hidden, output = torch.nn.Linear(inputs.shape[2], HIDDEN), torch.nn.Linear(HIDDEN, 1, bias=False)
    optimizer = torch.optim.AdamW([*hidden.parameters(), *output.parameters()], 1e-3, weight_decay=1e-3)
    for _ in range(2 if QUICK else EPOCHS):
        for rows in torch.randperm(len(inputs)).split(BATCH):
            scores = output(torch.dropout(torch.relu(hidden(inputs[rows])), DROPOUT, True)).squeeze(-1)
            loss = torch.nn.functional.cross_entropy(scores, torch.full((len(rows),), RECORDED))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    weights = {"hidden": hidden.weight.T, "hidden_bias": hidden.bias, "output": output.weight[0]}
    weights = {name: values.detach().numpy() for name, values in weights.items()}
    return {"mean": mean, "scale": scale, **weights}


def margins(scores, recorded):
    """Return by how much the best other arrangement is more plausible than the recorded one."""
    return np.delete(scores, recorded, axis=1).max(axis=1) - scores[:, recorded]


def exchanged(name):
    """Return the position of an arrangement among the six of a record whose electrodes are exchanged."""
    return list(ARRANGEMENTS).index(name)


def evaluate(beats, margin):
    """Return the shares of records that are reported: 1 - specificity without exchange, else the sensitivity."""
    scores = _reversal.arrangement_scores(beats)
    return {name: margins(scores, exchanged(name)) > margin for name in ARRANGEMENTS}


def interval(found):
    """Return a share with its 95 % interval by Wilson."""
    n, p, z = len(found), found.mean(), 1.96
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return p, (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def folds(text):
    """Return the folds of a text such as 1-7 or 8."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main():
    """Train, evaluate, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=folds, default=folds("1-7"))
    parser.add_argument("--test", type=folds, default=folds("8"))
    parser.add_argument("--margin", type=float, help="by default the one of the specificity on the tested fold")
    parser.add_argument("--write", action="store_true", help="store the weights in the package")
    parser.add_argument("--quick", action="store_true", help="synthetic records, only to see that it runs")
    args = parser.parse_args()
    weights, beats = train(load(args.train)), load(args.test)
    _reversal._weights = lambda: weights
    scores = _reversal.arrangement_scores(beats)
    margin = float(np.quantile(margins(scores, RECORDED), SPECIFICITY)) if args.margin is None else args.margin
    row = {"train": args.train, "test": args.test, "n_records": len(beats), "margin": round(margin, 3)}
    for name, found in evaluate(beats, margin).items():
        share, low, high = interval(found)
        row[f"reported, {name or 'not exchanged'}"] = f"{share:.4f} ({low:.4f} to {high:.4f})"
    print(*(f"{key}: {value}" for key, value in row.items()), sep="\n")
    store("limb_reversal", row | surroundings())
    if args.write:
        single = {name: values.astype(np.float32) for name, values in weights.items()}
        np.savez(_reversal._WEIGHTS, **single, margin=np.float32(margin))


if __name__ == "__main__":
    main()

"""Scores after a few training steps: with the running statistics of BatchNorm, and with recomputed ones.

    OMP_NUM_THREADS=1 python benchmarks/few_steps.py [--epochs 3] [--seeds 8] [--networks CRNN ResNet]

A network is fitted on 40 records of 12 x 512 samples of noise, in which one class has a spike of three standard
deviations every 40 samples, and evaluated on 80 others. All parameters but `max_epochs` keep their defaults. The areas
under the ROC curve go to results/few_steps.csv, one row for each network and number of epochs.
"""

import argparse
import warnings

import numpy as np
from _results import QUICK, store, surroundings
from sklearn.metrics import roc_auc_score

import skecg.classifiers
from skecg.training.data.batches import resolve_batch_size
from skecg.training.loop import statistics

NETWORKS = [
    "AlexNet",
    "AttResNet",
    "CRNN",
    "EEGNet",
    "EfficientECG",
    "ResNet",
    "ResTransformer",
    "VGG",
    "XResNet",
    "S4",
    "Transformer",
    "RNN",
]
N_TRAIN, N_TEST, N_TIMES = 40, 80, 512
MOMENTUM_KEPT, ALWAYS = 0, 10**9  # steps below which the statistics are recomputed


def make_cohort(n_records, seed):
    """Return z-scored noise with spikes in every second record, and the classes."""
    X = np.random.default_rng(seed).normal(size=(n_records, 12, N_TIMES))
    X = (X - X.mean(axis=2, keepdims=True)) / X.std(axis=2, keepdims=True)
    y = np.arange(n_records) % 2
    X[y == 1, :, ::40] += 3
    return X.astype(np.float32), y


def score(network, epochs, seed, few_steps):
    """Return the area under the ROC curve of one fit."""
    (X, y), (X_test, y_test) = make_cohort(N_TRAIN, 0), make_cohort(N_TEST, 1)
    statistics.FEW_STEPS = few_steps
    classifier = getattr(skecg.classifiers, f"{network}Classifier")(max_epochs=epochs, random_state=seed)
    return roc_auc_score(y_test, classifier.fit(X, y).predict_proba(X_test)[:, 1])


def main():
    """Fit the networks, and store and print their scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--epochs", type=int, nargs="+", default=[3])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="one seed")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    steps = -(-(N_TRAIN - 1) // resolve_batch_size("auto", N_TRAIN))
    for network in arguments.networks:
        for epochs in arguments.epochs:
            seeds = range(1 if QUICK else arguments.seeds)
            running = [score(network, epochs, seed, MOMENTUM_KEPT) for seed in seeds]
            anew = [score(network, epochs, seed, ALWAYS) for seed in seeds]
            row = {
                "network": network,
                "epochs": epochs,
                "steps": epochs * steps,
                "seeds": len(seeds),
                "running_min": f"{min(running):.3f}",
                "running_mean": f"{np.mean(running):.3f}",
                "recomputed_min": f"{min(anew):.3f}",
                "recomputed_mean": f"{np.mean(anew):.3f}",
                "seeds_worse": sum(after < before for before, after in zip(running, anew, strict=True)),
            }
            store("few_steps", row | surroundings())
            print(*[f"{key} {value}" for key, value in row.items()][:-1], sep=", ", flush=True)


if __name__ == "__main__":
    main()

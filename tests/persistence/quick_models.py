"""Records of two classes, and networks that train in an instant."""

import numpy as np

from skecg.classifiers import EEGNetClassifier
from skecg.records import ECGRecords


def small_network(n_leads, n_outputs, hidden=3):
    from torch import nn

    return nn.Sequential(
        nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(4 * n_leads, hidden), nn.Tanh(), nn.Linear(hidden, n_outputs)
    )


def make_cohort(ragged=False):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 8)
    signals = list(rng.normal(size=(16, 3, 160)) * (1 + y)[:, None, None])
    if ragged:
        signals = [signal[:, : 100 + 10 * (i % 7)] for i, signal in enumerate(signals)]
    metadata = {"age": rng.integers(20, 90, 16), "patient_id": np.arange(16) // 2}
    return ECGRecords(signals, 500, leads=["I", "II", "V1"], metadata=metadata), y


def quick_eegnet(**params):
    return EEGNetClassifier(**{"max_epochs": 1, "batch_size": 8, "random_state": 0, **params})

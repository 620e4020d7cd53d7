"""A task with a known cause: a bump in V1 at a known time decides the class; the same bump in II has no meaning."""

import numpy as np
import pytest
from sklearn.utils import Bunch

from skecg import ECGRecords
from skecg.classifiers import AttResNetClassifier

V1, II = 6, 1
N_TIMES, HALF = 320, 24


def make_bumps(n_records, seed):
    """Return records at 100 Hz with noise of 0.2, bumps of one, their labels and the times of the bump in V1."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_records) % 2
    signals = rng.normal(scale=0.2, size=(n_records, 12, N_TIMES))
    times = rng.integers(HALF, N_TIMES - HALF, n_records)
    bump = np.hanning(2 * HALF + 1)
    for signal, label, time, other in zip(
        signals, y, times, rng.integers(HALF, N_TIMES - HALF, n_records), strict=True
    ):
        signal[II, other - HALF : other + HALF + 1] += bump
        signal[V1, time - HALF : time + HALF + 1] += bump * label
    return Bunch(X=ECGRecords(signals, 100, metadata={"patient_id": np.arange(n_records) // 2}), y=y, times=times)


@pytest.fixture(scope="session")
def train_bumps():
    return make_bumps(240, 0)


@pytest.fixture(scope="session")
def bumps():
    return make_bumps(40, 1)


@pytest.fixture(scope="session")
def clf(train_bumps):
    clf = AttResNetClassifier(width=8, max_epochs=12, batch_size=16, learning_rate=0.01, random_state=0)
    return clf.fit(train_bumps.X, train_bumps.y)

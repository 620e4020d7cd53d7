import matplotlib
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords
from skecg.classifiers import AlexNetClassifier
from skecg.preprocessing import Normalize

matplotlib.use("Agg")
import matplotlib.pyplot as plt


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def predictions():
    rng = np.random.default_rng(0)
    Y = (rng.uniform(size=(300, 2)) < [0.5, 0.2]).astype(int)
    return Y, (0.3 * Y + 0.7 * rng.uniform(size=Y.shape)).round(3), np.arange(300) // 3


@pytest.fixture(scope="session")
def fitted():
    rng = np.random.default_rng(0)
    y = np.array(["N", "AF"])[np.arange(60) % 2]
    signals = rng.normal(size=(60, 2, 80)) + 0.6 * (y == "AF")[:, None, None]
    metadata = {
        "patient_id": np.arange(60) // 2,
        "sex": np.array(["female", "male"])[np.arange(60) // 4 % 2],
        "age": rng.integers(20, 90, 60),
    }
    X = ECGRecords(signals, 100, metadata=metadata)
    clf = AlexNetClassifier(
        width=4, hidden_size=8, max_epochs=3, batch_size=16, learning_rate=0.01, early_stopping=True, random_state=0
    )
    return make_pipeline(Normalize(method="none"), clf).fit(X, y), X, y

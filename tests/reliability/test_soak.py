"""A thousand fits and a hundred thousand predictions in one process do not leak memory, threads or files."""

import gc
import os
import threading

import numpy as np
import pytest

import skecg
from skecg.classifiers import ECGClassifier

psutil = pytest.importorskip("psutil", reason="psutil is not installed")


def small_network(n_leads, n_outputs):
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(4 * n_leads, n_outputs))


def state():
    gc.collect()
    process = psutil.Process(os.getpid())
    return {"bytes": process.memory_info().rss, "handles": process.num_fds(), "threads": threading.active_count()}


def growth(work, n, *, warm_up):
    """Return the growth over n rounds, after a warm-up that fills caches and pools."""
    for i in range(warm_up):
        work(i)
    before = state()
    for i in range(n):
        work(i)
    after = state()
    return {name: after[name] - before[name] for name in before}


@pytest.fixture
def fit_once():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(16, 1, 32)).astype(np.float32), np.arange(16) % 2
    return lambda i=0: ECGClassifier(small_network, max_epochs=1, batch_size=16, random_state=i).fit(X, y)


@pytest.mark.parametrize(("n_fits", "n_predictions"), [(30, 300), pytest.param(1000, 100_000, marks=pytest.mark.slow)])
def test_fits_and_predictions(fit_once, n_fits, n_predictions):
    grown = growth(fit_once, n_fits, warm_up=20)
    assert grown["handles"] <= 0 and grown["threads"] <= 0
    assert grown["bytes"] < 20e6, grown
    model, X = fit_once(), np.zeros((1, 1, 32), np.float32)
    grown = growth(lambda i: model.predict_proba(X), n_predictions, warm_up=100)
    assert grown["handles"] <= 0 and grown["threads"] <= 0
    assert grown["bytes"] < 10e6, grown


@pytest.mark.parametrize("n", [30, pytest.param(1000, marks=pytest.mark.slow)])
def test_saving_and_loading(fit_once, n, tmp_path):
    model = fit_once()

    def there_and_back(i):
        skecg.save(model, tmp_path / "m.skecg")
        skecg.load(tmp_path / "m.skecg", module=small_network)

    grown = growth(there_and_back, n, warm_up=10)
    assert grown["handles"] <= 0 and grown["threads"] <= 0
    assert grown["bytes"] < 20e6, grown

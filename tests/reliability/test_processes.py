"""Threads, processes and clusters give the same results as one thread."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
import torch
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline

from skecg.classifiers import ResNetClassifier
from skecg.datasets import make_ecg
from skecg.preprocessing import ECGCrop, ECGFilter, Normalize
from skecg.storage import save_records
from skecg.testing import quick_instances


@pytest.fixture(autouse=True)
def new_workers():
    """Stop the workers of earlier tests.

    joblib takes it for a leak, warns and stops a worker if its memory grows by 300 MB after its first task. A worker
    whose first task did not import torch grows so when it trains.
    """
    get_reusable_executor().shutdown()


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(24, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)


@pytest.fixture(scope="module")
def mapped(ecgs, tmp_path_factory):
    return save_records(ecgs.data, tmp_path_factory.mktemp("set") / "records")


def quick_pipeline():
    network = ResNetClassifier(width=4, max_epochs=2, batch_size=8, random_state=0, device="cpu")
    return make_pipeline(ECGFilter(), ECGCrop(length=300), Normalize(), network)


def test_eight_threads_on_one_estimator(ecgs):
    model = quick_pipeline().fit(ecgs.data, ecgs.target)
    parts = [ecgs.data[i % 12 : 12 + i % 12] for i in range(48)]
    alone = [model.predict_proba(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(model.predict_proba, parts))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(
    "model", [one for one in quick_instances() if hasattr(one, "fusion")], ids=lambda model: type(model).__name__
)
def test_eight_threads_on_every_classifier(model):
    """The folded network predicts 40 records at once; the original network predicts 5 records one by one."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2, 160)).astype(np.float32), np.arange(40) % 2
    model = clone(model).set_params(max_epochs=1, window=80).fit(X[:16], y[:16])
    parts = [X, *(X[5 * i : 5 * i + 5] for i in range(7))]
    alone = [model.predict_proba(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(model.predict_proba, parts))
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_same_seed_gives_the_same_weights_also_in_other_processes(ecgs):
    alone = cross_val_predict(quick_pipeline(), ecgs.data, ecgs.target, cv=2, method="predict_proba")
    again = cross_val_predict(quick_pipeline(), ecgs.data, ecgs.target, cv=2, method="predict_proba")
    np.testing.assert_array_equal(alone, again)
    if torch.get_num_threads() != 1 or os.environ.get("OMP_NUM_THREADS") != "1":
        pytest.skip("with more than one thread the workers of joblib get fewer, and the last bits differ")
    parallel = cross_val_predict(quick_pipeline(), ecgs.data, ecgs.target, cv=2, n_jobs=2, method="predict_proba")
    np.testing.assert_array_equal(alone, parallel)


@pytest.mark.slow  # two threads on a busy machine wait for each other
def test_another_number_of_threads_changes_the_last_bits_at_most(ecgs):
    weights = []
    before = torch.get_num_threads()
    try:
        for n in (1, 2):
            torch.set_num_threads(n)
            model = clone(quick_pipeline()).fit(ecgs.data, ecgs.target)
            weights.append(model[-1].net_.module_.head.weight.detach().numpy())
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(*weights, atol=1e-3)


def test_mapped_records_are_shared_not_sent(mapped):
    """A task holds the path of the file and the data of its rows, but not the signals."""
    import pickle

    assert len(pickle.dumps(mapped)) < mapped.lengths.sum() * len(mapped.leads) * 4 / 10
    where = joblib.Parallel(n_jobs=2)(joblib.delayed(_file_of)(mapped[i : i + 12]) for i in (0, 12))
    assert where == [_file_of(mapped)] * 2


def _file_of(records):
    buffer = records._buffer
    while not isinstance(buffer, np.memmap):
        buffer = buffer.base
    return str(buffer.filename)


def test_a_search_in_processes(ecgs, mapped):
    grid = {"normalize__per": ["lead", "record"]}
    one, two = (
        GridSearchCV(quick_pipeline(), grid, cv=2, n_jobs=n).fit(mapped, ecgs.target).cv_results_["mean_test_score"]
        for n in (1, 2)
    )
    np.testing.assert_allclose(one, two)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # distributed warns of ports, sockets and its own deprecations
def test_a_dask_cluster(ecgs, mapped):
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    alone = cross_val_score(quick_pipeline(), mapped, ecgs.target, cv=3)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        spread = cross_val_score(quick_pipeline(), mapped, ecgs.target, cv=3, n_jobs=-1)
    np.testing.assert_array_equal(spread, alone)


FORK = """
import multiprocessing
import numpy as np
import torch
from skecg.classifiers import EEGNetClassifier

torch.set_num_threads(2)
X, y = np.random.default_rng(0).normal(size=(40, 2, 2000)), np.arange(40) % 2
clf = EEGNetClassifier(max_epochs=1, random_state=0).fit(X, y)
fork = multiprocessing.get_context("fork")
queue = fork.Queue()
child = fork.Process(target=lambda: queue.put((torch.get_num_threads(), clf.predict(X).tolist())), daemon=True)
child.start()
assert queue.get(timeout=60) == (1, clf.predict(X).tolist())
assert torch.get_num_threads() == 2
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_predicts():
    """The threads of the parent are missing in the child, which would wait for them forever."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=100)

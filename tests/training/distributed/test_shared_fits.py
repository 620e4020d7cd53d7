"""Two processes that share a fit take the steps of one, end with the same estimator, and fail together."""

import importlib.util
import os
import pickle
import platform
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("shared_fits.py")
TOLERANCE = {"bfloat16": 3e-2}  # 1e-4 for the others


@pytest.fixture(scope="module")
def launched(tmp_path_factory):
    """Return the folder of two processes, what each has stored, and what they printed."""
    folder = tmp_path_factory.mktemp("shared")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(SCRIPT)]
    run = subprocess.run([*launch, str(folder)], capture_output=True, text=True, timeout=600, env=os.environ)
    assert run.returncode == 0, run.stderr[-3000:]
    stored = [pickle.loads((folder / f"{rank}.pickle").read_bytes()) for rank in (0, 1)]
    return folder, stored, run.stderr


@pytest.fixture(scope="module")
def alone():
    spec = importlib.util.spec_from_file_location("shared_fits", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bfloat16 is slow on some processors
        return {name: module.learnt(clf) for name, clf in module.fits().items()}


def test_the_steps_are_those_of_one_process(launched, alone):
    _, ((shared, _), _), _ = launched
    for name, expected in alone.items():
        for key, values in expected.items():
            tolerance = TOLERANCE.get(name, 1e-4)
            np.testing.assert_allclose(shared[name][key], values, tolerance, tolerance, err_msg=f"{name}: {key}")


def test_all_processes_end_with_the_same_estimator(launched):
    _, ((first, _), (second, _)), _ = launched
    for name, expected in first.items():
        for key, values in expected.items():
            np.testing.assert_array_equal(second[name][key], values, err_msg=f"{name}: {key}")


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="other systems exchange through sockets"
)
def test_small_tensors_go_through_shared_memory(launched):
    folder, _, _ = launched
    counts = {int((folder / f"exchanges of {rank}").read_text()) for rank in (0, 1)}
    assert len(counts) == 1 and counts.pop() > 100


def test_early_stopping_ends_in_the_same_epoch(launched, alone):
    _, ((shared, _), _), _ = launched
    assert len(shared["early stopping"]["losses"]) == len(alone["early stopping"]["losses"]) < 30


def test_an_interrupted_fit_resumes_to_the_same_bits(launched):
    folder, ((shared, _), _), _ = launched
    for key, values in shared["drawn"].items():
        np.testing.assert_array_equal(shared["resumed"][key], values, err_msg=key)
    assert not list((folder / "checkpoints of 0").iterdir())


def test_only_the_main_process_writes_and_shows(launched):
    folder, _, printed = launched
    assert not (folder / "checkpoints of 1").exists()
    assert printed.count("/30 [00:00<?") == 1


def test_different_records_and_a_failure_in_one_process_end_all(launched):
    _, ((_, first), (_, second)), _ = launched
    assert first[:2] == second[:2]
    assert "process 1 differs from process 0 in soft targets. " in first[0]
    assert "process 1 differs from process 0 in number of records, labels, lengths. " in first[1]
    assert first[2].startswith("RuntimeError: Process 0 lost the other processes of this fit")
    assert second[2] == "ArithmeticError: "

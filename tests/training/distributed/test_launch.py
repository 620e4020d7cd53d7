"""A fit finds the processes that were started together, and trains alone where it cannot share."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from skecg.training.data.batches import ShuffledBatches
from skecg.training.device import resolve_device
from skecg.training.distributed.launch import processes_of_fit
from skecg.training.distributed.processes import ALONE
from skecg.training.loop.fit import _sampler


def processes(device="cpu"):
    with processes_of_fit(device) as found:
        return found


@pytest.mark.parametrize("size", [None, "", "1"])
def test_one_process_is_alone(size, monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    if size is not None:
        monkeypatch.setenv("WORLD_SIZE", size)
    assert processes() is ALONE


def test_a_number_of_processes_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "two")
    with pytest.raises(ValueError, match="WORLD_SIZE='two' is no number of processes"):
        processes()


def test_a_thread_is_alone(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    found = []
    thread = threading.Thread(target=lambda: found.append(processes()))
    thread.start()
    thread.join()
    assert found == [ALONE]


def test_an_environment_without_an_address_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="MASTER_ADDR, MASTER_PORT are not set"):
        processes()


def test_only_cpus_and_cuda_are_shared(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="got device='mps'"):
        processes("mps")


def test_each_process_takes_its_gpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"
    monkeypatch.setenv("WORLD_SIZE", "8")
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert resolve_device("auto") == resolve_device("cuda") == "cuda:3"
    assert resolve_device("cuda:1") == "cuda:1"


@pytest.mark.parametrize("n_records", range(4, 25))
def test_every_batch_has_a_record_for_each_process(n_records):
    batches = [len(batch) for batch in ShuffledBatches(n_records, 8, np.random.default_rng(0), n_processes=4)]
    assert sum(batches) == n_records
    assert min(batches) >= 4
    assert len(batches) == len(ShuffledBatches(n_records, 8, None, n_processes=4))


@pytest.mark.parametrize(("n_records", "batch_size"), [(9, 2), (2, 8)])
def test_more_processes_than_records_in_a_step_are_refused(n_records, batch_size):
    settings = SimpleNamespace(batch_size=batch_size, balanced_batches=False)
    with pytest.raises(ValueError, match=f"3 processes cannot share batches of {batch_size} of {n_records} records"):
        _sampler(range(n_records), settings, seed=0, n_processes=3)

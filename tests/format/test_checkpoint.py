"""Checkpoints of torch.save are read as tensors; their code never runs."""

import os
import pickle
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from skecg.format.checkpoint import read_checkpoint

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.n": torch.tensor(3)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.pth"


@dataclass
class Settings:
    features: list


class Named(dict):
    """A dictionary of other code, as Lightning stores the parameters of a module."""


class Runs:
    """Writes a file when it is unpickled."""

    def __init__(self, call, *args):
        self.call, self.args = call, args

    def __reduce__(self):
        return self.call, self.args


def written(path):
    path.write_text("here")


def assert_read(path):
    found = read_checkpoint(path)
    assert list(found) == list(WEIGHTS)
    assert all(torch.equal(found[name], values) for name, values in WEIGHTS.items())


@pytest.mark.parametrize("nested", [True, False])
def test_weights_alone_or_as_state_dict(path, nested):
    torch.save({"epoch": 2, "state_dict": WEIGHTS} if nested else WEIGHTS, path)
    assert_read(path)


@pytest.mark.parametrize(
    "other",
    [
        Settings([1, 2]),
        defaultdict(list, a=[1]),
        np.float64(0.5),
        np.arange(3),
        Settings,
        {Settings},
    ],
    ids=lambda other: type(other).__name__,
)
def test_objects_of_other_code_do_not_matter(path, other):
    torch.save({"other": other, "state_dict": WEIGHTS, "again": [other]}, path)
    assert_read(path)


def test_no_code_runs(path, tmp_path):
    torch.save({"state_dict": WEIGHTS, "other": Runs(written, tmp_path / "trace")}, path)
    assert_read(path)
    torch.save({"state_dict": {**WEIGHTS, "b": Runs(eval, "1 / 0")}}, path)
    assert_read(path)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("other", "reason"), [(Runs(os.system, "true"), "system whose module .* is blocked"), (Named(a=1), "dict")]
)
def test_what_pytorch_refuses(path, other, reason):
    torch.save({"state_dict": WEIGHTS, "other": other}, path)
    with pytest.raises(ValueError, match=rf"cannot be read as .* \(.*{reason}.*\). If you trust the file, save its"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [[1, 2], {}, {"state_dict": {}}, {"epoch": 3}, {"state_dict": 3}, torch.zeros(3)])
def test_nothing_to_take(path, content):
    torch.save(content, path)
    with pytest.raises(ValueError, match="holds no weights by name, neither alone nor as 'state_dict'"):
        read_checkpoint(path)


@pytest.mark.parametrize("size", [0, 3, 100, -200])
def test_a_damaged_file(path, size):
    torch.save(WEIGHTS, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"checkpoint.pth cannot be read as a checkpoint"):
        read_checkpoint(path)


def test_a_plain_pickle(path):
    path.write_bytes(pickle.dumps(WEIGHTS))
    with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
        read_checkpoint(path)


def test_no_file(path):
    with pytest.raises(FileNotFoundError):
        read_checkpoint(path)


def test_others_keep_their_safe_names(path):
    before = torch.serialization.get_safe_globals()
    test_objects_of_other_code_do_not_matter(path, Settings([1]))
    assert torch.serialization.get_safe_globals() == before

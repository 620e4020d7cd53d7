from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.io import loadmat, savemat

from skecg.datasets._matlab import read_struct


def save(path, *, compress=False, dtype="f8", **rest):
    data, cells = np.arange(60).reshape(12, 5).astype(dtype), np.array([[1, 2]], object)
    ecg = {"sex": "Male", "age": 51.0, "data": data, "cells": cells}
    savemat(path, {"before": np.arange(3.0), "ECG": ecg} | rest, do_compression=compress)
    return path


def test_the_values_of_scipy(tmp_path, subtests):
    for dtype, compress in product(("f8", "f4", "i1", "u1", "i2", "i4", "u8"), (False, True)):
        with subtests.test(dtype=dtype, compress=compress):
            path = save(tmp_path / "a.mat", compress=compress, dtype=dtype)
            found, wanted = read_struct(path, "ECG"), loadmat(path)["ECG"][0, 0]
            assert_array_equal(found["data"], wanted["data"])
            assert found["age"].item() == wanted["age"].item()
            assert found["sex"] == wanted["sex"].item()
            assert sorted(found) == ["age", "data", "sex"]


@pytest.mark.parametrize("compress", [False, True])
def test_damaged_bytes(tmp_path, compress):
    """A file with random bytes, or cut short, gives an array of what it holds, or is refused."""
    path = save(tmp_path / "a.mat", compress=compress)
    intact, rng = path.read_bytes(), np.random.default_rng(0)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(500):
        damaged = bytearray(intact)
        for _ in range(rng.integers(1, 4)):
            damaged[rng.integers(len(damaged))] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(len(damaged) // 2, len(damaged) * 2)])
        try:
            found = read_struct(path, "ECG")
            assert np.size(found.get("data", 0)) <= 60 * 8
            outcomes["read"] += 1
        except ValueError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 20


def test_sizes_that_the_file_does_not_hold(tmp_path):
    path = save(tmp_path / "a.mat")
    intact = path.read_bytes()
    at = intact.index(np.array([12, 5], "<i4").tobytes())
    for shape in ([12, 10**9], [2**31 - 1, 2**31 - 1], [-12, -5], [0, 5]):
        path.write_bytes(intact[:at] + np.array(shape, "<i4").tobytes() + intact[at + 8 :])
        with pytest.raises(ValueError, match="promises an array of shape"):
            read_struct(path, "ECG")
    path.write_bytes(intact[:132] + b"\xff\xff\xff\x7f" + intact[136:])
    with pytest.raises(ValueError, match="cut short, or damaged at byte 128"):
        read_struct(path, "ECG")


def test_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr("skecg.datasets._matlab._UNPACKED", 10**6)
    path = save(tmp_path / "a.mat", compress=True, before=np.zeros(10**6))
    with pytest.raises(ValueError, match="grows to more than 1,000,000 bytes when unpacked"):
        read_struct(path, "ECG")
    head = np.array([6, 8, 1, 0, 5, 8, 1, 1, 1, 0], "<u4").tobytes()  # a cell of one element, without a name
    depth = 20_000
    nested = [np.array([14, (48 * level) + len(head)], "<u4").tobytes() + head for level in range(depth, 0, -1)]
    intact = save(tmp_path / "b.mat").read_bytes()
    inner = np.array([14, 0], "<u4").tobytes() * 6
    (tmp_path / "b.mat").write_bytes(intact[:128] + b"".join(nested) + inner + intact[128:])
    assert "data" in read_struct(tmp_path / "b.mat", "ECG")


def test_other_files(tmp_path):
    path = tmp_path / "a.mat"
    for data, message in (
        (b"", "no MATLAB 5 file"),
        (b"MATLAB 7.3 MAT-file".ljust(600), "MATLAB 7.3; save it with -v7"),
        (b" " * 126 + b"IM", "holds nothing"),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=message):
            read_struct(path, "ECG")
    savemat(path, {"val": np.zeros((12, 5))})
    with pytest.raises(ValueError, match="must hold one struct ECG; it holds val"):
        read_struct(path, "ECG")

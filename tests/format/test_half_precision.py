"""Weights in half precision are stored in half the bytes and return as float32."""

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from skecg.format import read_file, write_file
from skecg.format.file import _digest


def test_half_precision_halves_the_file_and_returns_float32(path):
    values = np.random.default_rng(0).normal(size=(100, 100)).astype(np.float32)
    sizes = []
    for half in ((), ("x",)):
        write_file(path, {}, {"x": values, "exact": values[0]}, half=half)
        sizes.append(path.stat().st_size)
        _, tensors = read_file(path)
        assert tensors["x"].dtype == np.float32
        np.testing.assert_array_equal(tensors["x"], values.astype(np.float16) if half else values)
        np.testing.assert_array_equal(tensors["exact"], values[0])
    assert 0.5 <= sizes[1] / sizes[0] < 0.55


def test_a_file_without_half_precision_is_one_of_version_1(path):
    write_file(path, {}, {"x": np.ones(2, np.float16)})
    with safe_open(path, framework="numpy") as file:
        assert json.loads(file.metadata()["skecg"])["version"] == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.array([1, -1e5], np.float32), r"'x' holds -100000; float16 ends at 65504"),
        (np.array([1.0]), "'x' is float64; only float32"),
    ],
)
def test_what_half_precision_cannot_hold_is_not_written(path, values, said):
    with pytest.raises(ValueError, match=said):
        write_file(path, {}, {"x": values}, half=["x"])
    assert not path.exists()


@pytest.mark.parametrize(
    "half", ['"x"', '["x", "x"]', '["exact"]', '["y"]', "[[]]", "[1]", '{"x": 1}', "null"], ids=lambda half: half
)
def test_half_precision_that_cannot_be(path, half):
    arrays = {"x": np.ones(2, np.float16), "exact": np.ones(2, np.float32)}
    text = f'{{"version": 2, "half": {half}, "document": {{}}}}'
    save_file(arrays, path, {"format": "skecg", "skecg": text, "sha256": _digest(text, arrays)})
    with pytest.raises(ValueError, match=r"is damaged: .* in half precision"):
        read_file(path)

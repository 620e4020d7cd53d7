"""Signals from MATLAB files without a header."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.io import savemat

from skecg.datasets import read_ecg

X = np.random.default_rng(0).normal(0, 0.5, (2, 50))


@pytest.mark.parametrize("options", [{"format": "4"}, {}, {"do_compression": True}])
@pytest.mark.parametrize("name", ["val", "something"])
def test_an_array(tmp_path, options, name):
    for values in (X, X.T):
        savemat(tmp_path / "m.mat", {name: values}, **options)
        records = read_ecg(tmp_path / "m.mat", file_fs=500)
        assert_allclose(records[0].signal, X, atol=1e-6)
        assert records.metadata["format"].tolist() == ["MATLAB"]


def test_a_struct(tmp_path):
    savemat(tmp_path / "m.mat", {"ECG": {"data": X, "sex": "Male", "age": 60, "fs": 500}})
    row = read_ecg(tmp_path / "m.mat", file_fs=500).metadata.loc["m"]
    assert (row["age"], row["sex"]) == (60, "male")
    with pytest.raises(ValueError, match=r"m\.mat: the file has times or a rate of 500 Hz, but file_fs is 250 Hz"):
        read_ecg(tmp_path / "m.mat", file_fs=250)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"a": X, "b": X}, "must hold one array of samples, got a, b"),
        ({"c": "text"}, "must hold one array of samples, got none"),
        ({"val": (X * 1000).astype("i2")}, "whole numbers"),
    ],
)
def test_variables_that_are_refused(tmp_path, variables, message):
    savemat(tmp_path / "m.mat", variables)
    with pytest.raises(ValueError, match=rf"m\.mat: .*{message}"):
        read_ecg(tmp_path / "m.mat", file_fs=500)


@pytest.mark.parametrize("form", ["4", "5"])
def test_damage(tmp_path, form):
    """A damaged file is refused, or is read as a file of the same format."""
    savemat(tmp_path / "m.mat", {"val": X}, format=form)
    data = (tmp_path / "m.mat").read_bytes()
    rng = np.random.default_rng(0)
    for length in range(1, len(data), 7):
        (tmp_path / "m.mat").write_bytes(data[:length])
        with pytest.raises(ValueError, match=r"m\.mat"):
            read_ecg(tmp_path / "m.mat", file_fs=500)
    for _ in range(300):
        changed = bytearray(data)
        changed[rng.integers(200)] = rng.integers(256)
        (tmp_path / "m.mat").write_bytes(changed)
        try:
            read_ecg(tmp_path / "m.mat", file_fs=500)
        except ValueError as error:
            assert "m.mat" in str(error)  # noqa: PT017

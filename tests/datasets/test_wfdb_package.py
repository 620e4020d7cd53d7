"""Headers for the wfdb package that promise what their files do not hold."""

import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import read_wfdb

LINE = "16 1000/mV 16 0 0 0 0 II"


@pytest.fixture
def segments(tmp_path):
    """Write two segments of 100 samples, and return a function that writes the header above them."""
    for name in ("s1", "s2"):
        np.arange(100, dtype="<i2").tofile(tmp_path / f"{name}.dat")
        (tmp_path / f"{name}.hea").write_text(f"{name} 1 250 100\n{name}.dat {LINE}\n")
    (tmp_path / "layout.hea").write_text("layout 1 250 0\n~ 0 1000/mV 16 0 0 0 0 II\n")
    (tmp_path / "good.hea").write_text(f"good 1 250 100\ns1.dat {LINE}\n")

    def write(text):
        (tmp_path / "m.hea").write_text(text)
        return tmp_path / "m"

    return write


def test_segments(segments):
    signal = read_wfdb(segments("m/2 1 250 200\ns1 100\ns2 100\n"))[0].signal
    assert_array_equal(signal[0], np.tile(np.arange(100), 2).astype(np.float32) / 1000)
    signal = read_wfdb(segments("m/4 1 250 300\nlayout 0\ns1 100\n~ 100\ns2 100\n"))[0].signal
    assert np.isnan(signal[0]).sum() == 100


HOSTILE = {
    "10^9 segments": ("m/1000000000 1 250 200\ns1 100\ns2 100\n", "promises '1000000000' segments"),
    "other number of segments": ("m/3 1 250 200\ns1 100\ns2 100\n", "promises 3 segments, the header has 2"),
    "digits of segments": (f"m/{'9' * 4000} 1 250 200\ns1 100\n", "promises '9999"),
    "other length": ("m/2 1 250 201\ns1 100\ns2 100\n", "do not add up to the 201 samples"),
    "long gap": ("m/3 1 250 10000000200\ns1 100\n~ 10000000000\ns2 100\n", "its files hold far fewer"),
    "itself": ("m/1 1 250 100\nm 100\n", "a segment cannot have segments"),
    "folder above": ("m/1 1 250 100\n../s1 100\n", "leads out of its folder"),
    "no length": ("m/1 1 250 100\ns1\n", "does not name a segment and its length"),
    "missing segment": ("m/1 1 250 100\ns3 100\n", r"s3\.hea: there is no such header"),
    "frames": (f"m 1 250 1\ns1.dat 16x999999999 {LINE[3:]}\n", "samples per frame of a signal must be at most 10000"),
    "frames beyond the file": (f"m 1 250 1\ns1.dat 16x9999 {LINE[3:]}\n", "promises 9999 values; it holds 100"),
    "samples of format 310": (f"m 1 250 1000000000\ns1.dat 310 {LINE[3:]}\n", r"s1\.dat: is cut short"),
    "samples of FLAC": (f"m 1 250 1000000000\ns1.dat 516 {LINE[3:]}\n", r"s1\.dat: is cut short"),
    "skew": (f"m 2 250 10\ns1.dat 310:1000000 {LINE[3:]}\ns1.dat 310x9 {LINE[3:]}\n", "a skew of 1000000 samples"),
    "2,000 signals": (f"m 2000 250 1\n{f's1.dat 310 {LINE[3:]}' + chr(10)}" * 1, "promises 2000 signals"),
    "device": (f"m 1 250\nzero {LINE}\n", "no regular file"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_header_promises_is_compared_with_its_files(tmp_path, segments, kind):
    text, told = HOSTILE[kind]
    (tmp_path / "zero").symlink_to("/dev/zero")
    start = time.monotonic()
    path = segments(text)
    with pytest.raises(ValueError, match=told):
        read_wfdb(path)
    with pytest.warns(UserWarning, match=f"Skipped 1 of 2 records.*{told}"):
        assert len(read_wfdb([path, tmp_path / "good"], on_error="warn")) == 1
    assert time.monotonic() - start < 5

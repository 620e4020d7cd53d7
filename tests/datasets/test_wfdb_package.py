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
    "repeated segment": ("m/5000 1 250 500000\n" + "s1 100\n" * 5000, "names the segment 's1' more than 100 times"),
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
    text, message = HOSTILE[kind]
    (tmp_path / "zero").symlink_to("/dev/zero")
    start = time.monotonic()
    path = segments(text)
    with pytest.raises(ValueError, match=message):
        read_wfdb(path)
    with pytest.warns(UserWarning, match=f"Skipped 1 of 2 records.*{message}"):
        assert len(read_wfdb([path, tmp_path / "good"], on_error="warn")) == 1
    assert time.monotonic() - start < 5


def test_averaged_signals_warn(tmp_path):
    samples = np.arange(500, dtype="<i2").reshape(100, 5)
    samples.tofile(tmp_path / "m.dat")
    (tmp_path / "m.hea").write_text(f"m 2 125 100\nm.dat 16x4 {LINE[3:]}\nm.dat {LINE[:-2]}RESP\n")
    with pytest.warns(UserWarning, match=r"several samples per frame, which are averaged: II \(4\)"):
        signal = read_wfdb(tmp_path / "m", leads=["II"])[0].signal[0]
    assert_array_equal(signal, (np.floor(samples[:, :4].mean(axis=1)) / 1000).astype(np.float32))
    assert read_wfdb(tmp_path / "m", leads=["RESP"])[0].signal.shape == (1, 100)  # and no warning


def test_segments_of_other_units_are_refused(tmp_path, segments):
    (tmp_path / "s2.hea").write_text("s2 1 250 100\ns2.dat 16 10/uV 16 0 0 0 0 II\n")
    path = segments("m/4 1 250 300\nlayout 0\ns1 100\n~ 100\ns2 100\n")
    with pytest.raises(ValueError, match=r"m\.hea: the wfdb package cannot read this record"):
        read_wfdb(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("s2 1 500 100\ns2.dat 16 1000/mV 16 0 0 0 0 II\n", r"m\.hea: the segment 's2' has 500 Hz, the record 250 Hz"),
        (
            "s2 1 250 100\ns2.dat 16 1000/mV 16 0 0 0 0 V1\n",
            r"m\.hea: the segment 's2' has the leads V1; the first has",
        ),
        ("s2 1 250 100\ns2.dat 16 1/uV 16 0 0 0 0 II\n", r"m\.hea: .* lead II is in 'uV' in the segment 's2', and in"),
    ],
)
def test_segments_that_do_not_fit_are_refused(tmp_path, segments, header, message):
    path = segments("m/2 1 250 200\ns1 100\ns2 100\n")
    (tmp_path / "s2.hea").write_text(header)
    with pytest.raises(ValueError, match=message):
        read_wfdb(path)
    (tmp_path / "s2.hea").write_text("s2 1 250 100\ns2.dat 16 1000/millivolts 16 0 0 0 0 ii\n")
    assert read_wfdb(path)[0].signal.max() == np.float32(0.099)
    with pytest.raises(ValueError, match=r"the segment 's1' has 250 Hz, the record 125 Hz"):
        read_wfdb(segments("m/2 1 125 200\ns1 100\ns1 100\n"))

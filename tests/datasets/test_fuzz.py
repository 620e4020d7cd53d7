"""Reading any bytes gives the values of rdsamp, or a ValueError that names the file."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import read_wfdb
from skecg.datasets._wfdb_header import call_wfdb

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BITS = {"16": 16, "24": 24, "32": 32, "80": 8, "212": 12, "61": 16, "160": 16}
QUIETLY = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
GAIN = st.one_of(
    st.sampled_from(["", "0", "200", "1000", "204.8", "-3", "1e3", "0.05"]),
    st.floats(1e-3, 1e5).map(lambda gain: f"{gain:.6g}"),
)
SIGNAL = st.fixed_dictionaries(
    {
        "gain": GAIN,
        "baseline": st.one_of(st.none(), st.integers(-40_000, 40_000)),
        "unit": st.sampled_from(["", "/mV"]),
        "zero": st.integers(-2000, 2000),
        "name": st.sampled_from(["", "I", "AVR", "MLII", "ECG", "V 1", "ecg"]),
    }
)


def read(path):
    """Return the record, or None if reading raises an error that names the record."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # random units cause warnings
        try:
            return read_wfdb(path)[0]
        except ValueError as caught:
            error = caught
    assert path.name in str(error)
    return None


def write_sound_record(path, fmt, signals, n_times, skew, start, data):
    size = -(-n_times * len(signals) * BITS[fmt] // 8) + start
    path.with_suffix(".dat").write_bytes(data.randbytes(size + 30))
    lines = [f"rec {len(signals)} 250 {n_times}"]
    for i, signal in enumerate(signals):
        gain = signal["gain"] + ("" if signal["baseline"] is None else f"({signal['baseline']})") + signal["unit"]
        storage = f"{fmt}{f':{skew}' if skew and i == 0 else ''}{f'+{start}' if start else ''}"
        line = f"rec.dat {storage} {gain or 200} 12 {signal['zero']} 0 0 0 {signal['name']}"
        lines.append(line.strip())
    path.with_suffix(".hea").write_text("\n".join(lines) + "\n")


def test_any_sound_record_equals_rdsamp():
    compared = []

    @QUIETLY
    @given(
        fmt=st.sampled_from(["16", "24", "32", "80", "212"]),
        signals=st.lists(SIGNAL, min_size=1, max_size=5),
        n_times=st.integers(1, 60),
        skew=st.integers(0, 3),
        start=st.integers(0, 30),
        data=st.randoms(use_true_random=False),
    )
    def compare(**record):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rec"
            write_sound_record(path, **record)
            try:
                wanted = call_wfdb("rdsamp", str(path))[0].T.astype(np.float32)
            except Exception:  # if wfdb raises, skecg may raise or read
                wanted = None
            ours = read(path)
            assert wanted is None or ours is not None
            if wanted is not None:
                assert_array_equal(ours.signal, wanted)
                compared.append(ours)

    compare()
    assert len(compared) >= 30


HEADER = b"rec 2 250 50\nrec.dat 16 200(0)/mV 16 0 0 0 0 I\nrec.dat 16 200(0)/mV 16 0 0 0 0 AVR\n#Age: 50\n#Dx: 1\n"
N_BYTES = 200  # bytes of the samples in the header
PIECES = ["212", "+99", ":60", "x4", "/", "~", "9999999999", "-1", "(", "\n", "\r", "#", "1e309", "nan", ".mat"]
ADDED = st.binary(max_size=4) | st.sampled_from([piece.encode() for piece in PIECES])
EDITS = st.lists(st.tuples(st.integers(0, len(HEADER) - 1), st.integers(0, 3), ADDED), min_size=1, max_size=4)


def test_an_edited_header_gives_no_more_than_the_file_holds():
    accepted = []

    @QUIETLY
    @given(edits=EDITS, size=st.just(N_BYTES) | st.integers(0, 230))
    def edit(edits, size):
        header = HEADER
        for at, removed, added in edits:
            header = header[:at] + added + header[at + removed :]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rec"
            path.with_suffix(".hea").write_bytes(header)
            path.with_suffix(".dat").write_bytes(bytes(range(230))[:size])
            record = read(path)
        if record is not None:
            assert record.signal.ndim == 2
            assert 0 < record.signal.size <= max(2 * size, 1)
            assert record.fs > 0
            assert len(set(record.leads)) == len(record.signal)
            accepted.append(record)

    edit()
    assert len(accepted) >= 5


def test_any_bytes():
    accepted = []

    @QUIETLY
    @given(
        header=st.just(HEADER) | st.binary(max_size=200),
        data=st.binary(max_size=100) | st.binary(min_size=N_BYTES, max_size=N_BYTES + 9),
    )
    def read_bytes(header, data):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rec"
            path.with_suffix(".hea").write_bytes(header)
            path.with_suffix(".dat").write_bytes(data)
            accepted.append(read(path) is not None)

    read_bytes()
    assert sum(accepted) >= 2

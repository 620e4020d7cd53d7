"""Fixtures of records for several tests."""

import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecords


@pytest.fixture
def make_records():
    """A function that returns records whose amplitude depends on the class, and the labels."""

    def make(n_records=40, ragged=True):
        rng = np.random.default_rng(0)
        y = np.tile(["normal", "loud"], n_records // 2)
        signals = [
            rng.normal(0, 1 + (label == "loud"), (3, 200 + (5 * i if ragged else 0))).astype(np.float32)
            for i, label in enumerate(y)
        ]
        metadata = pd.DataFrame({"age": np.arange(n_records), "patient_id": np.arange(n_records) // 4})
        fs = np.where(np.arange(n_records) % 3, 500.0, 250.0)
        return ECGRecords(signals, fs, leads=["I", "II", "V1"], metadata=metadata), y

    return make


@pytest.fixture
def check_same():
    """A function that compares two containers."""

    def check(records, others):
        assert type(records) is type(others) is ECGRecords
        assert records.leads == others.leads
        np.testing.assert_array_equal(records.fs, others.fs)
        np.testing.assert_array_equal(records.lengths, others.lengths)
        pd.testing.assert_frame_equal(records.metadata, others.metadata)
        for one, other in zip(records.signals, others.signals, strict=True):
            np.testing.assert_array_equal(one, other)

    return check


@pytest.fixture
def mapped(tmp_path, make_records):
    """Records on a memory map that does not start at the beginning of its file."""
    records, y = make_records()
    path = tmp_path / "signals.dat"
    values = np.concatenate([signal.ravel() for signal in records.signals])
    path.write_bytes(bytes(4096 + 8) + values.tobytes())
    buffer = np.memmap(path, np.float32, "r", offset=4096 + 8)
    metadata = records.metadata
    return ECGRecords.from_buffer(buffer, records.lengths, records.fs, leads=records.leads, metadata=metadata), y, path

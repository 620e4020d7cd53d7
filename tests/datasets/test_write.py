"""Files that write_ecg writes are read again, by skecg and by the libraries of their formats."""

import datetime

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg import ECGRecords
from skecg.datasets import read_ecg, write_ecg
from skecg.datasets._wfdb_header import call_wfdb

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
TIMES = [datetime.datetime(2020, 2, 29, 23, 59, 58), None]
TABLE = {"age": [63.0, np.nan], "sex": ["female", None], "patient_id": ["P 7", None], "time": TIMES}


@pytest.fixture(params=["wfdb", "edf", "dicom"])
def form(request):
    pytest.importorskip({"edf": "edfio", "dicom": "pydicom"}.get(request.param, "numpy"))
    return request.param


def records_of(signals, fs, leads=TWELVE, **table):
    return ECGRecords(signals, fs, leads=leads, metadata=table or None)


@pytest.mark.parametrize(
    ("n_times", "fs"), [(5000, 500), (4999, 500), (3607, 257), (30000, 250), (1, 100), (2500, 128)]
)
@pytest.mark.parametrize("largest", [0.001, 3.1, 3.3, 40.0, 5e4])
def test_samples_within_half_a_step(tmp_path, form, n_times, fs, largest):
    signal = np.random.default_rng(0).normal(size=(2, 12, n_times)).astype(np.float32)
    signal *= largest / np.abs(signal).max()
    records = records_of(signal, fs)
    if form == "edf" and fs == 257:
        with pytest.raises(ValueError, match="record 0: EDF cannot state 257 Hz exactly for 3607 samples"):
            write_ecg(records, tmp_path / "out", format=form)
        return
    again = read_ecg(write_ecg(records, tmp_path / "out", format=form))
    assert again.leads == TWELVE
    assert_array_equal(again.fs, fs)
    step = next(step for step in (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 2.0) if largest <= 32000 * step)
    assert_allclose(again.to_array(), signal, atol=step / 2, rtol=2e-7)


def test_what_is_known_of_the_patient(tmp_path, form):
    records = records_of(np.zeros((2, 12, 500)), 500, **TABLE, device=["Box 3", None])
    table = read_ecg(write_ecg(records, tmp_path / "out", format=form)).metadata
    assert table["age"].tolist()[:1] == [63]
    assert table["sex"].tolist()[:1] == ["female"]
    assert table["patient_id"].tolist()[0].replace("_", " ") == "P 7"
    assert table["time"].tolist()[0] == TIMES[0]
    assert table.iloc[1][["age", "sex", "patient_id", "time", "device"]].isna().all()


def test_missing_samples(tmp_path, form):
    signal = np.ones((1, 12, 500))
    signal[0, 1, 7] = np.nan
    if form == "edf":
        with pytest.raises(ValueError, match="record 0 has missing samples, for which EDF has no value"):
            write_ecg(records_of(signal, 500), tmp_path / "out", format=form)
    else:
        assert_allclose(read_ecg(write_ecg(records_of(signal, 500), tmp_path, format=form)).to_array(), signal)


def test_other_leads(tmp_path, form):
    leads = ("MLII", "V1", "x", "V4R")
    records = records_of(np.ones((1, 4, 500)), 250, leads)
    assert read_ecg(write_ecg(records, tmp_path, format=form)).leads == leads


def test_wfdb_reads_the_records(tmp_path):
    signal = np.random.default_rng(0).normal(size=(1, 12, 500))
    (path,) = write_ecg(records_of(signal, 500, **{name: values[:1] for name, values in TABLE.items()}), tmp_path)
    record = call_wfdb("rdrecord", str(path.with_suffix("")))
    assert_allclose(record.p_signal.T, signal[0], atol=1.001e-4)
    assert record.base_datetime == TIMES[0]
    digital = np.fromfile(path.with_suffix(".dat"), "<i2").reshape(-1, 12)
    assert [total % 65536 for total in record.checksum] == (digital.sum(axis=0, dtype=int) % 65536).tolist()


def test_names(tmp_path):
    import pandas as pd

    table = pd.DataFrame(index=["12 Leads/ü", "b.1"])
    records = records_of(np.zeros((2, 12, 50)), 500).with_metadata(table)
    assert [path.name for path in write_ecg(records, tmp_path)] == ["12_Leads__.hea", "b_1.hea"]
    with pytest.raises(ValueError, match=r"12_Leads__\.dat exists already"):
        write_ecg(records, tmp_path)
    table.index = ["a b", "a_b"]
    with pytest.raises(ValueError, match="The records 'a b' and 'a_b' would both be written as a_b"):
        write_ecg(records.with_metadata(table), tmp_path)


def test_what_no_file_can_hold(tmp_path):
    with pytest.raises(ValueError, match=r"record 0 reaches 1e\+09 mV, which no ECG has"):
        write_ecg(records_of(np.full((1, 12, 50), 1e9), 500), tmp_path)
    pytest.importorskip("edfio")
    with pytest.raises(ValueError, match="12 ASCII characters for the name of a lead, got 'a very long name'"):
        write_ecg(records_of(np.zeros((1, 1, 50)), 500, ["a very long name"]), tmp_path, format="edf")


def test_times_may_be_text(tmp_path, form):
    records = records_of(np.zeros((2, 1, 500)), 250, ["I"])
    timed = records.with_metadata(records.metadata.assign(time=["2020-06-14 10:11:12", None]))
    times = read_ecg(write_ecg(timed, tmp_path / "a", format=form)).metadata["time"]
    assert times.tolist()[0] == datetime.datetime(2020, 6, 14, 10, 11, 12) and times.isna().tolist() == [False, True]
    with pytest.raises(ValueError, match=r"time must be a date with time, .*; got 'noon' of record 0, 7 of record 1\."):
        write_ecg(records.with_metadata(records.metadata.assign(time=["noon", 7])), tmp_path / "b", format=form)

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets import fetch_mitdb, read_wfdb

DATA = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "mitdb"
needs_mitdb = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings of MIT-BIH in {DATA}")
LEADS = {
    "101": ["MLII", "V1"],
    "102": ["V5", "V2"],
    "114": ["V5", "MLII"],
    "201": ["MLII", "V1"],
    "202": ["MLII", "V1"],
}
CODES = {"N": 1, "L": 2, "V": 5, "A": 8, "/": 12, "+": 28}
PEAKS, SYMBOLS = [10, 400, 500, 800, 1100, 1490], ["N", "V", "+", "A", "/", "L"]


def annotate(path):
    """Write the annotations in the MIT format: a code and the samples since the last, 16 bits each."""
    words, last = [], 0
    for peak, symbol in zip(PEAKS, SYMBOLS, strict=True):
        words.append(CODES[symbol] << 10 | (peak - last))
        last = peak
    np.array([*words, 0], "<u2").tofile(path)


@pytest.fixture
def home(tmp_path, write_record):
    for name, leads in LEADS.items():
        write_record(
            tmp_path, name, value=int(name), leads=leads, fs=360, n_times=1500, comments=[" 69 M 1085 1629 x1"]
        )
        annotate(tmp_path / f"{name}.atr")
    return tmp_path


def test_beats(home):
    mitdb = fetch_mitdb(home)
    assert mitdb.target.tolist() == ["N", "V", "S", "Q", "N"] * 4
    assert mitdb.target_names == ["F", "N", "Q", "S", "V"]
    metadata = mitdb.data.metadata
    assert metadata["record"].unique().tolist() == ["101", "114", "201", "202"]  # 102 is paced
    assert metadata["patient_id"].unique().tolist() == [101, 114, 201]
    assert mitdb.data.to_array().shape == (20, 1, 90 + 162)
    assert_array_equal(mitdb.data.to_array()[5], np.float32(0.114))
    first = metadata[:5]
    times = np.delete(PEAKS, 2) / 360
    assert_allclose(first["time"], times)
    assert_allclose(first["rr_previous"], [np.nan, *np.diff(times)])
    assert_allclose(first["rr_next"], [*np.diff(times), np.nan])
    assert first["symbol"].tolist() == ["N", "V", "A", "/", "L"]
    assert (metadata["age"] == 69).all()
    assert (metadata["sex"] == "male").all()


def test_leads_and_subsets(home):
    both = fetch_mitdb(home, leads="both", paced=True)
    assert both.data.leads == ("lead 0", "lead 1")
    assert both.data.metadata["record"].unique().tolist() == list(LEADS)
    with pytest.raises(ValueError, match=r"102\.hea: there is no lead MLII; the leads are V5, V2"):
        fetch_mitdb(home, paced=True)
    with pytest.warns(UserWarning, match=r"Skipped 1 of 5 records.*102"):
        assert fetch_mitdb(home, paced=True, on_error="warn").data.metadata["record"].nunique() == 4
    with pytest.warns(UserWarning, match=r"The folder lacks 19 of the 22 records of DS1: 106, 108"):
        assert fetch_mitdb(home, subset="DS1").data.metadata["record"].unique().tolist() == ["101", "114", "201"]
    assert fetch_mitdb(home, subset=["102"], leads=["V2"]).data.leads == ("V2",)
    with pytest.raises(ValueError, match=r"The folder has no records 999; it has 101, 102"):
        fetch_mitdb(home, subset=["101", "999"])


def test_records(home):
    mitdb = fetch_mitdb(home, kind="records", fs=180)
    assert mitdb.target is None
    assert mitdb.data.lengths.tolist() == [750] * 4
    assert mitdb.data.metadata["record"].tolist() == ["101", "114", "201", "202"]
    assert mitdb.annotations[1]["label"].tolist() == ["N", "V", "S", "Q", "N"]
    assert_allclose(mitdb.annotations[1]["time"], np.delete(PEAKS, 2) / 360)


def test_damage(home):
    (home / "114.atr").unlink()
    with pytest.raises(ValueError, match=r"114\.atr is missing"):
        fetch_mitdb(home)
    (home / "201.dat").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"Skipped 2 of 4 records.*114.*201"):
        assert fetch_mitdb(home, on_error="warn").data.metadata["record"].unique().tolist() == ["101", "202"]
    with pytest.raises(ValueError, match="window must be two durations"):
        fetch_mitdb(home, window=(-1.0, 0.5))
    (home / "empty").mkdir()
    with pytest.raises(ValueError, match="is not a copy of the MIT-BIH"):
        fetch_mitdb(home / "empty")


@needs_mitdb
def test_a_real_record():
    mitdb = fetch_mitdb(DATA, subset=["119"], window=(0.1, 0.1))
    signal = read_wfdb(DATA / "119", leads=["MLII"])[0].signal
    beat = mitdb.data[700]
    peak = round(beat.metadata["time"] * 360)
    assert_array_equal(beat.signal, signal[:, peak - 36 : peak + 36])
    counts = dict(zip(*np.unique(mitdb.target, return_counts=True), strict=True))
    assert counts == {"N": 1543, "V": 444}  # as published
    assert beat.signal[0, 30:42].max() > np.median(beat.signal)

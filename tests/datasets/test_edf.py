import datetime
import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets import read_edf

edfio = pytest.importorskip("edfio", reason="needs edfio, the extra `edf`")


def write(path, signals, *, fs=250, units="mV", **known):
    rates = fs if isinstance(fs, dict) else dict.fromkeys(signals, fs)
    units = units if isinstance(units, dict) else dict.fromkeys(signals, units)
    made = [
        edfio.EdfSignal(values, rates[name], label=name, physical_dimension=units[name], physical_range=(-9000, 9000))
        for name, values in signals.items()
    ]
    edfio.Edf(made, **known).write(path)
    return path


@pytest.fixture
def signals():
    rng = np.random.default_rng(0)
    return {"ECG I": rng.normal(0, 900, 500), "EKG-AVR": rng.normal(0, 900, 500), "Resp": rng.normal(0, 1, 500)}


UNITS = {"ECG I": "mV", "EKG-AVR": "uV", "Resp": "mL"}
STEP = 18000 / 65535


def test_voltages_of_a_file(tmp_path, signals):
    patient = edfio.Patient(sex="F", birthdate=datetime.date(1960, 6, 15))
    recording = edfio.Recording(startdate=datetime.date(2020, 6, 14))
    path = write(tmp_path / "a.edf", signals, units=UNITS, patient=patient, recording=recording)
    records = read_edf(path)
    assert records.leads == ("I", "aVR")
    assert_array_equal(records.fs, 250)
    assert_allclose(records[0].signal[0], signals["ECG I"], atol=STEP)
    assert_allclose(records[0].signal[1], signals["EKG-AVR"] / 1000, atol=STEP / 1000)
    assert records.metadata.index.tolist() == ["a"]
    assert records.metadata["age"].tolist() == [59]
    assert records.metadata["sex"].tolist() == ["female"]


def test_options(tmp_path, signals):
    paths = [write(tmp_path / f"{i}.edf", signals, units=UNITS) for i in range(3)]
    records = read_edf(paths, leads=["avr"], fs=125)
    assert records.leads == ("aVR",)
    assert records.lengths.tolist() == [250] * 3
    assert records.metadata["age"].isna().all()
    with pytest.raises(ValueError, match=r"0\.edf: there is no lead V1; the leads are I, aVR, Resp"):
        read_edf(paths, leads=["V1"])
    with pytest.raises(ValueError, match=r"0\.edf: Resp in 'mL' is no voltage"):
        read_edf(paths, leads=["Resp"])


def test_rates_that_differ(tmp_path, signals):
    signals["ECG V1"] = np.zeros(1000)
    rates = dict.fromkeys(signals, 250) | {"ECG V1": 500}
    path = write(tmp_path / "a.edf", signals, fs=rates, units=UNITS | {"ECG V1": "mV"})
    with pytest.raises(
        ValueError, match=r"a\.edf: the leads differ in their rates \(I 250 Hz, aVR 250 Hz, V1 500 Hz\)"
    ):
        read_edf(path)
    assert read_edf(path, leads=["V1"]).fs[0] == 500


def test_damage(tmp_path, signals):
    good = write(tmp_path / "good.edf", signals, units=UNITS)
    bad = tmp_path / "bad.edf"
    intact = good.read_bytes()
    for data in (b"", b"no EDF" * 100, intact[:300], intact[:1500]):
        bad.write_bytes(data)
        with pytest.raises(ValueError, match=r"bad\.edf"):
            read_edf([good, bad])
    with pytest.raises(ValueError, match=r"nowhere\.edf is no EDF file that can be read"):
        read_edf(tmp_path / "nowhere.edf")
    bad.write_bytes(b"")
    with pytest.warns(UserWarning, match=r"Skipped 1 of 2 records.*bad\.edf"):
        assert read_edf([bad, good], on_error="warn").metadata.index.tolist() == ["good"]
    other = write(tmp_path / "other.edf", {"ECG V1": np.zeros(500)})
    with pytest.raises(ValueError, match=r"other\.edf: the leads are V1, but the first record has I, aVR"):
        read_edf([good, other])
    with pytest.raises(ValueError, match="no record to read"):
        read_edf([])


NUMBERS = {"size of the header": (184, 8), "number of data records": (236, 8), "number of signals": (252, 4)}


@pytest.mark.parametrize("value", ["-1", "-5", "1e9", "99999999", "abc", "", "1.5", "\xb2", "0"])
@pytest.mark.parametrize("what", [*NUMBERS, "number of samples"])
def test_numbers_of_the_header_are_compared_with_the_file(tmp_path, signals, what, value):
    good = write(tmp_path / "good.edf", signals, units=UNITS)
    at, width = NUMBERS.get(what, (256 + 3 * 216, 8))
    text = value[:width].encode("latin-1").ljust(width)
    data = good.read_bytes()
    bad = tmp_path / "bad.edf"
    bad.write_bytes(data[:at] + text + data[at + width :])
    if what == "number of data records" and value in ("-1", "0"):  # unknown, as a recorder writes that still records
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert read_edf(bad).lengths.tolist() == [500]
        messages = [str(warning.message) for warning in caught if "data records" in str(warning.message)]
        assert [str(bad) in text for text in messages] == ([] if value == "-1" else [True])
        return
    with pytest.warns(UserWarning, match=r"Skipped 1 of 2 records.*bad\.edf"):
        assert len(read_edf([bad, good], on_error="warn")) == 1


@pytest.mark.parametrize("value", ["9.9e+307", "1e12", "nan", "inf", "x"])
def test_physical_range_that_no_ecg_has(tmp_path, signals, value):
    good = write(tmp_path / "good.edf", signals, units=UNITS)
    data, at = good.read_bytes(), 256 + 3 * (16 + 80 + 8 + 8)  # the physical maximum of the first signal
    bad = tmp_path / "bad.edf"
    bad.write_bytes(data[:at] + value.encode().ljust(8) + data[at + 8 :])
    with pytest.warns(UserWarning, match=r"Skipped 1 of 2 records.*bad\.edf"):
        assert len(read_edf([bad, good], on_error="warn")) == 1


@pytest.mark.parametrize("value", ["0", "-1", "nan", "1e-300", "1e+300", "x"])
def test_duration_that_no_record_has(tmp_path, signals, value):
    good = write(tmp_path / "good.edf", signals, units=UNITS)
    data = good.read_bytes()
    bad = tmp_path / "bad.edf"
    bad.write_bytes(data[:244] + value.encode().ljust(8) + data[252:])
    with pytest.warns(UserWarning, match=r"Skipped 1 of 2 records.*bad\.edf"):
        assert len(read_edf([bad, good], on_error="warn")) == 1


def test_no_signal_is_lost_by_its_name_or_unit(tmp_path):
    data = np.arange(500.0)
    made = [edfio.EdfSignal(data + i, 250, label=name, physical_dimension="uV", physical_range=(-9000, 9000))
            for i, name in enumerate(["ECG I", "I", "ECG I"])]  # fmt: skip
    edfio.Edf(made).write(tmp_path / "a.edf")
    intact = (tmp_path / "a.edf").read_bytes()
    for encoding in ("latin-1", "utf-8"):
        unit = "µV".encode(encoding).ljust(8)
        (tmp_path / "a.edf").write_bytes(intact.replace(b"uV".ljust(8), unit))
        records = read_edf(tmp_path / "a.edf")
        assert records.leads == ("I", "I 2", "I 3")
        assert_allclose(records[0].signal[:, 0], [0, 0.001, 0.002], atol=STEP / 1000)


def test_a_recording_with_a_gap_is_refused(tmp_path, signals):
    notes = [edfio.EdfAnnotation(0, None, "start")]
    path = write(tmp_path / "a.edf", signals, units=UNITS, annotations=notes, data_record_duration=1)
    data = path.read_bytes()
    assert data[192:197] == b"EDF+C" and data.count(b"+1\x14\x14") == 1
    whole = data.replace(b"EDF+C", b"EDF+D", 1)
    path.write_bytes(whole)
    assert read_edf(path).lengths.tolist() == [500]  # discontinuous by its header, without a gap
    path.write_bytes(whole.replace(b"+1\x14\x14", b"+9\x14\x14"))
    message = r"a\.edf: the recording is interrupted: data record 1 begins at 9 s, the one before ends at 1 s"
    with pytest.raises(ValueError, match=message):
        read_edf(path)
    path.write_bytes(whole.replace(b"+1\x14\x14", b"x1\x14\x14"))
    with pytest.raises(ValueError, match="data record 1 begins at an unknown time"):
        read_edf(path)


def test_reading_needs_no_edfio(tmp_path, signals, monkeypatch):
    path = write(tmp_path / "a.edf", signals, units=UNITS)
    monkeypatch.setitem(sys.modules, "edfio", None)
    assert read_edf(path).leads == ("I", "aVR")


def test_values_are_those_of_edfio(tmp_path):
    rng, fs = np.random.default_rng(0), 250
    for kind, make in ((edfio.EdfSignal, edfio.Edf), (edfio.BdfSignal, edfio.Bdf)):
        made = [kind(rng.uniform(-4, 4, 500), fs, label=name, physical_dimension="mV", physical_range=(-4.5, 7))
                for name in ("ECG I", "ECG V1")]  # fmt: skip
        path = tmp_path / "a"
        notes = [edfio.EdfAnnotation(0.5, None, "note")]
        start = datetime.time(10, 11, 12, 250_000)
        make(made, annotations=notes, recording=edfio.Recording(startdate=datetime.date(2020, 6, 14)),
             starttime=start, data_record_duration=0.5).write(path)  # fmt: skip
        records = read_edf(path)
        assert_array_equal(records[0].signal, np.float32([signal.data for signal in made]))
        assert records.metadata["time"].iloc[0] == datetime.datetime.combine(datetime.date(2020, 6, 14), start)


def test_parts_of_a_data_record_are_named(tmp_path, signals):
    path = write(tmp_path / "a.edf", signals, units=UNITS)
    path.write_bytes(path.read_bytes() + b"rest")
    with pytest.warns(UserWarning, match=r"a\.edf: the header states 2 data records; .* 4 bytes of another one"):
        assert read_edf(path).lengths.tolist() == [500]

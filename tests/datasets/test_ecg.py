"""The reader of all formats: dispatch, leads, metadata, and what it refuses."""

import datetime
import gzip
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets import read_ecg, read_wfdb

SAMPLES = Path(__file__).parent / "formats" / "samples"
NAMES = ("Example.scp", "fda_subject1_0.xml", "v1_03_129DYPRG.xml")
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def write_csv(path, signal, leads=TWELVE, **options):
    import pandas as pd

    pd.DataFrame(signal.T, columns=list(leads)).to_csv(path, index=False, **options)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name in NAMES:
        packed = SAMPLES / f"{name}.gz"
        data = gzip.decompress(packed.read_bytes()) if packed.exists() else (SAMPLES / name).read_bytes()
        (folder / name).write_bytes(data)
    return [folder / name for name in NAMES]


@pytest.fixture
def signal():
    return np.random.default_rng(0).normal(0, 0.5, (12, 500)).round(4)


def test_a_folder_of_mixed_formats(tmp_path, files, signal, write):
    paths = [*files[::-1], write(tmp_path, "w", 12, leads=TWELVE[::-1], fs=250)]
    paths.append(write_csv(tmp_path / "c.csv", signal, sep=";", decimal=","))
    records = read_ecg(paths, file_fs=500, units="mV")
    assert records.leads == TWELVE
    assert records.metadata.index.tolist() == [path.stem for path in files[::-1]] + ["w", "c"]
    assert records.metadata["format"].tolist()[-2:] == ["WFDB", "CSV"]
    assert records.metadata["file"].tolist()[-2:] == ["w.hea", "c.csv"]
    assert records.fs[-2] == 250
    assert_allclose(records[-1].signal, signal, atol=1e-6)
    assert_allclose(records[-2].signal, read_wfdb(paths[-2])[0].signal[::-1])
    assert records.metadata["age"].dtype == float
    assert records.metadata["time"].dtype.kind == "M"
    again = read_ecg(paths, file_fs=500, n_jobs=2, save_to=tmp_path / "set")
    assert again.leads == TWELVE
    for one, other in zip(records.signals, again.signals, strict=True):
        assert_array_equal(one, other)
    assert again.metadata.equals(records.metadata)
    assert read_ecg(paths[::-1], file_fs=500).leads == TWELVE
    few = read_ecg(paths, file_fs=500, leads=["v1", "avl"], fs=100)
    assert few.leads == ("V1", "aVL")
    assert set(few.fs) == {100}


@pytest.mark.parametrize("name", ["a", "a.dat", "a.hea", "a.csv", "a.edf", "a.b.c"])
def test_the_suffix_does_not_matter(tmp_path, files, name):
    for path in files:
        shutil.copy(path, tmp_path / name)
        found = read_ecg(tmp_path / name)
        assert_array_equal(found[0].signal, read_ecg(path)[0].signal)
        assert found.metadata.index.tolist() == ["a.b" if name == "a.b.c" else "a"]


def test_limb_leads_of_eight(tmp_path, write, signal):
    eight = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    path = write(tmp_path, "w", 8, leads=eight)
    one, two = read_wfdb(path, leads=["I", "II"])[0].signal
    for paths in (path, [path, write_csv(tmp_path / "c.csv", signal)]):
        records = read_ecg(paths, file_fs=500)
        assert records.leads == TWELVE
        assert_allclose(records[0].signal[2], two - one, atol=1e-6)
    assert read_ecg(path, leads=["aVF", "V6"]).leads == ("aVF", "V6")
    assert read_ecg(path, leads=["I", "V6"]).leads == ("I", "V6")
    assert read_wfdb(path).leads == eight


def test_limb_leads_of_two(tmp_path, write, signal):
    paths = [write(tmp_path, "w"), write_csv(tmp_path / "c.csv", signal[:2], TWELVE[:2])]
    for some in (paths, paths[:1]):
        records = read_ecg(some, file_fs=500, leads=["avr", "II"])
        assert records.leads == ("aVR", "II")
        one, two = read_ecg(some[0], leads=["I", "II"])[0].signal
        assert_allclose(records[0].signal, [-(one + two) / 2, two], atol=1e-6)
    with pytest.raises(ValueError, match=r"w\.hea: there is no lead aVR, V1; the leads are I, II"):
        read_ecg(paths, file_fs=500, leads=["aVR", "V1"])


def test_edf_gives_patient_and_time(tmp_path, signal):
    edfio = pytest.importorskip("edfio", reason="needs edfio, the extra `edf`")
    made = [edfio.EdfSignal(row, 500, label=f"ECG {lead}", physical_dimension="mV", physical_range=(-5, 5))
            for lead, row in zip(TWELVE, signal, strict=True)]  # fmt: skip
    patient = edfio.Patient(code="P7", sex="F", birthdate=datetime.date(1960, 6, 15))
    recording = edfio.Recording(startdate=datetime.date(2020, 6, 14), equipment_code="Box")
    edf = edfio.Edf(made, patient=patient, recording=recording, starttime=datetime.time(10, 11, 12))
    edf.write(tmp_path / "e.edf")
    shutil.move(tmp_path / "e.edf", tmp_path / "e.bin")
    row = read_ecg(tmp_path / "e.bin").metadata.loc["e"]
    assert row.drop("time").tolist() == [59.0, "female", "P7", "Box", "e.bin", "EDF"]
    assert row["time"] == datetime.datetime(2020, 6, 14, 10, 11, 12)


def test_what_is_no_ecg(tmp_path):
    (tmp_path / "folder").mkdir()
    for name, content, message in [
        ("a.pdf", b"%PDF-1.7 x", "is a PDF, which holds no samples"),
        ("a.gz", gzip.compress(b"ECG"), "is packed with gzip: unpack it first"),
        ("a.xlsx", b"PK\x03\x04....", "is packed with zip"),
        ("a.bin", bytes(range(50)), r"is of no known format; it begins with b'\\x00.*MUSE XML, Philips.*WFDB"),
        ("a.txt", b"Dear colleague,\nthis is a letter.\n", "is of no known format; it begins with b'Dear"),
        ("a.xml", b"<?xml version='1.0'?><note/>", "is of no known format"),
        ("a.csv", b"I,II\n0.1,0.2\n", "is a CSV file, which states no rate: pass its rate in Hz as file_fs"),
        ("a.mat", b"MATLAB 7.3 MAT-file", r"MATLAB 7.3 \(HDF5\); save it with -v7"),
        ("empty", b"", "is empty"),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"{path}:? .*{message}"):
            read_ecg(path)
    with pytest.raises(ValueError, match=r"folder is a folder; read_ecg takes its files, read_folder takes it"):
        read_ecg(tmp_path / "folder")
    with pytest.raises(ValueError, match=r"nowhere\.xml: there is no such file"):
        read_ecg(tmp_path / "nowhere.xml")
    with pytest.raises(ValueError, match="twice"):
        read_ecg([path, path])
    with pytest.raises(ValueError, match="no record to read"):
        read_ecg([])


def test_what_cannot_be_read_is_skipped_and_named(tmp_path, files, monkeypatch):
    from skecg.datasets.formats import _aecg

    other, aecg, _ = files
    (tmp_path / "cut.xml").write_bytes(aecg.read_bytes()[:5000])
    (tmp_path / "folder").mkdir()
    paths = [tmp_path / "cut.xml", tmp_path / "folder", tmp_path / "nowhere", other]
    with pytest.warns(UserWarning, match=r"Skipped 3 of 4 records\. .*cut\.xml: .*folder is a folder.*nowhere: there"):
        assert read_ecg(paths, on_error="warn").metadata.index.tolist() == [other.stem]

    def broken(data):
        raise KeyError("a fault of another library")

    monkeypatch.setattr(_aecg, "read", broken)
    with pytest.warns(UserWarning, match=rf"Skipped 1 of 2 records\. .*{aecg.name} is damaged \(KeyError"):
        read_ecg([aecg, other], on_error="warn")


@pytest.fixture(params=["WFDB", "CSV"])
def four(request, tmp_path, write, signal):
    """Return the paths of a record of three leads, and three records of V1, I and II."""
    leads = [["V1", "V2", "V3"], *([["V5", "V1", "V2"]] * 3)]
    if request.param == "WFDB":
        return [f"{write(tmp_path, name, 3, leads=names)}.hea" for name, names in zip("abcd", leads, strict=True)]
    return [write_csv(tmp_path / f"{name}.csv", signal[:3], names) for name, names in zip("abcd", leads, strict=True)]


def test_one_record_with_other_leads(four):
    names = [re.escape(str(path)) for path in four]
    message = (
        rf"^{names[1]}: .*3 of 4 records have other leads than the first: {names[1]} has V5, V1, V2; {names[2]} .*"
    )
    with pytest.raises(ValueError, match=rf'{message} Pass "common" as `leads` to read what all have: V1, V2\.'):
        read_ecg(four, file_fs=500)
    with pytest.warns(UserWarning, match=rf"Skipped 1 of 4 records\. {names[0]}: .*") as caught:
        records = read_ecg(four, file_fs=500, on_error="warn")
    assert len(caught) == 1
    assert (records.leads, records.metadata.index.tolist()) == (("V5", "V1", "V2"), ["b", "c", "d"])
    common = read_ecg(four, file_fs=500, leads="common")
    assert (common.leads, len(common)) == (("V1", "V2"), 4)
    for path, record in zip(four, common, strict=True):
        assert_array_equal(record.signal, read_ecg(path, file_fs=500, leads=["V1", "V2"])[0].signal)


def test_records_without_a_common_lead(tmp_path, signal):
    paths = [
        write_csv(tmp_path / f"{name}.csv", signal[:2], leads)
        for name, leads in [("a", ["V1", "V2"]), ("b", ["V3", "V4"])]
    ]
    for leads, message in [("common", r"no lead in common: .*a\.csv has V1, V2; .*b\.csv has V3, V4\. Read them sep"),
                           (None, r"b\.csv: .* 1 of 2 records .* They have no lead in common")]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            read_ecg(paths, file_fs=500, leads=leads)
    with pytest.raises(ValueError, match="'leads' parameter of read_ecg must be"):
        read_ecg(paths, leads="II")


def test_leads_that_differ(tmp_path, signal):
    paths = [write_csv(tmp_path / "a.csv", signal[:3], TWELVE[:3]), write_csv(tmp_path / "b.csv", signal)]
    with pytest.raises(ValueError, match=r"b\.csv: the leads are I, II.*, but the first record has I, II, III; choose"):
        read_ecg(paths, file_fs=500)
    assert read_ecg(paths, file_fs=500, leads=["II"]).leads == ("II",)
    with pytest.raises(ValueError, match=r"a\.csv: there is no lead V1; the leads are I, II, III"):
        read_ecg(paths, file_fs=500, leads=["V1"])

"""Downloads from a local test server that interrupts, stalls, sends wrong headers and sends wrong bytes."""

import hashlib
import json
import zipfile

import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import _download, fetch_cinc2017, fetch_medalcare_xl, fetch_ptbxl
from skecg.datasets._download import download_physionet, download_zenodo

pytest.importorskip("pooch", reason="needs pooch, the extra `download`")


DATA = bytes(range(256)) * 4000  # several pieces


def test_wanted_files_and_no_others(server, tmp_path):
    server.publish({"a.dat": b"a", "deep/b.dat": b"b", "other.txt": b"o"})
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["home/SHA256SUMS.txt", "home/a.dat", "home/deep/b.dat"]
    assert (tmp_path / "home" / "deep" / "b.dat").read_bytes() == b"b"
    server.seen.clear()
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert server.seen == []  # everything is there
    (tmp_path / "home" / "a.dat").unlink()
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert server.seen == [("set/a.dat", None)]


@pytest.mark.parametrize("resumes", [True, False])
@pytest.mark.parametrize("fault", ["breaks off", "stalls", "lies long", "lies short", "other bytes"])
def test_a_fault_is_made_good_by_the_next_attempt(server, tmp_path, fault, resumes):
    server.publish({"a.dat": DATA})
    server.faults["set/a.dat"], server.resumes = [fault], resumes
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == DATA
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["SHA256SUMS.txt", "a.dat"]
    requests = [asked for name, asked in server.seen if name == "set/a.dat"]
    assert len(requests) > 1
    if fault == "breaks off" and resumes:
        assert requests == [None, "bytes=512000-"]  # all bytes are kept


@pytest.mark.parametrize("fault", ["breaks off", "stalls", "lies long", "lies short", "other bytes"])
def test_a_fault_that_stays_leaves_no_file(server, tmp_path, fault):
    server.resumes = False
    server.publish({"a.dat": DATA})
    server.faults["set/a.dat"] = [fault] * 9
    with pytest.raises(OSError, match=r"/set/a\.dat could not be downloaded to .*home: .*Try again"):
        download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert not (tmp_path / "home" / "a.dat").exists()
    server.faults.clear()
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == DATA


def test_a_later_call_goes_on_where_the_first_stopped(server, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_RETRIES", 0)
    server.publish({"a.dat": DATA, "b.dat": b"b"})
    server.faults["set/a.dat"] = ["breaks off"]
    with pytest.raises(OSError, match=r"a\.dat could not be downloaded"):
        download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")
    download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "a.dat").read_bytes() == DATA
    assert ("set/a.dat", "bytes=512000-") in server.seen


def test_a_server_that_is_not_there_or_has_not_the_set(server, tmp_path):
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt could not be downloaded .*404"):
        download_physionet(tmp_path / "a", f"{server.url}/nothing", ".*")
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt could not be downloaded"):
        download_physionet(tmp_path / "b", "http://127.0.0.1:1/set", ".*")
    server.publish({"a.dat": b"a"})
    with pytest.raises(OSError, match="lists no file of this set"):
        download_physionet(tmp_path / "c", f"{server.url}/set", "nothing")


def test_no_file_lands_outside(server, tmp_path):
    server.publish({"a.dat": b"a", "deep/../../b.dat": b"b"})
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert sorted(path.name for path in tmp_path.rglob("*.dat")) == ["a.dat"]


def test_a_folder_filled_by_hand_is_left_alone(server, tmp_path):
    (tmp_path / "a.dat").write_bytes(b"mine")
    download_physionet(tmp_path, f"{server.url}/set", ".*")
    download_zenodo(tmp_path, f"{server.url}/index")
    assert server.seen == []


def test_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(ImportError, match=r"needs pooch: pip install 'skecg\[download\]'; or put the files of http"):
        download_physionet(tmp_path / "home", "http://127.0.0.1:1/set", ".*")


def pack(tmp_path, server):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        rows = "\n".join(",".join(["0.5"] * 50) for _ in range(12))
        archive.writestr("MedalCare-XL/WP2_largeDataset_Noise/sinus/test/run_S62/000001_filtered.csv", rows)
    data = (tmp_path / "x.zip").read_bytes()
    file = {"key": "M.zip", "checksum": f"md5:{hashlib.md5(data).hexdigest()}"}
    file["links"] = {"self": f"{server.url}/files/M.zip/content"}
    server.files = {"files/M.zip/content": data, "index": json.dumps({"files": [file]}).encode()}


def test_zenodo(server, tmp_path, monkeypatch):
    pack(tmp_path, server)
    monkeypatch.setattr("skecg.datasets._medalcare_xl._INDEX", f"{server.url}/index")
    server.faults["files/M.zip/content"] = ["breaks off", "other bytes"]
    for _ in range(2):
        X, y = fetch_medalcare_xl(tmp_path / "home", download_if_missing=True, return_X_y=True)
        assert y.tolist() == ["sinus"]
        assert_array_equal(X.to_array(), 0.5)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["MedalCare-XL"]
    assert len([name for name, _ in server.seen if name == "index"]) == 1
    server.files["index"] = b"{}"
    with pytest.raises(OSError, match=r"/index could not be read: 'files'"):
        fetch_medalcare_xl(tmp_path / "other", download_if_missing=True)


def test_fetching(server, tmp_path, monkeypatch, write_record):
    source = tmp_path / "source"
    write_record(source / "training" / "A00", "A00001", leads=["ECG"], fs=300, n_times=2700, suffix="mat")
    (source / "REFERENCE-v3.csv").write_text("A00001,N\n")
    files = {p.relative_to(source).as_posix(): p.read_bytes() for p in source.rglob("*") if p.is_file()}
    server.publish(files | {"validation/A00002.mat": b"x"})
    monkeypatch.setattr("skecg.datasets._cinc2017._FILES", f"{server.url}/set")
    X, y = fetch_cinc2017(tmp_path / "home", download_if_missing=True, return_X_y=True)
    assert y.tolist() == ["N"]
    assert X.lengths.tolist() == [2700]
    assert not (tmp_path / "home" / "validation").exists()
    with pytest.raises(ValueError, match=r"There is no folder .*nothing\. Download the set from .*or set download_if"):
        fetch_ptbxl(tmp_path / "nothing")
    monkeypatch.setattr("skecg.datasets._ptbxl._FILES", f"{server.url}/nothing")
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt could not be downloaded"):
        fetch_ptbxl(tmp_path / "nothing", download_if_missing=True)

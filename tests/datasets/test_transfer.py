"""Downloads from a local test server that sends pages, bombs and trickles in place of what was asked for."""

import hashlib
import json
import zipfile

import pytest

from skecg.datasets import _download, _transfer
from skecg.datasets._download import download_physionet, download_zenodo

pytest.importorskip("pooch", reason="needs pooch, the extra `download`")

DATA = bytes(range(256)) * 4000
LOGIN = b"<!DOCTYPE html><html><body>Please log in to this network</body></html>"


@pytest.mark.parametrize("page", [LOGIN, b"", b"\xff\xfe\x00", b"0" * 64, b"[]", LOGIN * 2**10])
def test_a_page_in_place_of_the_checksums_does_not_stay(server, tmp_path, page):
    server.publish({"a.dat": DATA})
    sums = server.files["set/SHA256SUMS.txt"]
    server.files["set/SHA256SUMS.txt"] = page
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt is no list of checksums.*page to log in.*by hand"):
        download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert list((tmp_path / "home").iterdir()) == []
    server.files["set/SHA256SUMS.txt"] = sums
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == DATA


def test_a_page_that_an_earlier_version_kept_is_replaced(server, tmp_path):
    server.publish({"a.dat": b"a", "b.dat": b"b"})
    (tmp_path / "a.dat").write_bytes(b"a")
    (tmp_path / "SHA256SUMS.txt").write_bytes(LOGIN)
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt could not be downloaded"):
        download_physionet(tmp_path, f"{server.url}/nothing", r".*\.dat")
    download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "b.dat").read_bytes() == b"b"
    assert (tmp_path / "SHA256SUMS.txt").read_bytes() == server.files["set/SHA256SUMS.txt"]


def test_a_file_that_was_damaged_on_the_disk_is_downloaded_again(server, tmp_path):
    server.publish({"a.dat": DATA, "b.dat": b"b"})
    download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")
    for damaged in (DATA[:-1], b"", bytes([DATA[0] ^ 1]) + DATA[1:]):
        (tmp_path / "a.dat").write_bytes(damaged)
        server.seen.clear()
        download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")
        assert (tmp_path / "a.dat").read_bytes() == DATA
        assert [name for name, _ in server.seen] == ["set/a.dat"]
    (tmp_path / "a.dat").write_bytes(b"")
    del server.files["set/a.dat"]
    with pytest.raises(OSError, match=r"a\.dat could not be downloaded .*404"):
        download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")


@pytest.mark.parametrize("name", ["SHA256SUMS.txt", "a.dat"])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("trickles", "fewer than 1000000 bytes per second"),
        ("slow headers", r"sent no answer in 0\.\d+ seconds"),
        ("never ends", "more than the 1,000,000 bytes"),
        ("packed", r"sends it packed \(gzip\)"),
    ],
)
def test_what_is_endless_slow_or_packed_ends(server, tmp_path, monkeypatch, fault, message, name):
    monkeypatch.setattr(_transfer, "TIMEOUT", (0.2, 0.3))
    monkeypatch.setattr(_transfer, "_PATIENCE", 0.2)
    monkeypatch.setattr(_transfer, "_SLOWEST", 10**6)
    monkeypatch.setattr(_download, "_RETRIES", 0)
    monkeypatch.setattr(_download, "_LIST", 10**6)
    monkeypatch.setattr(_download, "LARGEST", 10**6)
    if fault == "never ends":
        monkeypatch.setattr(_transfer, "_SLOWEST", 1)
    server.publish({"a.dat": b"a" * 10})
    server.faults[f"set/{name}"] = [fault]
    with pytest.raises(OSError, match=rf"{name} could not be downloaded .*{message}.*Try again"):
        download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert not (tmp_path / "home" / name).exists()
    monkeypatch.setattr(_download, "_RETRIES", 2)  # the first attempt continues what is of no use
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == b"a" * 10


ENTRY = {"key": "a.zip", "checksum": "md5:" + "0" * 32, "links": {"self": "http://127.0.0.1:1/a.zip"}}
SHAPES = [
    *([], {}, None, 3, "files", {"files": None}, {"files": 3}, {"files": {}}, {"files": [3]}, {"files": [[]]}),
    *({"files": [ENTRY | change]} for change in ({"key": 3}, {"key": "../a.zip"}, {"checksum": None}, {"links": []})),
    *(
        {"files": [ENTRY | change]}
        for change in ({"checksum": "md5:"}, {"size": "x"}, {"links": {"self": "file:///x"}})
    ),
]


def test_an_index_of_another_shape(server, tmp_path, subtests):
    texts = [*(json.dumps(shape).encode() for shape in SHAPES), LOGIN, b"[" * 10**5, b"\xff", b""]
    for number, text in enumerate(texts):
        with subtests.test(text=text[:80]):
            server.files["index"] = text
            with pytest.raises(OSError, match=r"/index could not be read: .*by hand into"):
                download_zenodo(tmp_path / str(number), f"{server.url}/index")
            assert not (tmp_path / str(number)).exists()


def test_an_archive_that_grows_too_much(server, tmp_path):
    for number, (size, message) in enumerate([(10**7, "grows to 10,000,000 bytes in 1 files"), (0, "not a zip file")]):
        with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros.csv", bytes(size))
        data = (tmp_path / "x.zip").read_bytes() if size else b"no archive"
        file = {"key": "M.zip", "checksum": f"md5:{hashlib.md5(data).hexdigest()}", "size": len(data)}
        file["links"] = {"self": f"{server.url}/M.zip"}
        server.files = {"M.zip": data, "index": json.dumps({"files": [file]}).encode()}
        home = tmp_path / str(number)
        with pytest.raises(OSError, match=rf"M\.zip cannot be unpacked: .*{message}.*by hand"):
            download_zenodo(home, f"{server.url}/index")
        assert [path.name for path in home.iterdir()] == ["M.zip"]

"""Downloads from a local test server that interrupts, stalls, sends wrong headers and sends wrong bytes."""

import hashlib
import json
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import _download, _transfer, fetch_cinc2017, fetch_medalcare_xl, fetch_ptbxl
from skecg.datasets._download import download_physionet, download_zenodo

pytest.importorskip("pooch", reason="needs pooch, the extra `download`")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        server, name = self.server, self.path.partition("?")[0].lstrip("/")
        wanted = self.headers.get("Range")
        server.seen.append((name, wanted))
        if name not in server.files:
            self.send_error(404)
            return
        data, faults = server.files[name], server.faults.get(name, [])
        fault = faults.pop(0) if faults else None
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and server.resumes else 0
        if start and start >= len(data):
            self.send_error(416)
            return
        if fault == "slow headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            self.trickle(b"X: y\r\n")
            return
        self.send_response(206 if start else 200)
        data = data[start:]
        if fault in ("trickles", "never ends"):
            self.end_headers()
            self.trickle(b"x" if fault == "trickles" else b"x" * 2**16, 0.02 if fault == "trickles" else 0)
            return
        if fault == "packed":
            self.send_header("Content-Encoding", "gzip")
        length = {"lies long": len(data) + 100, "lies short": len(data) // 2}.get(fault, len(data))
        self.send_header("Content-Length", str(length))
        self.end_headers()
        part = data[: len(data) // 2] if fault in ("breaks off", "stalls") else data
        self.wfile.write(bytes([part[0] ^ 1]) + part[1:] if fault == "other bytes" else part[:length])
        self.wfile.flush()
        if fault == "stalls":
            server.over.wait(20)
        self.close_connection = True

    def trickle(self, data, wait=0.02):
        self.close_connection = True
        try:
            while not self.server.over.wait(wait):
                self.wfile.write(data)
        except OSError:  # the client has closed the connection
            pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.files, server.faults, server.seen, server.resumes = {}, {}, [], True
    server.over = threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(_transfer, "TIMEOUT", (2, 0.3))
    monkeypatch.setattr(_download, "_RETRIES", 2)
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)


DATA = bytes(range(256)) * 4000  # several pieces


def publish(server, files, prefix="set/"):
    sums = "".join(f"{hashlib.sha256(data).hexdigest()} {name}\n" for name, data in files.items())
    everything = files | {"SHA256SUMS.txt": sums.encode()}
    server.files |= {prefix + name: data for name, data in everything.items()}


def test_wanted_files_and_no_others(server, tmp_path):
    publish(server, {"a.dat": b"a", "deep/b.dat": b"b", "other.txt": b"o"})
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["home/SHA256SUMS.txt", "home/a.dat", "home/deep/b.dat"]
    assert (tmp_path / "home" / "deep" / "b.dat").read_bytes() == b"b"
    server.seen.clear()
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert server.seen == []  # all files are in the folder already
    (tmp_path / "home" / "a.dat").unlink()
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert server.seen == [("set/a.dat", None)]


@pytest.mark.parametrize("resumes", [True, False])
@pytest.mark.parametrize("fault", ["breaks off", "stalls", "lies long", "lies short", "other bytes"])
def test_a_fault_is_made_good_by_the_next_attempt(server, tmp_path, fault, resumes):
    publish(server, {"a.dat": DATA})
    server.faults["set/a.dat"], server.resumes = [fault], resumes
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == DATA
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["SHA256SUMS.txt", "a.dat"]
    requests = [wanted for name, wanted in server.seen if name == "set/a.dat"]
    assert len(requests) > 1
    if fault == "breaks off" and resumes:
        assert requests == [None, "bytes=512000-"]  # all bytes are kept


@pytest.mark.parametrize("fault", ["breaks off", "stalls", "lies long", "lies short", "other bytes"])
def test_a_fault_that_stays_leaves_no_file(server, tmp_path, fault):
    server.resumes = False
    publish(server, {"a.dat": DATA})
    server.faults["set/a.dat"] = [fault] * 9
    with pytest.raises(OSError, match=r"/set/a\.dat could not be downloaded to .*home: .*Try again"):
        download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert not (tmp_path / "home" / "a.dat").exists()
    server.faults.clear()
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == DATA


def test_a_later_call_goes_on_where_the_first_stopped(server, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_RETRIES", 0)
    publish(server, {"a.dat": DATA, "b.dat": b"b"})
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
    publish(server, {"a.dat": b"a"})
    with pytest.raises(OSError, match="lists no file of this set"):
        download_physionet(tmp_path / "c", f"{server.url}/set", "nothing")


def test_no_file_lands_outside(server, tmp_path):
    publish(server, {"a.dat": b"a", "deep/../../b.dat": b"b"})
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
    publish(server, files | {"validation/A00002.mat": b"x"})
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


LOGIN = b"<!DOCTYPE html><html><body>Please log in to this network</body></html>"


@pytest.mark.parametrize("page", [LOGIN, b"", b"\xff\xfe\x00", b"0" * 64, b"[]", LOGIN * 2**10])
def test_a_page_in_place_of_the_checksums_does_not_stay(server, tmp_path, page):
    publish(server, {"a.dat": DATA})
    sums = server.files["set/SHA256SUMS.txt"]
    server.files["set/SHA256SUMS.txt"] = page
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt is no list of checksums.*page to log in.*by hand"):
        download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert list((tmp_path / "home").iterdir()) == []
    server.files["set/SHA256SUMS.txt"] = sums
    download_physionet(tmp_path / "home", f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "home" / "a.dat").read_bytes() == DATA


def test_a_page_that_an_earlier_version_kept_is_replaced(server, tmp_path):
    publish(server, {"a.dat": b"a", "b.dat": b"b"})
    (tmp_path / "a.dat").write_bytes(b"a")
    (tmp_path / "SHA256SUMS.txt").write_bytes(LOGIN)
    with pytest.raises(OSError, match=r"SHA256SUMS\.txt could not be downloaded"):
        download_physionet(tmp_path, f"{server.url}/nothing", r".*\.dat")
    download_physionet(tmp_path, f"{server.url}/set", r".*\.dat")
    assert (tmp_path / "b.dat").read_bytes() == b"b"
    assert (tmp_path / "SHA256SUMS.txt").read_bytes() == server.files["set/SHA256SUMS.txt"]


def test_a_file_that_was_damaged_on_the_disk_is_downloaded_again(server, tmp_path):
    publish(server, {"a.dat": DATA, "b.dat": b"b"})
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
    ("fault", "told"),
    [
        ("trickles", "fewer than 1000000 bytes per second"),
        ("slow headers", r"sent no answer in 0\.\d+ seconds"),
        ("never ends", "more than the 1,000,000 bytes"),
        ("packed", r"sends it packed \(gzip\)"),
    ],
)
def test_what_is_endless_slow_or_packed_ends(server, tmp_path, monkeypatch, fault, told, name):
    monkeypatch.setattr(_transfer, "TIMEOUT", (0.2, 0.3))
    monkeypatch.setattr(_transfer, "_PATIENCE", 0.2)
    monkeypatch.setattr(_transfer, "_SLOWEST", 10**6)
    monkeypatch.setattr(_download, "_RETRIES", 0)
    monkeypatch.setattr(_download, "_LIST", 10**6)
    monkeypatch.setattr(_download, "LARGEST", 10**6)
    if fault == "never ends":
        monkeypatch.setattr(_transfer, "_SLOWEST", 1)
    publish(server, {"a.dat": b"a" * 10})
    server.faults[f"set/{name}"] = [fault]
    with pytest.raises(OSError, match=rf"{name} could not be downloaded .*{told}.*Try again"):
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
    for number, (size, told) in enumerate([(10**7, "grows to 10,000,000 bytes in 1 files"), (0, "not a zip file")]):
        with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros.csv", bytes(size))
        data = (tmp_path / "x.zip").read_bytes() if size else b"no archive"
        file = {"key": "M.zip", "checksum": f"md5:{hashlib.md5(data).hexdigest()}", "size": len(data)}
        file["links"] = {"self": f"{server.url}/M.zip"}
        server.files = {"M.zip": data, "index": json.dumps({"files": [file]}).encode()}
        home = tmp_path / str(number)
        with pytest.raises(OSError, match=rf"M\.zip cannot be unpacked: .*{told}.*by hand"):
            download_zenodo(home, f"{server.url}/index")
        assert [path.name for path in home.iterdir()] == ["M.zip"]

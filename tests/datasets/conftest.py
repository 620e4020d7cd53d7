import hashlib
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from skecg.datasets import _download, _transfer
from skecg.datasets._wfdb_header import call_wfdb


@pytest.fixture
def write_record():
    """Write a small record of format 16 whose samples are all `value`."""

    def write(folder, name, *, value=1, leads=("I",), fs=250, n_times=50, suffix="dat", comments=()):
        folder.mkdir(parents=True, exist_ok=True)
        start = b"x" * 24 if suffix == "mat" else b""
        samples = np.full((n_times, len(leads)), value, "<i2")
        (folder / f"{name}.{suffix}").write_bytes(start + samples.tobytes())
        lines = [f"{name}.{suffix} 16+{len(start)} 1000/mV 16 0 0 0 0 {lead}" for lead in leads]
        lines = [f"{name} {len(leads)} {fs} {n_times}", *lines, *(f"#{comment}" for comment in comments)]
        (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")

    return write


@pytest.fixture
def write():
    """Write a record of random samples, and return its path."""

    def write(folder, name="rec", n_leads=2, n_times=50, fs=250, line="16 200(0)/mV 16 0 0 0 0", leads=None, seed=0):
        leads = leads or ["I", "II", "III", "AVR"][:n_leads]
        samples = np.random.default_rng(seed).integers(-2000, 2000, (n_times, n_leads))
        samples.astype("<i2").tofile(folder / f"{name}.dat")
        lines = [f"{name} {n_leads} {fs} {n_times}", *(f"{name}.dat {line} {lead}" for lead in leads)]
        (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")
        return folder / name

    return write


@pytest.fixture
def real_paths():
    """Return a function that gives the paths of named real records, without suffix, or skips the test."""

    def real_paths(folder, names):
        home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / folder
        missing = [name for name in names if not (home / f"{name}.hea").exists()]
        if missing:
            pytest.skip(f"{home} lacks {len(missing)} of {len(names)} recordings: {', '.join(missing[:3])}, ...")
        return [home / name for name in names]

    return real_paths


@pytest.fixture
def real_folder(real_paths, tmp_path):
    """Return a function that gives a folder with links to named real records and with their rows of a table."""

    def real_folder(folder, names, table=None):
        alone = tmp_path / folder
        alone.mkdir(parents=True)
        paths = real_paths(folder, names)
        for path in paths:
            for suffix in (".hea", ".mat"):
                (alone / path.name).with_suffix(suffix).symlink_to(path.with_suffix(suffix))
        if table:
            rows = (paths[0].parent / table).read_text().splitlines()
            (alone / table).write_text("\n".join(row for row in rows if row.split(",")[0] in names) + "\n")
        return alone

    return real_folder


@pytest.fixture
def expected():
    """Return the signals that the wfdb package reads, as float32."""

    def expected(path):
        return call_wfdb("rdsamp", str(path))[0].T.astype(np.float32)

    return expected


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        server, name = self.server, self.path.partition("?")[0].lstrip("/")
        asked = self.headers.get("Range")
        server.seen.append((name, asked))
        if name not in server.files:
            self.send_error(404)
            return
        data, faults = server.files[name], server.faults.get(name, [])
        fault = faults.pop(0) if faults else None
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and server.resumes else 0
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


class Server(ThreadingHTTPServer):
    """A server of files with faults: {name: [fault of the first answer, ...]}."""

    def publish(self, files, prefix="set/"):
        """Offer files and their checksums, as PhysioNet does."""
        sums = "".join(f"{hashlib.sha256(data).hexdigest()} {name}\n" for name, data in files.items())
        everything = files | {"SHA256SUMS.txt": sums.encode()}
        self.files |= {prefix + name: data for name, data in everything.items()}


@pytest.fixture
def server(monkeypatch):
    """A server on this machine, for downloads that wait and retry little."""
    monkeypatch.setattr(_transfer, "TIMEOUT", (2, 0.3))
    monkeypatch.setattr(_download, "_RETRIES", 2)
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)
    server = Server(("127.0.0.1", 0), Handler)
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

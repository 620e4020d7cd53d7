"""Receive files over HTTP: resume, and end what is endless, slow, packed or too large."""

from __future__ import annotations

import shutil
import threading
import time

from tqdm.auto import tqdm

TIMEOUT = (10, 30)  # seconds to connect, and seconds to wait for the next byte
_PATIENCE = 60  # seconds, for the headers of an answer, and in which _SLOWEST bytes per second must arrive
_SLOWEST = 2**10
_PIECE = 2**18
_LARGE = 2**24  # bytes from which a file has a separate progress bar
LARGEST = 2**36  # bytes of a file; the largest published one has 27 GB


def open_answer(url, headers=()):
    """Return the answer to a request before its content arrives.

    The request runs in another thread, because a server can send headers slowly for ever.

    Raises
    ------
    OSError
        If the server cannot be reached, answers with an error, or sends no headers for a minute.
    """
    import requests

    found, late = {}, threading.Event()

    def ask():
        try:
            asked = {"Accept-Encoding": "identity", **dict(headers)}
            found["answer"] = requests.get(url, headers=asked, stream=True, timeout=TIMEOUT)
            if late.is_set():
                found["answer"].close()
        except BaseException as error:
            found["error"] = error

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(TIMEOUT[0] + _PATIENCE)
    if thread.is_alive():
        late.set()
    if "error" in found:
        raise found["error"]
    if "answer" not in found:
        raise OSError(f"{url} sent no answer in {TIMEOUT[0] + _PATIENCE} seconds")
    return found["answer"]


def pieces(answer, most=LARGEST):
    """Yield the content of an answer as it arrives.

    Raises
    ------
    OSError
        If the content is packed, larger than `most` bytes, or arrives too slowly; a `requests.ConnectionError`,
        after which another attempt pays, if it is cut short.
    """
    import requests

    coding = answer.headers.get("Content-Encoding") or "identity"
    if coding != "identity":
        raise OSError(f"the server sends it packed ({coding}), although it was asked not to")
    promised = int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
    if promised is not None and not 0 <= promised <= most:
        raise OSError(f"the server announces {promised:,} bytes, and at most {most:,} are expected")
    received = in_time = 0
    start = time.monotonic()
    while piece := _read(answer):
        received += len(piece)
        in_time += len(piece)
        if received > most:
            raise OSError(f"the server sends more than the {most:,} bytes that are expected")
        if time.monotonic() - start > _PATIENCE:
            if in_time < _SLOWEST * _PATIENCE:
                raise OSError(f"the server sends fewer than {_SLOWEST} bytes per second")
            start, in_time = time.monotonic(), 0
        yield piece
    if promised is not None and received < promised:
        raise requests.ConnectionError(f"the connection broke off after {received:,} of {promised:,} bytes")


def _read(answer):
    """Return the bytes that have arrived, at least one unless the content is complete."""
    import requests
    import urllib3

    try:
        if hasattr(answer.raw, "read1"):
            return answer.raw.read1(_PIECE)
        return answer.raw.read(_SLOWEST)  # urllib3 before 2.1 waits for all of them
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error


class Resuming:
    """A downloader for pooch that keeps the received bytes and requests only the rest from the server.

    Parameters
    ----------
    part : Path
        File for the received bytes.
    verbose : int
    most : int
        Largest size of the file in bytes.
    """

    def __init__(self, part, verbose, most=LARGEST):
        self.part, self.verbose, self.most = part, verbose, most

    def __call__(self, url, output_file, pooch, check_only=False):
        size = self.part.stat().st_size if self.part.is_file() else 0
        if size > self.most:
            self.part.unlink()
            size = 0
        with open_answer(url, {"Range": f"bytes={size}-"} if size else {}) as answer:
            if answer.status_code == 416:  # no bytes are left: the file is complete, or damaged
                shutil.move(self.part, output_file)
                return
            answer.raise_for_status()
            resumed = answer.status_code == 206
            self._receive(answer, size if resumed else 0)
        shutil.move(self.part, output_file)

    def _receive(self, answer, size):
        length = answer.headers.get("Content-Length", "")
        total = int(length) + size if length.isdecimal() else None
        hidden = not self.verbose or (total or 0) < _LARGE
        with (
            self.part.open("ab" if size else "wb") as file,
            tqdm(total=total, initial=size, desc=self.part.stem, unit="B", unit_scale=True, disable=hidden) as bar,
        ):
            for piece in pieces(answer, self.most - size):
                file.write(piece)
                bar.update(len(piece))

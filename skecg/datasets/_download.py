"""Download data sets: resume where a download stopped, verify checksums and retry."""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed

from tqdm.auto import tqdm

_SUMS = "SHA256SUMS.txt"  # PhysioNet lists the checksums of all files of a set in this file
_RETRIES, _THREADS = 4, 8
_TIMEOUT = (10, 30)  # seconds to connect, and seconds to wait for the next byte
_PIECE = 2**18
_LARGE = 2**24  # bytes from which a file has a separate progress bar


def download_physionet(home, url, wanted, *, verbose=1):
    """Download those files of a PhysioNet set that are wanted and missing.

    A folder that has files but not the publisher's list of checksums was filled by hand; the
    function does not change such a folder.

    Parameters
    ----------
    home : Path
        Folder for the files; it is created if it does not exist.
    url : str
        The folder of the set's files on the server.
    wanted : str
        A regular expression that the whole path of a file must match.
    verbose : int, default=1

    Raises
    ------
    ImportError
        If pooch is not installed.
    OSError
        If the server cannot be reached, or if a file does not match its checksum.
    """
    if not (home / _SUMS).is_file():
        if home.is_dir() and any(home.iterdir()) and not list(home.glob(f"{_SUMS}*.part")):
            return
        _fetch_all(home, url, {_SUMS: None}, verbose)
    listed = [line.split(maxsplit=1) for line in (home / _SUMS).read_text().splitlines() if line.strip()]
    files = {name.strip().lstrip("*"): f"sha256:{digest}" for digest, name in listed}
    files = {name: files[name] for name in files if re.fullmatch(wanted, name) and ".." not in name.split("/")}
    if not files:
        raise OSError(f"{home / _SUMS} lists no file of this set; remove it and download the set from {url} by hand.")
    _fetch_all(home, url, {name: digest for name, digest in files.items() if not (home / name).is_file()}, verbose)


def download_zenodo(home, index, *, verbose=1):
    """Download the zip archives of a Zenodo record, unless `home` has files already, and unpack them there.

    Parameters
    ----------
    home : Path
    index : str
        Address of the record in the API of Zenodo, which lists the addresses and checksums of the files.
    verbose : int, default=1

    Raises
    ------
    ImportError, OSError
        As `download_physionet`.
    """
    unfinished = bool(list(home.glob("*.zip*")))
    if home.is_dir() and any(home.iterdir()) and not unfinished:
        return
    files = {file["key"]: file for file in _read_index(home, index) if re.fullmatch(r"[\w-]+\.zip", file["key"])}
    urls = {name: file["links"]["self"] for name, file in files.items()}
    _fetch_all(home, index, {name: file["checksum"] for name, file in files.items()}, verbose, urls)
    for name in files:
        with zipfile.ZipFile(home / name) as archive:
            archive.extractall(home)
    for name in files:
        (home / name).unlink()


def _read_index(home, index):
    _import_pooch(home, index)
    import requests

    try:
        answer = requests.get(index, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json()["files"]
    except (requests.RequestException, KeyError, ValueError) as error:
        raise OSError(f"{index} could not be read: {error} Download the set by hand into {home}.") from error


def _fetch_all(home, url, files, verbose, urls=None):
    """Download files, {name: checksum or None}, several at a time."""
    if not files:
        return
    pooch = _import_pooch(home, url)
    home.mkdir(parents=True, exist_ok=True)
    puller = pooch.create(home, f"{url.rstrip('/')}/", registry=files, urls=urls, retry_if_failed=_RETRIES)
    pool = ThreadPoolExecutor(min(_THREADS, len(files)))
    bar = tqdm(total=len(files), desc="download", unit=" files", disable=not verbose or len(files) == 1)
    with pool, bar, _quiet(pooch):
        tasks = [pool.submit(_fetch, puller, name, home, verbose) for name in files]
        try:
            for task in as_completed(tasks):
                task.result()
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(puller, name, home, verbose):
    part = home / f"{name}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        puller.fetch(name, downloader=_Resuming(part, verbose))
    except Exception as error:  # requests and pooch raise errors of any kind
        raise OSError(
            f"{puller.get_url(name)} could not be downloaded to {home}: {error} "
            "Try again, which continues where the download stopped, or put the file there by hand."
        ) from error


class _Resuming:
    """A downloader for pooch that keeps the received bytes and requests only the rest from the server.

    Parameters
    ----------
    part : Path
        File for the received bytes.
    verbose : int
    """

    def __init__(self, part, verbose):
        self.part, self.verbose = part, verbose

    def __call__(self, url, output_file, pooch, check_only=False):
        import requests

        size = self.part.stat().st_size if self.part.is_file() else 0
        asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={size}-"} if size else {})
        with requests.get(url, headers=asked, stream=True, timeout=_TIMEOUT) as answer:
            if answer.status_code == 416:  # no bytes are left: the file is complete, or damaged
                shutil.move(self.part, output_file)
                return
            answer.raise_for_status()
            resumed = answer.status_code == 206
            self._receive(answer, size if resumed else 0)
        shutil.move(self.part, output_file)

    def _receive(self, answer, size):
        total = int(answer.headers.get("Content-Length", 0)) + size
        hidden = not self.verbose or total < _LARGE
        with (
            self.part.open("ab" if size else "wb") as file,
            tqdm(total=total, initial=size, desc=self.part.stem, unit="B", unit_scale=True, disable=hidden) as bar,
        ):
            for piece in answer.iter_content(_PIECE):
                file.write(piece)
                bar.update(len(piece))


@contextlib.contextmanager
def _quiet(pooch):
    """Suppress the messages of pooch about every file."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _import_pooch(home, url):
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            f"Downloading needs pooch: pip install 'skecg[download]'; or put the files of {url} into {home} by hand."
        ) from error
    return pooch

"""Download data sets: resume where a download stopped, verify checksums and retry."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import tempfile
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tqdm.auto import tqdm

from ._files import leaves_folder, read_bytes
from ._transfer import LARGEST, Resuming, open_answer, pieces

_SUMS = "SHA256SUMS.txt"  # PhysioNet lists the checksums of all files of a set in this file
_SUM = re.compile(r"\\?([0-9a-fA-F]{64})\s+\*?(\S.*)")
_LIST = 2**26  # largest size of a list or an index in bytes; that of 90,000 records has 20 MB
_RETRIES, _THREADS = 4, 8
_RATIO, _MEMBERS = 100, 10**6  # how far an archive may grow, and how many files it may hold


def download_physionet(home, url, wanted, *, verbose=1):
    """Download those files of a PhysioNet set that are wanted and missing or damaged.

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
        If the server cannot be reached or is too slow, sends no list of checksums, or if a file does not match
        its checksum. A file in the folder that does not match is downloaded again.
    """
    listed = _read_sums(home)
    if listed is None:
        unfinished = (home / _SUMS).exists() or list(home.glob(f"{_SUMS}*.part"))
        if home.is_dir() and any(home.iterdir()) and not unfinished:
            return
        listed = _fetch_sums(home, url, verbose)
    files = {name: listed[name] for name in listed if re.fullmatch(wanted, name) and not leaves_folder(name)}
    if not files:
        raise OSError(f"{home / _SUMS} lists no file of this set; remove it and download the set from {url} by hand.")
    _fetch_all(home, url, files, verbose)


def _read_sums(home):
    """Return {name: checksum} of the publisher's list in a folder, None if there is no such list."""
    try:
        lines = read_bytes(home / _SUMS, _LIST).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    found = [_SUM.fullmatch(line.strip()) for line in lines if line.strip()]
    return {match[2].strip(): f"sha256:{match[1].lower()}" for match in found} if found and None not in found else None


def _fetch_sums(home, url, verbose):
    """Download the publisher's list and return its content; keep nothing that is no list of checksums."""
    _import_pooch(home, url)
    import requests

    home.mkdir(parents=True, exist_ok=True)
    url = f"{url.rstrip('/')}/{_SUMS}"
    receive = Resuming(home / f"{_SUMS}.part", verbose, _LIST)
    with tempfile.TemporaryDirectory(prefix=f"{_SUMS}.", suffix=".part", dir=home) as folder:
        draft = Path(folder) / _SUMS
        for left in range(_RETRIES, -1, -1):
            try:
                receive(url, draft, None)
            except Exception as error:  # requests raises errors of any kind
                if not left or not isinstance(error, requests.RequestException):  # another attempt does not pay
                    raise OSError(_failed(url, home, error)) from error
                continue
            listed = _read_sums(draft.parent)
            if listed:
                draft.replace(home / _SUMS)
                return listed
        start = draft.read_bytes()[:60]
    raise OSError(
        f"{url} is no list of checksums; it starts with {start!r}. Is there a page to log in, or a proxy, "
        f"on the way? Try again from another network, or download the set by hand into {home}."
    )


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
    files = _read_index(home, index)
    _fetch_all(home, index, {name: checksum for name, (checksum, _, _) in files.items()}, verbose, files)
    for name in files:
        _extract(home / name, home)
    for name in files:
        (home / name).unlink()


def _read_index(home, index):
    """Return {name: (checksum, address, size)} of the archives of a Zenodo record."""
    _import_pooch(home, index)
    try:
        with open_answer(index) as answer:
            answer.raise_for_status()
            listed = json.loads(b"".join(pieces(answer, _LIST)))["files"]
        files = {file["key"]: _entry(file) for file in listed if re.fullmatch(r"[\w-]+\.zip", file["key"])}
        if not files:
            raise ValueError("it lists no archive (.zip)")
    except Exception as error:  # requests raises errors of any kind, and JSON can have any shape
        raise OSError(
            f"{index} could not be read: {error}. Is it the index of the set? Try again later, or download the set "
            f"by hand into {home}."
        ) from error
    return files


def _entry(file):
    checksum, address, size = file["checksum"], file["links"]["self"], file.get("size", LARGEST)
    if not re.fullmatch(r"(md5|sha256):[0-9a-f]{32,64}", checksum) or not re.match(r"https?://", address):
        raise ValueError(f"it gives {file['key']} no checksum or no address")
    return checksum, address, min(int(size), LARGEST)


def _extract(path, home):
    """Unpack an archive after comparing what it holds with its size and with the room on the disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size, most = sum(member.file_size for member in members), _RATIO * path.stat().st_size
            if size > most or len(members) > _MEMBERS:
                raise ValueError(f"it grows to {size:,} bytes in {len(members):,} files, more than data do")
            if size > shutil.disk_usage(home).free:
                raise ValueError(f"it needs {size:,} bytes, more than the disk has left")
            archive.extractall(home)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise OSError(f"{path} cannot be unpacked: {error}. Remove it and download the set by hand.") from error


def _fetch_all(home, url, files, verbose, index=None):
    """Download those files, {name: checksum}, that are missing or damaged, several at a time."""
    pooch = _import_pooch(home, url)
    urls = {name: address for name, (_, address, _) in (index or {}).items()}
    sizes = {name: size for name, (_, _, size) in (index or {}).items()}
    home.mkdir(parents=True, exist_ok=True)
    puller = pooch.create(home, f"{url.rstrip('/')}/", registry=files, urls=urls, retry_if_failed=_RETRIES)
    pool = ThreadPoolExecutor(min(_THREADS, len(files)))
    bar = tqdm(total=len(files), desc="download", unit=" files", disable=not verbose or len(files) == 1)
    with pool, bar, _quiet(pooch):
        tasks = [pool.submit(_fetch, puller, name, home, verbose, sizes.get(name, LARGEST)) for name in files]
        try:
            for task in as_completed(tasks):
                task.result()
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(puller, name, home, verbose, most):
    part = home / f"{name}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        puller.fetch(name, downloader=Resuming(part, verbose, most))
    except Exception as error:  # requests and pooch raise errors of any kind
        raise OSError(_failed(puller.get_url(name), home, error)) from error


def _failed(url, home, error):
    return (
        f"{url} could not be downloaded to {home}: {error} "
        "Try again, which continues where the download stopped, or put the file there by hand."
    )


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

"""The files of a saved set, and the function that opens them."""

import hashlib
import json
from pathlib import Path

import numpy as np

from ..records import ECGRecords
from ..records.buffer import ScaledBuffer
from ._table import unpack_table

FORMAT, VERSION = "skecg records", 1
MANIFEST, SIGNALS, TABLE = "records.json", "signals.bin", "table.npz"


def open_records(folder, *, verify=False):
    """Open records that `save_records` wrote, as a memory map.

    Parameters
    ----------
    folder : path-like
        The folder of the saved set.
    verify : bool, default=False
        Whether to read both files completely and compare their SHA-256 checksums with the saved ones.

    Returns
    -------
    records : ECGRecords
        Each signal is read from the disk when it is used.

    Raises
    ------
    ValueError
        If the folder is not a saved set, is damaged, or was written by a later version.

    Examples
    --------
    >>> from skecg.storage import open_records
    >>> records = open_records("ptbxl-500")  # doctest: +SKIP
    """
    folder = Path(folder).expanduser()
    manifest = _read_manifest(folder)
    try:
        files, leads, gain, columns = (manifest[key] for key in ("files", "leads", "gain", "columns"))
        listed = [(folder / name, files[name]["bytes"], files[name]["sha256"]) for name in (SIGNALS, TABLE)]
    except (KeyError, TypeError):
        raise ValueError(f"{folder / MANIFEST} is damaged: it is not a manifest of records.") from None
    for path, n_bytes, digest in listed:
        _check_file(path, n_bytes, digest if verify else None)
    try:
        with (folder / TABLE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            lengths, offsets, fs = arrays["lengths"], arrays["offsets"], arrays["fs"]
            metadata = unpack_table(columns, arrays)
        buffer = _map(folder / SIGNALS, gain) if lengths.any() else np.empty(0, np.float32)
        return ECGRecords.from_buffer(buffer, lengths, fs, leads=leads, metadata=metadata, offsets=offsets)
    except Exception as error:  # zipfile, numpy and pandas raise errors of many types on damaged bytes
        raise ValueError(f"{folder} is damaged: its table does not fit its signals ({error}).") from error


def sha256(path):
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder):
    path = folder / MANIFEST
    if not path.is_file():
        raise ValueError(f"{folder} is not a saved set of records: it has no {MANIFEST}.")
    try:
        manifest = json.loads(path.read_text())
        version = manifest["version"] if manifest["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: it is not a manifest of records.") from None
    if version != VERSION:
        raise ValueError(f"{path} has version {version}; this version of skecg reads version {VERSION}.")
    return manifest


def _check_file(path, n_bytes, digest):
    size = path.stat().st_size if path.is_file() else None
    if size != n_bytes:
        found = "is missing" if size is None else f"has {size} bytes"
        raise ValueError(f"{path} is damaged: it {found}, but {n_bytes} bytes were written.")
    if digest is not None and sha256(path) != digest:
        raise ValueError(f"{path} is damaged: its SHA-256 checksum differs from that of the saved data.")


def _map(path, gain):
    if gain is None:
        return np.memmap(path, "<f4", "r")
    return ScaledBuffer(np.memmap(path, "<i2", "r"), gain)

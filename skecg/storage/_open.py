"""Open a saved set as a memory map."""

from pathlib import Path

import numpy as np

from ..records import ECGRecords
from ..records.buffer import ScaledBuffer
from ._manifest import MANIFEST, SIGNALS, TABLE, read_manifest, sha256
from ._publish import is_between_renames, restore
from ._table import read_arrays, unpack_table

_ATTEMPTS = 100  # to open a set that other processes replace meanwhile


def open_records(folder, *, verify=False):
    """Open records that `save_records` wrote, as a memory map.

    Parameters
    ----------
    folder : path-like
        The folder of the saved set.
    verify : bool, default=False
        Whether to read both files completely and compare their SHA-256 checksums with the saved ones. The
        checksum of the manifest, which holds leads, gain and column names, is always compared.

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
    for _ in range(_ATTEMPTS):
        if _identity(folder) is None:
            restore(folder.resolve())
        before = _identity(folder)
        try:
            records = _open(folder, verify)
        except (ValueError, OSError):
            if _identity(folder) == before and not is_between_renames(folder.resolve()):
                raise
            continue
        if _identity(folder) == before:
            return records
    raise ValueError(f"{folder} was replaced each of the {_ATTEMPTS} times that it was opened.")


def _open(folder, verify):
    manifest = read_manifest(folder)
    for name, file in manifest["files"].items():
        _check_file(folder / name, file["bytes"], file["sha256"] if verify else None)
    try:
        arrays = read_arrays(folder / TABLE, manifest["columns"])
        lengths, offsets, fs = arrays["lengths"], arrays["offsets"], arrays["fs"]
        metadata = unpack_table(manifest["columns"], arrays)
        buffer = _map(folder / SIGNALS, manifest["gain"]) if lengths.any() else np.empty(0, np.float32)
        leads = manifest["leads"]
        records = ECGRecords._from_parts(buffer, lengths, fs, leads, metadata, offsets)
        _check_apart(offsets, lengths * len(leads))
        return records
    except Exception as error:  # zipfile, numpy and pandas raise errors of many types on damaged bytes
        raise ValueError(f"{folder} is damaged: its table does not fit its signals ({error}).") from error


def _identity(folder):
    """Return what differs between a folder and the one that replaces it."""
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _check_file(path, n_bytes, digest):
    size = path.stat().st_size if path.is_file() else None
    if size != n_bytes:
        found = f"has {size} bytes" if size is not None else "is no file" if path.exists() else "is missing"
        raise ValueError(f"{path} is damaged: it {found}, but {n_bytes} bytes were written.")
    if digest is not None and sha256(path) != digest:
        raise ValueError(f"{path} is damaged: its SHA-256 checksum differs from that of the saved data.")


def _check_apart(starts, sizes):
    """Raise a ValueError if two records share values."""
    order = np.lexsort((sizes, starts))
    starts, ends = starts[order], (starts + sizes)[order]
    if (ends[:-1] > starts[1:]).any():
        raise ValueError("two records share samples")


def _map(path, gain):
    if gain is None:
        return np.memmap(path, "<f4", "r")
    return ScaledBuffer(np.memmap(path, "<i2", "r"), gain)

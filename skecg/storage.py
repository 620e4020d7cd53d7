"""ECGRecords in a folder, opened as a memory map: sets larger than the memory, at no cost to open."""

from __future__ import annotations

import hashlib
import json
import numbers
import os
import secrets
import shutil
from pathlib import Path

import numpy as np

from .records import ECGRecords

__all__ = ["open_records", "save_records"]

_VERSION = 1
_MANIFEST, _SIGNALS, _TABLE = "records.json", "signals.f32", "table.npz"
_CHUNK = 2**24  # values written, or bytes hashed, at once


def save_records(records, folder, *, overwrite=False):
    """Write records into a folder from which `open_records` maps them.

    The folder appears whole or not at all: everything is written beside it under another
    name, flushed to the disk, and renamed.

    Parameters
    ----------
    records : ECGRecords or iterable of ECGRecords
        The records; or parts of them with the same leads, one after the other, which need
        not fit into the memory together.
    folder : path-like
        Where to write. Its parent must exist.
    overwrite : bool, default=False
        Whether to replace a saved set that is there already.

    Returns
    -------
    records : ECGRecords
        The same records, mapped from the folder.

    Raises
    ------
    ValueError
        If the folder is there already, the parts differ in their leads, or there are none.
    TypeError
        If a column of the metadata holds anything but numbers, booleans, times and text.
    OSError
        If the disk is full or the folder cannot be written; nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.storage import open_records, save_records
    >>> folder = tempfile.mkdtemp() + "/set"
    >>> parts = (ECGRecords(np.ones((10, 1, 500)) * i, fs=250, metadata={"age": [50 + i] * 10}) for i in range(3))
    >>> _ = save_records(parts, folder)
    >>> open_records(folder)
    ECGRecords(30 records, 1 lead, 500 samples, 250 Hz; age)
    """
    folder = Path(folder).expanduser().absolute()
    if folder.exists() and not (overwrite and (folder / _MANIFEST).is_file()):
        what = "and is no saved set" if overwrite else "already; overwrite=True replaces a saved set"
        raise ValueError(f"{folder} is there {what}.")
    parts = [records] if isinstance(records, ECGRecords) else records
    if not folder.parent.is_dir():
        raise ValueError(f"There is no folder {folder.parent} in which {folder.name} could be written.")
    draft = _beside(folder, "part")
    try:
        draft.mkdir()
        _write(parts, draft)
        _publish(draft, folder)
    except OSError as error:
        raise OSError(error.errno, f"{folder} could not be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return open_records(folder)


def open_records(folder, *, verify=False):
    """Open records that `save_records` wrote, as a memory map.

    Parameters
    ----------
    folder : path-like
        The folder.
    verify : bool, default=False
        Whether to read everything once and compare its SHA-256 checksums.

    Returns
    -------
    records : ECGRecords
        Signals are read from the disk when they are used.

    Raises
    ------
    ValueError
        If the folder is no saved set, is damaged, or was written by a later version.

    Examples
    --------
    >>> from skecg.storage import open_records
    >>> records = open_records("ptbxl-500")  # doctest: +SKIP
    """
    folder = Path(folder).expanduser()
    manifest = _read_manifest(folder)
    for name, told in manifest["files"].items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        if size != told["bytes"]:
            found = "is missing" if size is None else f"has {size} bytes"
            raise ValueError(f"{path} is damaged: it {found}, {told['bytes']} were written.")
        if verify and _sha256(path) != told["sha256"]:
            raise ValueError(f"{path} is damaged: its SHA-256 checksum is not that of what was written.")
    with np.load(folder / _TABLE, allow_pickle=False) as arrays:
        lengths, fs = arrays["lengths"], arrays["fs"]
        metadata = _unpack_table(manifest["columns"], arrays)
    buffer = np.memmap(folder / _SIGNALS, "<f4", "r") if lengths.any() else np.empty(0, np.float32)
    return ECGRecords.from_buffer(buffer, lengths, fs, leads=manifest["leads"], metadata=metadata)


def _beside(folder, suffix):
    return folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.{suffix}")


def _write(parts, draft):
    """Write signals, table and, last, the manifest."""
    import pandas as pd

    leads, seen, digest = None, [], hashlib.sha256()
    with (draft / _SIGNALS).open("wb") as file:
        for part in parts:
            if not isinstance(part, ECGRecords):
                raise TypeError(f"records must be ECGRecords or an iterable of them, got {type(part).__name__}.")
            if leads not in (None, part.leads):
                raise ValueError(f"The parts differ in their leads: {leads} and {part.leads}.")
            leads = part.leads
            seen.append((part.lengths, part.fs, part.metadata))
            for values in _chunks(part):
                file.write(values)
                digest.update(values)
        _flush(file)
    if leads is None:
        raise ValueError("There are no records to save.")
    lengths, fs, tables = zip(*seen, strict=True)
    columns, arrays = _pack_table(pd.concat(tables) if len(tables) > 1 else tables[0])
    with (draft / _TABLE).open("wb") as file:
        np.savez(file, lengths=np.concatenate(lengths), fs=np.concatenate(fs), **arrays)
        _flush(file)
    digests = {_SIGNALS: digest.hexdigest(), _TABLE: _sha256(draft / _TABLE)}
    files = {name: {"bytes": (draft / name).stat().st_size, "sha256": digest} for name, digest in digests.items()}
    manifest = {"format": "skecg records", "version": _VERSION, "leads": leads, "columns": columns, "files": files}
    with (draft / _MANIFEST).open("w") as file:
        json.dump(manifest, file, indent=1)
        _flush(file)


def _chunks(part):
    """Yield the values of a part in pieces of some megabytes, as bytes-like arrays."""
    bare = part.with_metadata(None)
    ends = np.cumsum(part.lengths * len(part.leads))
    cuts = np.searchsorted(ends, np.arange(_CHUNK, ends[-1] if len(ends) else 0, _CHUNK))
    for rows in np.split(np.arange(len(part)), np.unique(cuts)):
        for signal in [bare[rows].to_array()] if _equal(part.lengths[rows]) else bare[rows].signals:
            yield np.ascontiguousarray(signal, "<f4").data


def _equal(lengths):
    return len(lengths) > 0 and (lengths == lengths[0]).all()


def _flush(file):
    file.flush()
    os.fsync(file.fileno())


def _publish(draft, folder):
    """Give the finished folder its name; an older set moves out of the way first."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = _beside(folder, "old")
    folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old)


def _read_manifest(folder):
    path = folder / _MANIFEST
    if not path.is_file():
        raise ValueError(f"{folder} is no saved set of records: it has no {_MANIFEST}.")
    try:
        manifest = json.loads(path.read_text())
        version = manifest["version"] if manifest["format"] == "skecg records" else None
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: it is no manifest of records.") from None
    if version != _VERSION:
        raise ValueError(f"{path} has version {version}; this version of skecg reads {_VERSION}.")
    return manifest


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack_table(table):
    """Return a description of index and columns, and their values as plain arrays."""
    series = [table.index.to_series(), *(values for _, values in table.items())]
    columns, arrays = [], {}
    for i, (name, values) in enumerate(zip([table.index.name, *table.columns], series, strict=True)):
        arrays[f"column {i}"], kind = _pack_column(name, values.infer_objects())
        columns.append({"name": name if name is None else str(name), "kind": kind, "dtype": _told(values.dtype)})
    return columns, arrays


def _pack_column(name, values):
    """Return a column as an array without objects, and how to read it: "array" or "json"."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufMm":
        return values.to_numpy(), "array"
    plain = [None if missing else value for value, missing in zip(values, values.isna(), strict=True)]
    if not all(value is None or isinstance(value, str | numbers.Real | np.bool_) for value in plain):
        raise TypeError(f"The column {name!r} of the metadata holds {values.dtype} values that cannot be saved.")
    text = json.dumps([value.item() if isinstance(value, np.generic) else value for value in plain])
    return np.frombuffer(text.encode(), np.uint8), "json"


def _told(dtype):
    """Return what JSON can keep of a dtype."""
    if hasattr(dtype, "categories"):
        return {"categories": dtype.categories.tolist(), "ordered": bool(dtype.ordered)}
    return str(dtype)


def _unpack_table(columns, arrays):
    import pandas as pd

    series = []
    for i, column in enumerate(columns):
        values = arrays[f"column {i}"]
        values = json.loads(values.tobytes()) if column["kind"] == "json" else values
        dtype = column["dtype"]
        series.append(pd.Series(values, dtype=pd.CategoricalDtype(**dtype) if isinstance(dtype, dict) else dtype))
    index = pd.Index(series[0], name=columns[0]["name"])
    table = pd.DataFrame(dict(enumerate(series[1:])), index=range(len(index))).set_axis(index)
    return table.set_axis([column["name"] for column in columns[1:]], axis=1)

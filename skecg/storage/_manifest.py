"""The manifest of a saved set: what the set holds, with checksums of its files and of itself."""

import hashlib
import json
import re
from pathlib import Path

FORMAT, VERSION = "skecg records", 1
MANIFEST, SIGNALS, TABLE = "records.json", "signals.bin", "table.npz"
_KEYS = {"format", "version", "leads", "gain", "columns", "files"}
_LARGEST = 2**26  # bytes; the names of a million categories fit
_GAINS = 1e-6, 1e9  # steps per mV; recorders have 100 to 10,000


def seal(manifest, path):
    """Return the text of a manifest with its own checksum; raise a ValueError for one that would not open."""
    _check(manifest)
    text = json.dumps(manifest | {"sha256": _digest(manifest)}, indent=1)
    if len(text) > _LARGEST:
        raise ValueError(
            f"{path} would have {len(text)} bytes, more than {_LARGEST}: the metadata has a categorical column of too "
            "many categories. Convert it to text."
        )
    return text


def read_manifest(folder):
    """Return the manifest of a saved set, with every value in its range and its checksum compared.

    Manifests of 0.1.0 have no checksum.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise ValueError(f"{folder} is not a saved set of records: it has no {MANIFEST}.")
    try:
        manifest = _parse(path)
        version = _version_of(manifest)
        if version <= VERSION:
            _verify(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path} is damaged: it is not a manifest of records ({error}).") from None
    if version > VERSION:
        raise ValueError(f"{path} has version {version}; this version of skecg reads version {VERSION}.")
    return manifest


def check_leads(leads):
    """Raise a ValueError unless these are names of leads, each once."""
    if not isinstance(leads, list | tuple) or not leads or not all(isinstance(lead, str) for lead in leads):
        raise ValueError(f"leads must be a list of names, got {str(leads)[:80]}")
    if len(set(leads)) != len(leads):
        raise ValueError(f"leads must have different names, got {str(leads)[:80]}")


def check_gain(gain):
    """Raise a ValueError unless this is None, or a plausible number of steps per mV."""
    if gain is None:
        return
    if type(gain) not in (int, float) or not _GAINS[0] <= gain <= _GAINS[1]:
        low, high = _GAINS
        raise ValueError(f"gain must be a number of steps per mV from {low:g} to {high:g}, got {str(gain)[:80]}")


def sha256(path):
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse(path):
    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"it has {size} bytes, more than {_LARGEST}")
    return json.loads(path.read_bytes().decode(), object_pairs_hook=_without_duplicates)


def _without_duplicates(pairs):
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is there twice")
    return content


def _version_of(manifest):
    if manifest["format"] != FORMAT or type(manifest["version"]) is not int or manifest["version"] < 1:
        raise ValueError(f"format {str(manifest['format'])[:80]!r}, version {str(manifest['version'])[:80]!r}")
    return manifest["version"]


def _verify(manifest):
    """Take the checksum out of a manifest and compare it; check every value."""
    if "sha256" in manifest and manifest.pop("sha256") != _digest(manifest):
        raise ValueError("its SHA-256 checksum differs from that of the saved data")
    _check(manifest)


def _digest(manifest):
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _check(manifest):
    """Raise a ValueError unless every value of a manifest is in its range."""
    if manifest.keys() != _KEYS:
        raise ValueError(f"its keys are {str(sorted(manifest))[:200]}")
    check_leads(manifest["leads"])
    check_gain(manifest["gain"])
    columns, files = manifest["columns"], manifest["files"]
    if not isinstance(columns, list) or not columns:
        raise ValueError("columns must be a list of at least the index")
    for column in columns:
        _check_column(column)
    if not isinstance(files, dict) or files.keys() != {SIGNALS, TABLE}:
        raise ValueError(f"files must be {SIGNALS} and {TABLE}")
    for file in files.values():
        _check_file(file)


def _check_column(column):
    if not isinstance(column, dict) or column.keys() != {"name", "kind", "dtype"}:
        raise ValueError(f"a column must have name, kind and dtype, got {str(column)[:80]}")
    name, kind, dtype = column["name"], column["kind"], column["dtype"]
    if not (name is None or isinstance(name, str)) or kind not in ("array", "json"):
        raise ValueError(f"a column has the name {str(name)[:80]!r} and the kind {str(kind)[:80]!r}")
    if not (isinstance(dtype, str) or _is_categorical(dtype)):
        raise ValueError(f"the column {str(name)[:80]!r} has an unknown dtype {str(dtype)[:80]}")


def _is_categorical(dtype):
    has_keys = isinstance(dtype, dict) and dtype.keys() == {"categories", "ordered"}
    return has_keys and type(dtype["ordered"]) is bool and isinstance(dtype["categories"], list)


def _check_file(file):
    if not isinstance(file, dict) or file.keys() != {"bytes", "sha256"}:
        raise ValueError(f"a file must have bytes and sha256, got {str(file)[:80]}")
    n_bytes, digest = file["bytes"], file["sha256"]
    if type(n_bytes) is not int or not 0 <= n_bytes < 2**63:
        raise ValueError(f"a file has {str(n_bytes)[:80]} bytes")
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(f"a file has the checksum {str(digest)[:80]!r}")

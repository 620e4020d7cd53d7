"""Weights and settings in one file of JSON and safetensors, which no reader has to trust.

A file is a safetensors file: a header of JSON, then the bare numbers. skecg puts a document of its
own, JSON too, into the metadata of that header, together with a checksum over all of it. To read one
runs nothing, imports nothing and takes no more memory than the file has bytes for.
"""

import glob
import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

VERSION = 1
_FORMAT = "skecg"
# How pickles begin, plain or compressed.
_PICKLES = (b"\x80", b"\x1f\x8b", b"\x78", b"BZ", b"\xfd7z", b"]\x00", b"\x04\x22")
_LARGEST_HEADER = 2**24  # bytes: a hundred times what any model needs, and read in a moment


def write_file(path, document, tensors):
    """Write a document and arrays into one file, which appears whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to write; a file that is there is replaced.
    document : dict
        Anything that JSON can hold.
    tensors : dict of str to ndarray
        Arrays of numbers or booleans.

    Raises
    ------
    ValueError
        If the document is larger than a file may describe, about 8 MB of text.
    OSError
        If the disk is full or the folder cannot be written; nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg.format import read_file, write_file
    >>> path = tempfile.mkdtemp() + "/a.skecg"
    >>> write_file(path, {"kind": "example"}, {"x": np.arange(3)})
    >>> read_file(path)
    ({'kind': 'example'}, {'x': array([0, 1, 2])})
    """
    path = Path(path).expanduser()
    tensors = {name: np.asarray(values, order="C") for name, values in tensors.items()}
    text = json.dumps({"version": VERSION, "document": document}, allow_nan=False)
    if 2 * len(text) + 200 * len(tensors) > _LARGEST_HEADER:  # quoted once more; the name, type and place of each array
        raise ValueError(f"{path}: {len(text)} characters that describe {len(tensors)} arrays are too many for a file.")
    try:  # in a folder of its own, as safetensors makes drafts without a name that one would know again
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", suffix=".part", dir=path.parent) as folder:
            draft = Path(folder) / path.name
            draft.touch()
            mode = draft.stat().st_mode  # as the umask has it; safetensors keeps its files to their owner
            save_file(tensors, draft, {"format": _FORMAT, "skecg": text, "sha256": _digest(text, tensors)})
            draft.chmod(mode)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
    except SafetensorError as error:
        raise OSError(f"{path} could not be written: {error}") from error


def drafts_of(path):
    """Return what a killed `write_file` may have left next to a file."""
    return sorted(path.parent.glob(f".{glob.escape(path.name)}-*.part"))


def read_file(path):
    """Read a document and arrays that `write_file` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    document : dict
        As it was written.
    tensors : dict of str to ndarray
        In memory of their own.

    Raises
    ------
    ValueError
        If the file is none of skecg's, is damaged, or was written by a later version.
    OSError
        If there is no such file, or it cannot be read.

    Examples
    --------
    >>> from skecg.format import read_file
    >>> read_file("model.skecg")  # doctest: +SKIP
    """
    path = Path(path).expanduser()
    with path.open("rb") as file:  # a missing file is an OSError
        start = file.read(9)
    claimed = int.from_bytes(start[:8], "little")
    if start.startswith(_PICKLES) and start[8:] not in (b"", b"{"):  # safetensors: the size of a header, then a brace
        raise ValueError(
            f"{path} seems to be a pickle, as joblib writes them, and none that skecg wrote; joblib.load reads it, "
            "and runs what it holds: only if you trust where it comes from."
        )
    if claimed > _LARGEST_HEADER:
        raise ValueError(f"{path} is damaged: no file of skecg has a header of {claimed} bytes.")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            text = metadata.get("skecg")
            if metadata.get("format") != _FORMAT or text is None:
                raise ValueError(f"{path} is a safetensors file, but none that skecg wrote.")
            document = _parse(path, text)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
    except (SafetensorError, TypeError, AttributeError, KeyError, OverflowError, MemoryError) as error:
        raise ValueError(f"{path} is damaged, or no file of skecg: {error}") from error
    if metadata.get("sha256") != _digest(text, tensors):
        raise ValueError(f"{path} is damaged: its SHA-256 checksum is not that of what was written.")
    return document, tensors


def _parse(path, text):
    try:
        header = json.loads(text, parse_constant=_refuse)
        version, document = header["version"], header["document"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: its description cannot be read ({error}).") from None
    if type(version) is int and version > VERSION:
        raise ValueError(f"{path} has format version {version}, this skecg reads up to {VERSION}: update skecg.")
    if type(version) is not int or version < 1:
        raise ValueError(f"{path} is damaged: {version!r} is no version of the format.")
    return document


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def _digest(text, tensors):
    digest = hashlib.sha256(text.encode(errors="surrogatepass"))
    for name in sorted(tensors):
        values = tensors[name]
        digest.update(f"{name} {values.dtype.str} {values.shape}".encode(errors="surrogatepass"))
        digest.update(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data if values.size else b"")
    return digest.hexdigest()

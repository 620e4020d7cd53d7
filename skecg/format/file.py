"""Read and write weights and settings in one safetensors file, which is safe to read from any source.

A safetensors file consists of a JSON header and the bytes of the arrays. skecg stores a second JSON
document and a checksum of document and arrays in the metadata of that header. Reading a file runs no
code of the file, imports nothing, and takes no more memory than the size of the file justifies.
"""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from .._drafts import draft_of

VERSION = 2  # since 1: arrays in half precision, shared estimators; files without them are written as version 1
_FORMAT = "skecg"
# The first bytes of pickles, plain or compressed.
_PICKLES = (b"\x80", b"\x1f\x8b", b"\x78", b"BZ", b"\xfd7z", b"]\x00", b"\x04\x22")
_LARGEST_HEADER = 2**24  # bytes; a hundred times what any model needs, and still quick to read


def write_file(path, document, tensors, *, half=(), version=1):
    """Write a document and arrays into one file, which appears complete or not at all.

    Parameters
    ----------
    path : path-like
        Where to write; an existing file is replaced.
    document : dict
        The document; JSON must be able to hold it.
    tensors : dict of str to ndarray
        Arrays of numbers or booleans.
    half : collection of str, default=()
        Names of the float32 arrays to store as float16, which halves their size. `read_file` returns them as float32,
        with 11 significant bits.
    version : int, default=1
        The first version of the format that reads the document; `half` needs 2.

    Raises
    ------
    ValueError
        If the document is too large for the header of a file, at about 8 MB of text; or if an array to store as
        float16 is not float32, or holds a value beyond 65504.
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
    tensors |= {name: _halved(name, tensors[name]) for name in half}
    header = {"version": 2, "half": sorted(half)} if half else {"version": version}
    text = json.dumps(header | {"document": document}, allow_nan=False)
    if 2 * len(text) + 200 * len(tensors) > _LARGEST_HEADER:  # JSON in JSON; entries of arrays
        raise ValueError(f"{path}: {len(text)} characters of JSON and {len(tensors)} arrays are too many for a file.")
    try:  # in a separate folder, because the names of the temporary files of safetensors cannot be recognised later
        with draft_of(path) as folder:
            draft = folder / path.name
            draft.touch()
            mode = draft.stat().st_mode  # follows the umask; safetensors makes files that only their owner can read
            save_file(tensors, draft, {"format": _FORMAT, "skecg": text, "sha256": _digest(text, tensors)})
            draft.chmod(mode)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
    except SafetensorError as error:
        raise OSError(f"{path} could not be written: {error}") from error


def read_file(path):
    """Read a document and arrays that `write_file` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    document : dict
        The document that was written.
    tensors : dict of str to ndarray
        The arrays that were written, as copies in memory; as float32 those that are stored in half precision.

    Raises
    ------
    ValueError
        If skecg did not write the file, or the file is damaged or was written by a later version.
    OSError
        If the file does not exist, or cannot be read.

    Examples
    --------
    >>> from skecg.format import read_file
    >>> read_file("model.skecg")  # doctest: +SKIP
    """
    path = Path(path).expanduser()
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe has no end, and a device may have none
        raise ValueError(f"{path} is no regular file.")
    with path.open("rb") as file:  # a missing file is an OSError
        start = file.read(9)
    claimed = int.from_bytes(start[:8], "little")
    if start.startswith(_PICKLES) and start[8:] not in (b"", b"{"):  # a safetensors file has a brace after the size
        raise ValueError(
            f"{path} seems to be a pickle, as joblib writes them; skecg did not write it. joblib.load reads pickles, "
            "but runs any code in them: use it only if you trust the source of the file."
        )
    if claimed > _LARGEST_HEADER:
        raise ValueError(
            f"{path} is no model of skecg, or is damaged: no file of skecg has a header of {claimed} bytes."
        )
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            text = metadata.get("skecg")
            if metadata.get("format") != _FORMAT or text is None:
                raise ValueError(f"{path} is a safetensors file, but skecg did not write it.")
            document, half = _parse(path, text)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, TypeError, AttributeError, KeyError, OverflowError, MemoryError) as error:
        raise ValueError(f"{path} is damaged, or skecg did not write it: {error}") from error
    if metadata.get("sha256") != _digest(text, tensors):
        raise ValueError(f"{path} is damaged: its SHA-256 checksum differs from that of the saved data.")
    for name in half:
        if name not in tensors or tensors[name].dtype != np.float16:
            raise ValueError(f"{path} is damaged: {name!r:.50} is no array in half precision.")
        tensors[name] = tensors[name].astype(np.float32)
    return document, tensors


def _halved(name, values):
    """Return a float32 array as float16; raise ValueError if a value would become infinite."""
    if values.dtype != np.float32:
        raise ValueError(f"{name!r} is {values.dtype}; only float32 is stored in half precision.")
    with np.errstate(over="ignore"):
        halved = values.astype(np.float16)
    if not np.isfinite(halved).all():
        largest = values.flat[np.abs(values).argmax()]
        raise ValueError(f"{name!r} holds {largest:g}; float16 ends at 65504. Save it as float32.")
    return halved


def _parse(path, text):
    """Return the document, and the names of the arrays that are stored in half precision."""
    try:
        header = json.loads(text, parse_constant=_refuse)
        version, document = header["version"], header["document"]
        half = header.get("half", [])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: its description cannot be read ({error}).") from None
    if type(version) is int and version > VERSION:
        raise ValueError(f"{path} has format version {version}, but this skecg reads up to {VERSION}: update skecg.")
    if type(version) is not int or version < 1:
        raise ValueError(f"{path} is damaged: {version!r} is not a version of the format.")
    if not (isinstance(half, list) and all(isinstance(name, str) for name in half)) or (half and version == 1):
        raise ValueError(f"{path} is damaged: {half!r:.50} is no list of arrays in half precision.")
    return document, half


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def _digest(text, tensors):
    digest = hashlib.sha256(text.encode(errors="surrogatepass"))
    for name in sorted(tensors):
        values = tensors[name]
        digest.update(f"{name} {values.dtype.str} {values.shape}".encode(errors="surrogatepass"))
        digest.update(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data if values.size else b"")
    return digest.hexdigest()

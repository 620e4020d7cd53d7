"""Recognise the format of a file by its first bytes."""

from __future__ import annotations

import os
import re

from ._edf_file import BDF, EDF
from ._files import open_file
from .formats import FORMATS, find_format
from .formats._recording import HEAD
from .formats._text import text_of_head

_RECORD_LINE = re.compile(rb"\s*(?:#.*\n\s*)*[\w./+-]+[ \t]+\d+[ \t]")  # name and number of signals
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip"}
_DOCUMENT = re.compile(
    r"\.(md|rst|pdf|docx?|od[ts]|rtf|xlsx?|pptx?|html?|css|js|svg|png|jpe?g|gif|bmp|tiff?|log|ini|cfg|toml|ya?ml|json|py|"
    r"ipynb|r|m|sh|bat|xs[ld]|dtd)",
    re.IGNORECASE,
)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_NUMBERS = re.compile(r"[\d\s.,;:+\-eE]*\d[\d\s.,;:+\-eE]*")
_NO_SIGNAL = {b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture"}


def header_of(path):
    """Return the header of the WFDB record that a path names, or None if the path is another file."""
    stem, suffix = os.path.splitext(path)  # noqa: PTH122
    if suffix in (".dat", ".mat") and os.path.exists(f"{stem}.hea"):  # noqa: PTH110
        return header_of(f"{stem}.hea")
    if suffix == ".hea":
        head = head_of(path)
        return path if _RECORD_LINE.match(head) or find_format(head) is None else None
    return f"{path}.hea" if os.path.exists(f"{path}.hea") and not os.path.exists(path) else None  # noqa: PTH110


def head_of(path):
    """Return the first bytes of a file; raise ValueError if it is empty, or no file."""
    with _opened(path) as file:
        return _head(file, path)


def head_and_data(path):
    """Return the first bytes of a file, the module of its format or None, and the whole file if there is one."""
    with _opened(path) as file:
        head = _head(file, path)
        known = None if is_edf(head) else find_format(head)
        return head, known, None if known is None else head + file.readall()


def _opened(path):
    try:
        return open_file(path)
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file.") from None
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        if os.path.isdir(path):  # noqa: PTH112
            raise ValueError(f"{path} is a folder; read_ecg takes its files, read_folder takes it.") from None
        raise ValueError(f"{path}: cannot be read ({getattr(error, 'strerror', error)}).") from None


def _head(file, path):
    head = file.read(HEAD)
    if not head:
        raise ValueError(f"{path} is empty.")
    return head


def is_edf(head):
    """Return whether bytes begin an EDF or BDF file."""
    return head.startswith((EDF, BDF))


def seems_recording(path):
    """Return whether a file that is no recording looks like one that is damaged, packed, or of an unknown format.

    Documents, pictures and text do not, unless it is XML or its last line holds nothing but numbers.
    """
    if _DOCUMENT.fullmatch(os.path.splitext(path)[1]):  # noqa: PTH122
        return False
    try:
        head = head_of(path)
    except ValueError:  # empty, or not to be read
        return True
    if head.startswith(tuple(_NO_SIGNAL)):
        return False
    text = text_of_head(head)
    if _BINARY.search(text) or text.lstrip().startswith("<"):
        return True
    lines = text.strip().splitlines()[:-1] if len(head) == HEAD else text.strip().splitlines()
    return _NUMBERS.fullmatch(lines[-1]) is not None if lines else True


def unknown(head):
    """Return what to say of a file of no known format that begins with some bytes."""
    for start, name in _PACKED.items():
        if head.startswith(start):
            return f"is packed with {name}: unpack it first"
    for start, kind in _NO_SIGNAL.items():
        if head.startswith(start):
            return f"is {kind}, which holds no samples: export the ECG as data"
    listed = ", ".join(form.FORMAT for form in FORMATS)
    listed += ", EDF, BDF and WFDB; and CSV and MATLAB, if file_fs gives their rate"
    return f"is of no known format; it begins with {head[:24]!r}. skecg reads {listed}"

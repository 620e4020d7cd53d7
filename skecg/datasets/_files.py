"""Open input files safely: regular files only, of an expected size, inside their folder."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|$)|.*::|.*\x00", re.DOTALL)
_UNPACKERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_PACKED, _RATIO = 2**25, 30  # bytes, and bytes for each packed byte, to which a packed table may grow
_LINE, _COLUMNS = 2**20, 50_000  # largest first line of a table, in bytes and in columns


def open_file(path):
    """Open a regular file for unbuffered reading, without waiting.

    Raises
    ------
    OSError
        If the file cannot be opened, or is a pipe or a device, from which reading may never end.
    """
    file = open(path, "rb", buffering=0, opener=_open)  # noqa: SIM115, a Path would double the time
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "is no regular file", os.fspath(path))
    return file


def _open(path, _):
    return os.open(path, _FLAGS)


def file_size(path):
    """Return the size of a regular file in bytes; raise OSError as `open_file`."""
    found = os.stat(path)  # noqa: PTH116, as above
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "is no regular file", os.fspath(path))
    return found.st_size


def read_bytes(path, most):
    """Return the content of a regular file of at most `most` bytes; raise OSError otherwise."""
    with open_file(path) as file:
        size = _size(file, path, most)
        return file.read(size + 1)[: most + 1]


def _size(file, path, most):
    size = os.fstat(file.fileno()).st_size
    if size > most:
        raise OSError(errno.EFBIG, f"has {size:,} bytes, and a file of its kind at most {most:,}", os.fspath(path))
    return size


def leaves_folder(name):
    """Return whether a file name that another file gives leads out of the folder of that file."""
    return not isinstance(name, str) or _OUTSIDE.match(name) is not None


def open_table(path, most):
    """Open a table of text, packed or not, for a parser that takes binary files.

    Parameters
    ----------
    path : path-like
        A file; the suffixes .gz, .bz2, .xz and .zip (of one file) mean that it is packed.
    most : int
        Largest size in bytes.

    Returns
    -------
    table : BufferedReader

    Raises
    ------
    OSError
        If the file is no regular file, is too large, or has a first line that no table has. Reading from a
        packed table raises OSError if the table grows much more than tables do.
    """
    path = Path(path)
    file = open_file(path)
    try:
        size = _size(file, path, most)
        suffix = path.suffix.lower()
        if suffix in _UNPACKERS or suffix == ".zip":
            source = _member(file, path) if suffix == ".zip" else _UNPACKERS[suffix](file)
            file = _Bounded(source, file, path, max(_PACKED, _RATIO * size))
        table = io.BufferedReader(file, _LINE)
        _check_line(table.peek(_LINE), path)
    except BaseException:
        file.close()
        raise
    return table


def _member(file, path):
    try:
        archive = zipfile.ZipFile(file)
        (name,) = archive.namelist()
        return archive.open(name)
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError) as error:
        raise OSError(errno.EINVAL, f"is no archive of one table ({error})", os.fspath(path)) from error


def _check_line(start, path):
    line = start.partition(b"\n")[0]
    n_columns = 1 + max(line.count(separator) for separator in (b",", b";", b"\t", b" "))
    if len(line) >= _LINE or n_columns > _COLUMNS:
        raise OSError(errno.EINVAL, f"is no table: its first line has {n_columns:,} columns or more", os.fspath(path))


class _Bounded(io.RawIOBase):
    """An unpacked stream that raises OSError if it is damaged, or longer than `most` bytes."""

    def __init__(self, source, file, path, most):
        self.source, self.file, self.path, self.left = source, file, path, most

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            data = self.source.read(min(len(buffer), 2**16))
        except (EOFError, ValueError, zipfile.BadZipFile, lzma.LZMAError, zlib.error) as error:
            raise OSError(errno.EINVAL, f"cannot be unpacked ({error})", os.fspath(self.path)) from error
        self.left -= len(data)
        if self.left < 0:
            raise OSError(errno.EFBIG, "grows more than tables do when unpacked", os.fspath(self.path))
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        if not self.closed:
            self.source.close()
            self.file.close()
        super().close()

"""Find the recordings of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from ._csv_signal import is_csv
from ._matlab_signal import is_matlab
from ._recognise import head_of, header_of, is_edf, unknown
from ._segments import without_segments
from ._wfdb_header import read_text
from .formats import find_format

_OF_SYSTEMS = {"Thumbs.db", "desktop.ini"}


def each_once(paths):
    """Return the files and the headers of the WFDB records that paths name, each of them once, without segments.

    Parameters
    ----------
    paths : sequence of path-like
        Files; and WFDB records by their header, by another of their files, or without suffix.

    Raises
    ------
    ValueError
        If a path is given twice.
    """
    seen, found = set(), {}
    for path in (os.path.expanduser(os.fspath(path)) for path in paths):  # noqa: PTH111
        if path in seen:
            raise ValueError(f"paths names {path} twice; each file is read once.")
        seen.add(path)
        found[_header_or(path)] = None
    headers = [Path(path) for path in found if path.endswith(".hea")] if len(found) > 1 else []
    segments = set(headers) - set(without_segments(headers))
    return [path for path in found if not segments or Path(path) not in segments]


def _header_or(path):
    try:
        return header_of(path) or path
    except ValueError:  # reading the file says why
        return path


def find_files(root, *, file_fs=None, ignore=()):
    """Return the recordings below a folder, and what else there is.

    A WFDB record counts as its header; the other files of a record, segments of another record, and hidden files
    are not listed.

    Parameters
    ----------
    root : path-like
    file_fs : float, default=None
        The rate of CSV and MATLAB files, as in `read_ecg`; without it they are no recordings.
    ignore : collection of path-like, default=()
        Files that are known to be no recordings, such as the table of labels.

    Returns
    -------
    paths : list of str
        The recordings, sorted.
    left_out : dict of str to str
        The files that are none, and why.
    """
    root, ignore = Path(root), {Path(path).resolve() for path in ignore}
    files = [path for path in sorted(root.rglob("*")) if _counts(path, root) and path.resolve() not in ignore]
    headers = {path for path in files if path.suffix == ".hea"}
    stems = {path.with_suffix("") for path in headers}
    single = set(without_segments(sorted(headers)))
    paths, others = [], {}
    for path in files:
        if path in headers or (path.suffix in (".dat", ".mat") and path.with_suffix("") in stems):
            paths += [str(path)] if path in single else []
        elif reason := _why_not(str(path), file_fs):
            others[path] = reason
        else:
            paths.append(str(path))
    parts = _parts_of(headers, {path.parent for path in others})
    left_out = {str(path): reason for path, reason in others.items() if path not in parts and not _is_of(path, stems)}
    return paths, left_out


def _counts(path, root):
    """Return whether a path is a file that is neither hidden nor of an operating system."""
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return not hidden and path.name not in _OF_SYSTEMS and not path.is_dir()


def _is_of(path, stems):
    """Return whether a file has the name of a record, such as the annotations 100.atr."""
    return path.with_suffix("") in stems or path.parent / path.name.partition(".")[0] in stems


def _parts_of(headers, folders):
    """Return the signal files that the headers in some folders name."""
    parts = set()
    for header in headers:
        if header.parent in folders:
            try:
                lines = read_text(str(header.with_suffix(""))).splitlines()[1:]
            except ValueError:
                continue
            parts |= {header.parent / line.split()[0] for line in lines if line.strip() and line.lstrip()[0] != "#"}
    return parts


def _why_not(path, file_fs):
    """Return why a file is no recording, or None if it may be one."""
    try:
        head = head_of(path)
        if is_edf(head) or find_format(head) is not None:
            return None
        if is_matlab(head) or is_csv(head):
            return None if file_fs is not None else "is a table, whose rate is not given"
        return unknown(head)
    except (ValueError, OSError) as error:
        return str(error).removeprefix(path).lstrip(": ")

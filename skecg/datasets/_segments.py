"""Tell records from their segments, which have headers as well."""

from __future__ import annotations

from pathlib import Path

from ._files import open_file
from ._wfdb_header import read_text

_START = 256  # bytes in which the first line of a header ends, unless it is a comment


def without_segments(paths):
    """Return those headers that are no segment of another record among the headers.

    Parameters
    ----------
    paths : list of Path

    Returns
    -------
    paths : list of Path
    """
    segments = set()
    for path in paths:
        if _may_have_segments(path):
            segments |= {path.parent / f"{name}.hea" for name in _segments(path.with_suffix(""))} - {path}
    return [path for path in paths if path not in segments] if segments else paths


def records_alone(paths):
    """Return those records, as paths without suffix, that are no segment of another record among them.

    Parameters
    ----------
    paths : list of str

    Returns
    -------
    paths : list of str
    """
    whole = [Path(path) for path in paths if _may_have_segments(f"{path}.hea")] if len(paths) > 1 else []
    segments = {str(path.parent / name) for path in whole for name in _segments(path) if name != path.name}
    return [path for path in paths if str(Path(path)) not in segments] if segments else paths


def _may_have_segments(path):
    try:
        with open_file(path) as file:
            start = file.read(_START).lstrip()
    except (OSError, ValueError):  # reading the record says why
        return False
    return start.startswith(b"#") or b"/" in (start.split(None, 1) or [b""])[0]


def _segments(path):
    """Return the names of the segments of a record, whose path has no suffix; a header that names itself has none."""
    try:
        lines = [line.split() for line in map(str.strip, read_text(path).splitlines()) if line]
    except ValueError:
        return []
    lines = [fields for fields in lines if fields[0][0] != "#"]
    names = [fields[0] for fields in lines[1:]] if lines and "/" in lines[0][0] else []
    return [] if path.name in names else names

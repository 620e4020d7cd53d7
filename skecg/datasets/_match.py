"""Find the file of each record of a table."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePath

from ._base import bare, check_once, hint_of

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_PLACE = re.compile(r"^.*[/\\]|(?i:\.(hea|dat|mat))$")  # the folder and the suffix of a WFDB record


def without_place(name):
    """Return the name of a WFDB record without folder and suffix."""
    return _PLACE.sub("", name)


def match_files(table, root, paths, left_out, *, unlisted):
    """Return the rows of a table whose record has a file, the files, and what is wrong with the others.

    Parameters
    ----------
    table : Labelled
        Its names are those of files with or without the folders above and the suffix.
    root : Path
    paths : list of str
        The recordings below the folder.
    left_out : dict of str to str
        The files that are none, and why.
    unlisted : {"raise", "ignore"}

    Returns
    -------
    rows : list of int
    files : list of str
    faults : list of str

    Raises
    ------
    ValueError
        If a name is there twice, or two names mean the same file.
    """
    names, source = table.names, table.source
    check_once(names, source)
    places, others = _places(paths, root), _places(list(left_out), root)
    similar = {bare(Path(path).stem): Path(path).stem for path in paths}
    rows, files, faults, taken = [], [], [], {}
    for row, name in enumerate(names):
        found = _look_up(name, places)
        if len(found) == 1:
            if found[0] in taken:
                raise ValueError(f"{source}: {taken[found[0]]} and {name} both mean the file {found[0]}.")
            taken[found[0]] = name
            rows.append(row)
            files.append(found[0])
        elif found:
            faults.append(f"{source}: record {name} may be any of {', '.join(found)}; add the folder or the suffix.")
        elif _look_up(name, others):
            path = _look_up(name, others)[0]
            faults.append(f"{source} gives a label to record {name}, but {path} {_short(left_out[path])}.")
        else:
            hint = hint_of(name, similar.get(bare(_SUFFIX.sub("", name))))
            faults.append(f"{source} gives a label to record {name}, of which there is no file{hint}")
    if unlisted == "raise":
        listed = {path for name in [*names, *table.unlabelled] for path in _look_up(name, places)}
        faults += [f"{path}: {source} gives no label to this record." for path in paths if path not in listed]
    return rows, files, faults


def _places(paths, root):
    """Return {name: paths} of all names of files: with and without folders and suffix."""
    places = {}
    for path in paths:
        for tail in _tails(PurePath(path).relative_to(root).as_posix()):
            for name in {tail, str(PurePath(tail).with_suffix("").as_posix())}:
                places.setdefault(name, []).append(path)
    return places


def _tails(name):
    parts = name.split("/")
    return ["/".join(parts[i:]) for i in range(len(parts))]


def _look_up(name, places):
    """Return the files that a name in the table may mean; the whole name goes before its parts."""
    for tail in _tails(name.replace("\\", "/").removeprefix("./")):
        found = places.get(tail) or places.get(_SUFFIX.sub("", tail))
        if found:
            return found
    return []


def _short(reason):
    return reason.partition(";")[0]


def names_of(files, names):
    """Return the names of records: those of their files without suffix; those of the table if these repeat."""
    stems = [Path(file).stem for file in files]
    return stems if len(set(stems)) == len(stems) else names


def closing_line(n_there, kept_formats, messages, left_out):
    """Return one line of what was read and what was left out."""
    formats = ", ".join(f"{n} {name}" for name, n in Counter(kept_formats).most_common())
    line = f"Read {len(kept_formats)} of {n_there} recordings ({formats})."
    if messages:
        line += f" Left out {len(messages)}: {' '.join(messages[:3])}" + (" ..." if len(messages) > 3 else "")
    if left_out:
        listed = [f"{Path(path).name} {_short(why)}" for path, why in left_out.items()]
        more = "; ..." if len(listed) > 3 else ""
        line += f" No recordings: {len(listed)} file{'s' * (len(listed) > 1)} ({'; '.join(listed[:3])}{more})."
    return line

"""Parts that all readers of data sets use."""

from __future__ import annotations

import os
from numbers import Integral, Real
from pathlib import Path

from sklearn.utils import Bunch

from .._placeholders import filler_of
from .._scikit_learn import Interval, StrOptions
from .._warn import warn
from ._files import open_table

COMMON = "common"  # as leads: those that all records have
READING = {  # constraints of the options that all readers have
    "leads": ["array-like", StrOptions({COMMON}), None],
    "fs": [Interval(Real, 0, None, closed="neither"), None],
    "limit": [Interval(Integral, 1, None, closed="left"), None],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
    "on_error": [StrOptions({"raise", "warn"})],
    "save_to": [str, os.PathLike, None],
}
FETCHING = READING | {  # constraints of the readers of published sets
    "leads": ["array-like", None],
    "data_home": [str, os.PathLike, None],
    "return_X_y": ["boolean"],
    "download_if_missing": ["boolean"],
}
OPTIONS = """
    limit : int, default=None
        Read only the first `limit` records.
    n_jobs : int, default=None
        Number of processes that read; None means 1 and -1 means all cores.
    verbose : int, default=1
        Whether to show a progress bar if reading takes more than three seconds.
    on_error : {"raise", "warn"}, default="raise"
        What to do with a damaged record: raise, or skip the record with a warning that names it.
    save_to : path-like, default=None
        A new folder to which the records are written while they are read, for sets that do not
        fit into memory, as in `read_wfdb`.
    return_X_y : bool, default=False
        Whether to return `(data, target)` instead of a Bunch.
    download_if_missing : bool, default=False
        Whether to download missing files, which needs `skecg[download]`. An interrupted
        download continues where it stopped.
    """
"""The documentation of these options, for the docstrings of the readers."""
fill_options = filler_of(OPTIONS)


def find_home(data_home, name, landmark, *, title, url, download=None, wanted=False):
    """Return the folder of a data set after checking that it holds the file `landmark`.

    Parameters
    ----------
    data_home : path-like or None
        The folder; by default `name` in the folder that the environment variable SKECG_DATA
        names, which defaults to `~/skecg_data`.
    name : str
        Name of the set's default folder.
    landmark : str or tuple of str
        One pattern of file names or several; every copy of the set has a file that matches one of them.
    title, url : str
        Name and origin of the set, for the error message.
    download : callable, default=None
        `download(home)` puts the missing files into the folder.
    wanted : bool, default=False
        Whether to call `download`.

    Raises
    ------
    ValueError
        If there is no such folder or the folder lacks the landmark. The message says which files
        belong in the folder, or which folder above or below it is the right one.
    """
    home = default_home(name) if data_home is None else Path(data_home).expanduser()
    landmarks = (landmark,) if isinstance(landmark, str) else landmark
    if wanted:
        download(home)
    if _has(home, landmarks):
        return home
    files = landmarks[0]
    fault = f"{home} is not a copy of {title}: it has no {files}" if home.is_dir() else f"there is no folder {home}"
    elsewhere = None if wanted else next((folder for folder in _around(home) if _has(folder, landmarks)), None)
    if elsewhere:
        advice = f"{elsewhere} has one; give that folder as data_home."
    else:
        advice = f"Download the set from {url} and give the folder that holds {files} as data_home"
        advice += ", or set download_if_missing=True." if download else "."
    raise ValueError(f"{fault[0].upper()}{fault[1:]}. {advice}")


def default_home(name):
    """Return the default folder of a data set."""
    return Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / name


def _has(folder, landmarks):
    return any(next(folder.glob(landmark), None) for landmark in landmarks)


def _around(home):
    """Yield the folders to search next: one or two levels below, then those above."""
    if home.is_dir():
        for depth in ("*/", "*/*/"):
            yield from sorted(home.glob(depth))[:100]
    yield from list(home.parents)[:2]


def make_bunch(data, target, *, return_X_y, **rest):
    """Return `(data, target)`, or a Bunch with all arguments."""
    return (data, target) if return_X_y else Bunch(data=data, target=target, **rest)


class SkippedRecords(UserWarning):
    """A warning that records were skipped; `messages` says why, one message for each of them."""

    def __init__(self, text, messages):
        super().__init__(text)
        self.messages = messages


class NoRecordLeftError(ValueError):
    """An error that no record could be read; `messages` says why, one message for each of them."""

    def __init__(self, text, messages):
        super().__init__(text)
        self.messages = messages


class Faults:
    """Errors in single records, which are raised at once or collected into one warning.

    Parameters
    ----------
    on_error : {"raise", "warn"}
    """

    def __init__(self, on_error):
        self.raises = on_error == "raise"
        self.messages = []

    def add(self, message):
        """Raise the message as a ValueError, or collect it."""
        if self.raises:
            raise ValueError(message)
        self.messages.append(message)

    def add_all(self, messages):
        """Raise one ValueError with the first ten of the messages and their number, or collect them all."""
        if self.raises and messages:
            raise ValueError(_first_ten(messages))
        self.messages += messages

    def warn(self, n_left):
        """Warn once with all collected messages, which name the skipped records.

        Raises
        ------
        ValueError
            If no record is left.
        """
        if not self.messages:
            return
        n_records = n_left + len(self.messages)
        listed = _first_ten(self.messages)
        if n_left == 0:
            raise NoRecordLeftError(f"None of the {n_records} records could be read. {listed}", self.messages)
        text = f"Skipped {len(self.messages)} of {n_records} records. {listed}"
        warn(SkippedRecords(text, self.messages))


def _first_ten(messages):
    return " ".join(messages[:10]) + (f" And {len(messages) - 10} more." if len(messages) > 10 else "")


def find_records(root, pattern="**/*.hea", choose=list):
    """Return {name: path without suffix} of those records below a folder that `choose` returns.

    Raises
    ------
    ValueError
        If there is no record, or two records have the same name.
    """
    paths = {}
    for path in choose(sorted(root.glob(pattern))):
        if path.stem in paths:
            raise ValueError(f"Two records are called {path.stem}: {paths[path.stem]}.hea and {path}.")
        paths[path.stem] = str(path.with_suffix(""))
    if not paths:
        raise ValueError(f"{root} holds no record: there is no file like {pattern} in it.")
    return paths


def match_records(names, paths, faults, *, source, unlisted="raise"):
    """Return the rows of `names` that have a record, and the paths of those records.

    A name without a record is added to the faults. A record without a name is added to the
    faults, too, unless `unlisted` is "ignore".
    """
    check_once(names, source)
    seen = set(names)
    similar = {bare(name): name for name in paths} if seen - set(paths) else {}
    rows = []
    for row, name in enumerate(names):
        if name in paths:
            rows.append(row)
        else:
            hint = hint_of(name, similar.get(bare(name)))
            faults.add(f"{source} gives a label to record {name}, of which there is no header file{hint}")
    if unlisted == "raise":
        for name in sorted(set(paths) - seen):
            faults.add(f"{paths[name]}.hea: {source} gives no label to this record.")
    return rows, [paths[names[row]] for row in rows]


def check_once(names, source):
    """Raise ValueError if names of a table are there twice."""
    seen, twice = set(), {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    if twice:
        are = f"record {next(iter(twice))} is" if len(twice) == 1 else f"{len(twice)} records are"
        listed = "" if len(twice) == 1 else f": {join_names(list(twice), 10)}"
        raise ValueError(f"{source}: {are} there twice{listed}.")


def bare(name):
    """Return a name without what reading a table as numbers changes (leading zeros, ".0"), in lower case."""
    return str(name).removesuffix(".0").lstrip("0").lower()


def hint_of(name, other):
    """Return the end of the message, which suggests the name that was probably meant."""
    if other is None:
        return "."
    lost = " Zeros in front get lost where names are read as numbers: read them as text."
    return f"; is {other} meant?" + (lost if other.startswith("0") else "")


def read_csv(path, *, largest=2**31, **options):
    """Return a csv file as a table; raise ValueError if pandas cannot read the file, or it is larger than `largest`."""
    import pandas as pd

    try:
        with open_table(path, largest) as file:
            return pd.read_csv(file, **options)
    except (ValueError, OSError, OverflowError) as error:  # pandas raises subclasses of ValueError
        raise ValueError(f"{path} cannot be read as a table: {error}") from error


def join_names(names, most=30):
    """Return names for a message, at most 30 of them."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def table_of_names(names):
    """Return a table without columns, whose index is the record names."""
    import pandas as pd

    return pd.DataFrame(index=pd.Index(names, name="record"))

"""What the readers of data sets share."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from sklearn.utils import Bunch


def find_home(data_home, name, landmark, *, title, url):
    """Return the folder of a data set after checking that it holds the file `landmark`.

    Parameters
    ----------
    data_home : path-like or None
        The folder; by default `name` in the folder that the environment variable SKECG_DATA
        names, itself by default `~/skecg_data`.
    name : str
        Name of the set's default folder.
    landmark : str
        A file or a pattern of files that every copy of the set has at its top.
    title, url : str
        What the set is called and where it comes from, for the message.

    Raises
    ------
    ValueError
        If there is no such folder or it lacks the landmark. The message says what to put
        where, or which folder above or below it is the right one.
    """
    home = default_home(name) if data_home is None else Path(data_home).expanduser()
    if next(home.glob(landmark), None):
        return home
    fault = f"{home} is not a copy of {title}: it has no {landmark}" if home.is_dir() else f"there is no folder {home}"
    elsewhere = [folder for folder in _around(home) if next(folder.glob(landmark), None)]
    if elsewhere:
        advice = f"{elsewhere[0]} has one; give that folder as data_home."
    else:
        advice = f"Download the set from {url} and give the folder that holds {landmark} as data_home."
    raise ValueError(f"{fault[0].upper()}{fault[1:]}. {advice}")


def default_home(name):
    """Return the default folder of a data set."""
    return Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / name


def _around(home):
    """Yield the folders in which one would look next: one or two below, then above."""
    if home.is_dir():
        for depth in ("*/", "*/*/"):
            yield from sorted(home.glob(depth))[:100]
    yield from list(home.parents)[:2]


def make_bunch(data, target, *, return_X_y, **rest):
    """Return `(data, target)`, or all of it as a Bunch."""
    return (data, target) if return_X_y else Bunch(data=data, target=target, **rest)


class Faults:
    """What was wrong with single records: raised at once, or gathered into one warning.

    Parameters
    ----------
    on_error : {"raise", "warn"}
    """

    def __init__(self, on_error):
        self.raises = on_error == "raise"
        self.messages = []

    def add(self, message):
        """Raise the fault, or note it."""
        if self.raises:
            raise ValueError(message)
        self.messages.append(message)

    def warn(self, n_records, *, stacklevel=3):
        """Warn once of all that was noted, naming what was skipped.

        Raises
        ------
        ValueError
            If nothing is left of the records.
        """
        if not self.messages:
            return
        shown = " ".join(self.messages[:10])
        more = f" And {len(self.messages) - 10} more." if len(self.messages) > 10 else ""
        if len(self.messages) >= n_records:
            raise ValueError(f"None of the {n_records} records could be read. {shown}{more}")
        warnings.warn(f"Skipped {len(self.messages)} of {n_records} records. {shown}{more}", stacklevel=stacklevel)

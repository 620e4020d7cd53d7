"""The statements of PTB-XL with plain names."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

__all__ = ["describe_statements"]

_FLAGS = "diagnostic", "form", "rhythm"
_SUPERCLASSES = {  # the labels of task="superdiagnostic" that are not statements themselves
    "CD": "conduction disturbance",
    "HYP": "hypertrophy or enlargement",
    "MI": "infarction",
    "STTC": "ST-T changes",
}


def describe_statements():
    """Return the 71 statements of PTB-XL: plain names, groups and classes.

    Returns
    -------
    statements : pandas.DataFrame
        One row for each statement, with its SCP-ECG code as index, sorted by code. `name` is plain English in words of
        skecg; `diagnostic`, `form` and `rhythm` say which groups the statement belongs to (four belong to two groups);
        `superclass` and `subclass` are those of diagnostic statements, and None for the others.

    See Also
    --------
    fetch_ptbxl : Load the data set; its parameter `task` selects a group or a class of statements.

    Notes
    -----
    Codes, groups and classes are those of PTB-XL [1]_ (CC BY 4.0), whose codes follow SCP-ECG (ISO 11073-91064).

    References
    ----------
    .. [1] P. Wagner et al., "PTB-XL, a large publicly available electrocardiography dataset", Scientific Data 7,
       154 (2020).

    Examples
    --------
    >>> from skecg.datasets import describe_statements
    >>> statements = describe_statements()
    >>> statements.loc["LAFB"].to_dict()  # doctest: +NORMALIZE_WHITESPACE
    {'name': 'left anterior fascicular block', 'diagnostic': True, 'form': False, 'rhythm': False, 'superclass': 'CD',
     'subclass': 'LAFB/LPFB'}
    >>> statements["rhythm"].sum()
    np.int64(12)
    """
    import pandas as pd

    rows = [
        {"name": row["name"]}
        | {flag: row[flag] == "1" for flag in _FLAGS}
        | {level: row[level] or None for level in ("superclass", "subclass")}
        for row in _rows()
    ]
    return pd.DataFrame(rows, index=pd.Index([row["code"] for row in _rows()], name="code"))


def plain_name(label):
    """Return the plain name of a statement or a superclass of PTB-XL; None for any other label.

    Parameters
    ----------
    label : object

    Returns
    -------
    name : str or None
    """
    return _names().get(str(label))


@cache
def _names():
    return _SUPERCLASSES | {row["code"]: row["name"] for row in _rows()}


@cache
def _rows():
    text = (files(__package__) / "statements.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))

"""Tables and numbers of a report."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DASH, SPACE = "\N{EN DASH}", "\N{NO-BREAK SPACE}"


class Table(NamedTuple):
    """A table of a report; the first cell of a row is the name of the row."""

    caption: str
    columns: list
    rows: list
    note: str = ""


def number(value, digits=3):
    """Return a number as text; a dash if the number is undefined."""
    return DASH if value is None or np.isnan(value) else f"{value:z.{digits}f}"


def with_interval(row):
    """Return estimate and interval of a row of `report` as two lines of text."""
    if np.isnan(row["estimate"]):
        return DASH
    return f"{number(row['estimate'])}\n{number(row['low'])} to {number(row['high'])}"


def share(part, whole):
    """Return a count and its share as text."""
    return f"{part:,}{SPACE}({part / whole:.0%})".replace("%", f"{SPACE}%") if whole else f"{part:,}"


def count(n, word):
    """Return a number and the word for what is counted."""
    return f"{n:,} {word}{'s' * (n != 1)}"

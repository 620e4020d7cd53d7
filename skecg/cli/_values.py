"""Turn the texts of options into values."""

import argparse
from pathlib import Path

from .._near import hint

OBJECTIVES = ("f1", "g_mean", "youden", "sensitivity")  # of TunedLabelThresholds, which needs no import here
# They would hold text under the name of another format.
_NO_TABLES = ".xls", ".xlsb", ".xlsm", ".ods", ".numbers", ".doc", ".docx", ".pdf", ".json", ".parquet", ".html"


def one_of(*choices):
    """Return a function that returns a text if it is one of the choices."""

    def choose(text):
        if text not in choices:
            listed = ", ".join(choices)
            raise argparse.ArgumentTypeError(f"invalid choice: {text!r}; choose from {listed}{hint(text, choices)}")
        return text

    return choose


def count(text):
    """Return an integer from 0 on."""
    if not int(text) >= 0:
        raise argparse.ArgumentTypeError(f"{text} is no number of things: give 0 or more")
    return int(text)


def from_one(text):
    """Return an integer from 1 on."""
    if not int(text) >= 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of labels: give 1 or more")
    return int(text)


def folds(text):
    """Return an integer from 2 on."""
    if not int(text) >= 2:
        raise argparse.ArgumentTypeError(f"{text} is no number of folds: give 2 or more")
    return int(text)


def share(text):
    """Return a share from 0 up to, but not including, 1."""
    if not 0 <= float(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share: give a number from 0 up to, but not including, 1")
    return float(text)


def threshold(text):
    """Return a probability, or a list of those that commas separate."""
    values = [float(part) for part in text.split(",")]
    if not all(0 <= value <= 1 for value in values):
        raise argparse.ArgumentTypeError(f"{text} is no threshold: give a probability from 0 to 1")
    return values if len(values) > 1 else values[0]


def objective(text):
    """Return what a threshold maximises, and the sensitivity that it must reach."""
    name, separator, wanted = text.partition("=")
    name = one_of(*OBJECTIVES)(name)
    if separator and name != "sensitivity":
        raise argparse.ArgumentTypeError(f"{text}: only sensitivity takes a number, as in sensitivity=0.95")
    if not 0 < float(wanted or 0.9) <= 1:
        raise argparse.ArgumentTypeError(f"{wanted} is no sensitivity: give a number above 0, up to 1")
    return name, float(wanted or 0.9)


def seed(text):
    """Return a seed that NumPy accepts."""
    if not 0 <= int(text) < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not a seed: give an integer from 0 to 2**32 - 1")
    return int(text)


def rate(text):
    """Return a positive rate."""
    if not 0 < float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a rate: give a positive number, in Hz")
    return float(text)


def positive(text):
    """Return a number above 0."""
    if not 0 < float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return float(text)


def band(text):
    """Return two edges in Hz, of which one may be None."""
    low, separator, high = text.partition(",")
    if not separator or not (low or high):
        raise argparse.ArgumentTypeError(f"{text} is no band: give LOW,HIGH in Hz; one of them may be missing")
    return tuple(positive(edge) if edge else None for edge in (low, high))


def names(text):
    """Return the names that commas separate."""
    return [name.strip() for name in text.split(",") if name.strip()]


def table(text):
    """Return the path of a table to write."""
    path = Path(text)
    if path.suffix.casefold() in _NO_TABLES:
        raise argparse.ArgumentTypeError(f"{text}: no table is written as {path.suffix}; name a .csv or an .xlsx")
    return path

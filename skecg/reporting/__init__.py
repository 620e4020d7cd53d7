"""Tables for a paper: scores with intervals, for all patients and subgroups, and comparisons of two models."""

from ._tables import compare, report

__all__ = ["compare", "report"]

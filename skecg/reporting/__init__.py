"""Tables for a paper: scores with intervals, for all patients and subgroups, and comparisons of two models."""

from ..metrics._report import compare, report

__all__ = ["compare", "report"]

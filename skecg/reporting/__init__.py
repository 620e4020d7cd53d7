"""Reports: scores with intervals for all patients and subgroups, comparisons of two models, and a page to send."""

from ..metrics._report import compare, report
from ._html import to_html

__all__ = ["compare", "report", "to_html"]

"""Reports: scores with intervals for all patients and subgroups, comparisons of two models, and a page to send."""

from ._html import to_html
from ._tables import compare, report

__all__ = ["compare", "report", "to_html"]

"""The container of skecg: many ECGs of any length, with a table of metadata."""

from .buffer import STANDARD_LEADS
from .record import ECGRecord
from .records import ECGRecords

__all__ = ["STANDARD_LEADS", "ECGRecord", "ECGRecords"]

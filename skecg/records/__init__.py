"""The container of skecg: many ECGs of any length, with what is known of each."""

from ._buffer import STANDARD_LEADS
from ._record import ECGRecord
from ._records import ECGRecords

__all__ = ["STANDARD_LEADS", "ECGRecord", "ECGRecords"]

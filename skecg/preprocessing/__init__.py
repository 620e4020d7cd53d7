"""Steps of a pipeline, records to records."""

from ._crop import ECGCrop
from ._filter import ECGFilter
from ._normalize import Normalize

__all__ = ["ECGCrop", "ECGFilter", "Normalize"]

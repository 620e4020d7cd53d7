"""Pipeline steps that turn records into records."""

from ._baseline import RemoveBaseline
from ._crop import ECGCrop
from ._filter import ECGFilter
from ._leads import SelectLeads
from ._normalize import Normalize
from ._resample import ECGResample

__all__ = ["ECGCrop", "ECGFilter", "ECGResample", "Normalize", "RemoveBaseline", "SelectLeads"]

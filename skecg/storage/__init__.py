"""Save ECGRecords in a folder and open them as a memory map: opening is fast, and sets may exceed the memory."""

from ._open import open_records
from ._save import save_records
from ._transform import transform_records

__all__ = ["open_records", "save_records", "transform_records"]

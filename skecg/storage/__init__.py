"""ECGRecords in a folder, opened as a memory map: sets larger than the memory, at no cost to open."""

from ._open import open_records
from ._save import save_records
from ._transform import transform_records

__all__ = ["open_records", "save_records", "transform_records"]

"""Steps of a pipeline, records to records."""

from ._crop import ECGCrop

__all__ = ["ECGCrop"]

"""Steps of a pipeline, records to records."""

__all__ = []

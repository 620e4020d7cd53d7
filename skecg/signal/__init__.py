"""Pure functions on arrays `(..., n_times)`, numpy and scipy only."""

from .windowing import crop, pad, unpadded_lengths

__all__ = ["crop", "pad", "unpadded_lengths"]

"""The check of a sampling rate that all functions share."""

import math
from numbers import Real


def check_rate(fs: float, name: str = "fs") -> None:
    """Raise a ValueError unless a rate is a positive number."""
    if isinstance(fs, bool) or not isinstance(fs, Real) or not 0 < fs < math.inf:
        raise ValueError(f"{name} must be a sampling rate in Hz, a positive number; got {fs!r}.")

"""A signal from a file that is a table of numbers and no more."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

_APART = 0.01  # relative difference from the rate that the rounding of printed times explains


@dataclass
class TableSignal:
    """A signal, and what its file says of it."""

    signal: np.ndarray  # (n_leads, n_times)
    leads: list[str] = field(default_factory=list)  # empty if the file does not name them
    unit: str | None = None
    rates: tuple[float, ...] = ()  # Hz; several if the file leaves its unit of time open
    age: object = None
    sex: object = None

    def check_rate(self, fs):
        """Raise ValueError if the file means another rate."""
        if self.rates and not any(abs(rate / fs - 1) <= _APART for rate in self.rates):
            listed = " or ".join(f"{rate:g}" for rate in self.rates)
            raise ValueError(f"the file has times or a rate of {listed} Hz, but file_fs is {fs:g} Hz")

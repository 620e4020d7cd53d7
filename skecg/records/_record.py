"""One ECG, and the drawing that a notebook shows of it."""

import html
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class ECGRecord:
    """One ECG.

    Parameters
    ----------
    signal : ndarray of shape (n_leads, n_times)
        The voltages in mV, float32.
    fs : float
        Sampling rate in Hz.
    leads : tuple of str
        Names of the leads, in the order of the rows of `signal`.
    metadata : dict, default={}
        What else is known: age, sex, patient_id, ...

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecord
    >>> record = ECGRecord(np.zeros((2, 500), np.float32), fs=250.0, leads=("I", "II"))
    >>> record.duration
    2.0
    """

    signal: np.ndarray
    fs: float
    leads: tuple[str, ...]
    metadata: dict = field(default_factory=dict)

    @property
    def duration(self):
        """Length of the recording in seconds."""
        return self.signal.shape[1] / self.fs

    def __repr__(self):
        n_leads, n_times = self.signal.shape
        known = ", ".join(f"{key}={value}" for key, value in self.metadata.items())
        return f"ECGRecord({n_leads} leads, {n_times} samples at {self.fs:g} Hz{known and '; ' + known})"

    def _repr_html_(self):
        return f"<figure>{draw_svg(self)}<figcaption>{html.escape(repr(self))}</figcaption></figure>"


def draw_svg(record, width=480, height=80):
    """Draw the first lead as one polyline of at most 960 points."""
    signal = np.nan_to_num(record.signal[0])
    if not len(signal):
        return ""
    signal = signal[:: max(1, len(signal) // 960)]
    low, high = float(signal.min()), float(signal.max())
    x = np.linspace(0, width, len(signal))
    y = height * (high - signal) / ((high - low) or 1.0)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="lead {html.escape(record.leads[0])}"><polyline points="{points}" fill="none" '
        'stroke="currentColor" stroke-width="1"/></svg>'
    )

"""One ECG."""

import html
from dataclasses import dataclass, field

import numpy as np

from ._html import draw_svg


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
        Further values of the record: age, sex, patient_id, ...
    name : str, default=None
        The name, as in the index of the metadata of `ECGRecords`.

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
    name: str | None = None

    @property
    def duration(self):
        """Length of the recording in seconds."""
        return self.signal.shape[1] / self.fs

    def __repr__(self):
        n_leads, n_times = self.signal.shape
        name = "" if self.name is None else f"{self.name!r}, "
        fields = ", ".join(f"{key}={_plain(value)}" for key, value in self.metadata.items())
        return f"ECGRecord({name}{n_leads} leads, {n_times} samples at {self.fs:g} Hz{fields and '; ' + fields})"

    def _repr_html_(self):
        return f"<figure>{draw_svg(self)}<figcaption>{html.escape(repr(self))}</figcaption></figure>"


def _plain(value):
    return f"{value:g}" if isinstance(value, float) else value

"""The samples of the usual beat as a table."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval
from ..signal.delineation import AFTER, BEFORE
from ._average import FS, usual_beats
from ._base import BaseTable


class MedianBeat(BaseTable):
    """Take the samples of the median beat, the shape of P, QRS and T in every lead.

    R peaks are found in all leads together; the median is over the beats of a record, premature ones
    left out. It is the beat that `BeatFeatures` measures: boosted trees that see the samples too find what
    has no name among the measures.

    Parameters
    ----------
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` supply their own, also different ones.
    leads : sequence of str, default=None
        Names of the leads of a plain array. `ECGRecords` supply their own. By default twelve
        leads are the standard ones, others "lead 0", "lead 1", ...
    before : float, default=0.4
        Seconds before the R peak, 0 to 5.
    after : float, default=0.7
        Seconds after it, 0.01 to 5.
    rate : float, default=25.0
        Samples of the table in a second, at most 500. They are taken from the beat at 500 Hz without a
        further filter, the R peak among them.

    Attributes
    ----------
    leads_ : tuple of str
        Names of the leads.
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    See Also
    --------
    BeatFeatures : Intervals and amplitudes of the same beat, and the rhythm.
    skecg.signal.average_beats : The median, of arrays.

    Notes
    -----
    A column is named by its lead and its time in milliseconds from the R peak: "V1 -80 ms". Voltages are in mV,
    above 0.5 Hz. Records without beats are NaN.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import MedianBeat
    >>> ecg = make_ecg(20, classes=["NORM", "LBBB"], random_state=0)
    >>> table = MedianBeat().set_output(transform="pandas").fit_transform(ecg.data)
    >>> table.shape
    (20, 336)
    >>> bool((table["V1 0 ms"][ecg.target == "LBBB"] < 0).all())  # the block's deep S wave
    True
    """

    _parameter_constraints: dict = {
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "leads": ["array-like", None],
        "before": [Interval(Real, 0, 5, closed="both")],
        "after": [Interval(Real, 0.01, 5, closed="both")],
        "rate": [Interval(Real, 0, FS, closed="right")],
    }

    def __init__(self, fs=None, leads=None, *, before=BEFORE, after=AFTER, rate=25.0):
        self.fs = fs
        self.leads = leads
        self.before = before
        self.after = after
        self.rate = rate

    def _names(self, leads):
        milliseconds = self._places() * 1000 / FS
        return [f"{lead} {time:.0f} ms" for lead in leads for time in milliseconds]

    def _measure(self, block, fs):
        beats, _, _ = usual_beats(block, fs, before=self.before, after=self.after)
        return beats[..., self._places() + round(self.before * FS)].reshape(len(block), -1)

    def _places(self):
        """Return the samples at 500 Hz, counted from the R peak; those at the ends belong to the beat."""
        first, last = -round(self.before * FS), round(self.after * FS) - 1
        step = FS / self.rate
        steps = np.arange(np.ceil(first / step), np.floor(last / step) + 1)
        return np.round(steps * step).astype(int)

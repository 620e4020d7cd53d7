"""Return the samples of the median beat as a table."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval
from ..signal.delineation import AFTER, BEFORE
from ._average import FS, median_beats
from ._base import BaseTable


class MedianBeat(BaseTable):
    """Return the samples of the median beat: the shape of P, QRS and T in each lead.

    `MedianBeat` finds R peaks in all leads together, and computes the median of the beats of a record, without
    premature beats. `BeatFeatures` measures the same beat: with the samples as further columns, boosted trees can use
    shapes that no column of `BeatFeatures` describes.

    Parameters
    ----------
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` have their own rates, which may differ.
    leads : sequence of str, default=None
        Names of the leads of a plain array. `ECGRecords` have their own names. By default the standard names
        for twelve leads, else "lead 0", "lead 1", ...
    before : float, default=0.4
        Seconds before the R peak, 0 to 5.
    after : float, default=0.7
        Seconds after the R peak, 0.01 to 5.
    rate : float, default=25.0
        Samples per second in the table, at most 500. The samples are taken from the beat at 500 Hz without a
        further filter, and include the R peak.

    Attributes
    ----------
    leads_ : tuple of str
        Names of the leads.
    method_ : int
        How R peaks and waves are found; a step of an earlier version of skecg, which found them in another way, warns.
    n_features_in_ : int
        Number of leads of the training data; number of samples if it was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads of the training data, if it was `ECGRecords`.

    See Also
    --------
    BeatFeatures : Intervals and amplitudes of the same beat, and the rhythm.
    skecg.signal.average_beats : The median beat from arrays.

    Notes
    -----
    The name of a column gives its lead and its time from the R peak in milliseconds: "V1 -80 ms". Voltages are in mV,
    high-pass filtered at 0.5 Hz. The row of a record without beats is NaN.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import MedianBeat
    >>> ecg = make_ecg(20, classes=["NORM", "LBBB"], random_state=0)
    >>> table = MedianBeat().set_output(transform="pandas").fit_transform(ecg.data)
    >>> table.shape
    (20, 336)
    >>> bool((table["V1 0 ms"][ecg.target == "LBBB"] < 0).all())  # the deep S wave of the bundle branch block
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
        beats, _, _ = median_beats(block, fs, before=self.before, after=self.after)
        return beats[..., self._places() + round(self.before * FS)].reshape(len(block), -1)

    def _places(self):
        """Return the samples at 500 Hz, counted from the R peak; all lie within the beat."""
        first, last = -round(self.before * FS), round(self.after * FS) - 1
        step = FS / self.rate
        steps = np.arange(np.ceil(first / step), np.floor(last / step) + 1)
        return np.round(steps * step).astype(int)

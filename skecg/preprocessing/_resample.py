"""The step that brings all records to one sampling rate."""

from dataclasses import replace
from fractions import Fraction
from numbers import Real

from .._scikit_learn import Interval
from ..signal.resampling import rate_ratio, resample, resampled_length
from .base import BaseStep
from .form import OverTime


class ECGResample(BaseStep):
    """Resample every record to the same sampling rate.

    `transform` resamples each record from its own rate, by an exact rational ratio with a
    polyphase filter. The filter extends a signal at its ends by the straight line through its
    first and last sample, so that an offset or a drift causes no ringing there.

    Parameters
    ----------
    target_fs : float, default=100
        The new rate in Hz. Strodthoff et al. (2021) found no gain from more than 100 Hz for
        networks.
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` supply their own.

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Notes
    -----
    `transform` returns the values of `scipy.signal.resample_poly(..., padtype="line")`.

    References
    ----------
    N. Strodthoff et al., "Deep learning for ECG analysis: benchmarks and insights from
    PTB-XL", IEEE Journal of Biomedical and Health Informatics 25 (2021) 1519-1528.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.preprocessing import ECGResample
    >>> records = ECGRecords([np.ones((1, 5000)), np.ones((1, 3600))], fs=[500, 360])
    >>> ECGResample(target_fs=100).fit_transform(records)
    ECGRecords(2 records, 1 lead, 1000 samples, 100 Hz)
    """

    _parameter_constraints: dict = {
        "target_fs": [Interval(Real, 0, None, closed="neither")],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, target_fs=100, fs=None):
        self.target_fs = target_fs
        self.fs = fs

    def _check_rate(self, fs):
        rate_ratio(fs, self.target_fs)

    def form_out(self, form):
        """Return the form of a signal after resampling.

        Parameters
        ----------
        form : Form
            The form of a signal.

        Returns
        -------
        form_out : Form
            The same form with the new length and rate. The new rate is set even if the rate of
            the signal is None.
        """
        fs = self._own_rate(form)
        if fs is None:
            return replace(form, n_times=None, fs=float(self.target_fs))
        ratio = rate_ratio(fs, self.target_fs)
        n_times = None if form.n_times is None else resampled_length(form.n_times, *ratio)
        return replace(form, n_times=n_times, fs=float(Fraction(fs) * Fraction(*ratio)))

    def operation(self, form):
        """Describe the resampling as a linear function of time.

        Parameters
        ----------
        form : Form
            The form of a signal. Its rate or `fs` of the step must not be None.

        Returns
        -------
        operation : OverTime
        """
        up, down = rate_ratio(self._own_rate(form), self.target_fs)
        return OverTime(apply=lambda block: resample(block, up, down), stride=down / up)

    def _transform_block(self, block, form):
        return resample(block, *rate_ratio(form.fs, self.target_fs))

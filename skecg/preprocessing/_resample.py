"""One sampling rate for all records."""

from dataclasses import replace
from fractions import Fraction
from numbers import Real

from .._scikit_learn import Interval
from ..signal.resampling import rate_ratio, resample, resampled_length
from .base import BaseStep
from .form import OverTime


class ECGResample(BaseStep):
    """Bring every record to the same sampling rate.

    Polyphase resampling by an exact rational ratio, record by record from its own rate.
    Beyond its ends a signal is continued by the straight line through its first and last
    sample, so that an offset or a drift makes no ringing there.

    Parameters
    ----------
    target_fs : float, default=100
        The new rate in Hz. No gain from more than 100 Hz is known for networks
        (Strodthoff et al. 2021).
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
    The values are those of `scipy.signal.resample_poly(..., padtype="line")`.

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
        """Say what becomes of length and rate.

        Parameters
        ----------
        form : Form
            The form of a signal.

        Returns
        -------
        form_out : Form
            With the new rate, which is known even if the rate of the signal is not.
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
            The form of a signal; the rate must be known, here or as `fs` of the step.

        Returns
        -------
        operation : OverTime
        """
        up, down = rate_ratio(self._own_rate(form), self.target_fs)
        return OverTime(apply=lambda block: resample(block, up, down), stride=down / up)

    def _transform_block(self, block, form):
        return resample(block, *rate_ratio(form.fs, self.target_fs))

"""The step that keeps or removes a frequency band."""

from numbers import Integral, Real

from .._scikit_learn import Interval, StrOptions
from ..signal.filtering import BANDS, FILTERS, apply_filter, design_filter
from .base import BaseStep
from .form import OverTime


class ECGFilter(BaseStep):
    """Keep or remove a frequency band with a Butterworth filter.

    Parameters
    ----------
    kind : {"bandpass", "lowpass", "highpass", "notch", "diagnostic", "pediatric", "monitoring"}, default="bandpass"
        A band-pass keeps the frequencies between `low` and `high`; a notch removes them. A low-pass
        uses only `high`; a high-pass uses only `low`. The last three are band-passes with the edges that the American
        Heart Association recommends (Kligfield et al. 2007), and ignore `low` and `high`: "diagnostic" 0.05 to
        150 Hz, "pediatric" 0.05 to 250 Hz, "monitoring" 0.5 to 40 Hz.
    low : float, default=0.5
        Lower edge in Hz.
    high : float, default=40.0
        Upper edge in Hz. The default is valid at every common rate: a signal sampled at 100 Hz
        contains no frequencies above 50 Hz.
    order : int, default=2
        Order of the underlying low-pass; the default is that of Marques & Oliveira (2025). A
        band-pass or notch has twice as many poles.
    zero_phase : bool, default=True
        Whether to filter forward and backward. This shifts no wave and doubles every attenuation
        in dB: 6 instead of 3 at the edges. If False, the filter is causal and suits streams.
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` supply their own.

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Raises
    ------
    ValueError
        In `fit` and `transform`, if an edge is not below half the rate of every record, if `low`
        is not below `high`, if a notch is wider than an octave, or if X is a plain array and
        `fs` is None.

    Notes
    -----
    A zero-phase filter extends the signal at both ends with odd padding and returns the values of
    `scipy.signal.sosfiltfilt`. It pads less where the signal is too short for the full padding.

    A band up to 40 Hz takes 7 % off the height of QRS (median over the leads of LUDB). Use "diagnostic" where
    amplitudes matter, at 500 Hz or another rate above 300 Hz.

    References
    ----------
    P. Kligfield et al., "Recommendations for the standardization and interpretation of the
    electrocardiogram, part I", Circulation 115 (2007) 1306-1324.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.preprocessing import ECGFilter
    >>> time = np.arange(5000) / 500
    >>> mains = np.sin(2 * np.pi * 50 * time)[None, None]
    >>> notch = ECGFilter("notch", low=48, high=52)
    >>> filtered = notch.fit_transform(ECGRecords(mains, fs=500))
    >>> bool(np.abs(filtered.to_array()[..., 1000:4000]).max() < 0.001)
    True
    """

    _parameter_constraints: dict = {
        "kind": [StrOptions({*FILTERS, *BANDS})],
        "low": [Interval(Real, 0, None, closed="neither")],
        "high": [Interval(Real, 0, None, closed="neither")],
        "order": [Interval(Integral, 1, None, closed="left")],
        "zero_phase": ["boolean"],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, kind="bandpass", low=0.5, high=40.0, order=2, zero_phase=True, fs=None):
        self.kind = kind
        self.low = low
        self.high = high
        self.order = order
        self.zero_phase = zero_phase
        self.fs = fs

    def _check_rate(self, fs):
        self._design(fs)

    def _design(self, fs):
        return design_filter(self.kind, fs, low=self.low, high=self.high, order=self.order)

    def operation(self, form):
        """Describe the filter as a linear function of time.

        Parameters
        ----------
        form : Form
            The form of a signal.

        Returns
        -------
        operation : OverTime
        """
        return OverTime(apply=lambda block: self._filter(block, self._own_rate(form)))

    def _transform_block(self, block, form):
        return self._filter(block, form.fs)

    def _filter(self, block, fs):
        return apply_filter(block, self._design(fs), zero_phase=self.zero_phase)

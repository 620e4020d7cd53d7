"""The step that keeps or removes a frequency band."""

from numbers import Integral, Real

from .._scikit_learn import Interval, StrOptions
from ..signal.filtering import BANDS, FILTERS, apply_filter, design_filter
from ..signal.mains import check_mains, remove_mains
from .base import BaseStep
from .form import OverTime

MAINS = {"mains_50": 50.0, "mains_60": 60.0}  # Hz


class ECGFilter(BaseStep):
    """Keep or remove a frequency band with a Butterworth filter.

    Parameters
    ----------
    kind : {"bandpass", "lowpass", "highpass", "notch", "diagnostic", "pediatric", "monitoring", "mains_50", \
"mains_60"}, default="bandpass"
        A band-pass keeps the frequencies between `low` and `high`; a notch removes them. A low-pass
        uses only `high`; a high-pass uses only `low`. The others ignore `low` and `high`. Three are band-passes with
        the edges that the American Heart Association recommends (Kligfield et al. 2007): "diagnostic" 0.05 to 150 Hz,
        "pediatric" 0.05 to 250 Hz, "monitoring" 0.5 to 40 Hz. "mains_50" and "mains_60" subtract the hum of mains of
        50 or 60 Hz with `skecg.signal.remove_mains`, which does not ring at the ends as a notch does.
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
        In `fit` and `transform`, if an edge or the mains frequency is not below half the rate of every record, if `low`
        is not below `high`, if a notch is wider than an octave, if the hum of mains is to be removed without
        `zero_phase`, or if X is a plain array and `fs` is None.

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
        "kind": [StrOptions({*FILTERS, *BANDS, *MAINS})],
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
        if self.kind not in MAINS:
            self._design(fs)
        elif not self.zero_phase:
            raise ValueError(f"kind={self.kind!r} uses the whole record and is not causal; zero_phase must be True.")
        else:
            check_mains(fs, MAINS[self.kind])

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
        if self.kind in MAINS:
            return remove_mains(block, fs, MAINS[self.kind])
        return apply_filter(block, self._design(fs), zero_phase=self.zero_phase)

"""The step that removes baseline wander."""

from numbers import Real

from .._scikit_learn import Interval, StrOptions
from ..signal.baseline import MEDIAN_DURATIONS, median_baseline, wavelet_baseline
from ..signal.filtering import apply_filter, design_filter
from .base import BaseStep
from .form import OverTime

EARLIER = {"method": "wavelet", "cutoff": None}  # what version 0.1.0 computed by default
EARLIER_HIGHPASS = 0.67  # Hz


class RemoveBaseline(BaseStep):
    """Subtract the slow wander of the baseline.

    Parameters
    ----------
    method : {"highpass", "wavelet", "median"}, default="highpass"
        "highpass": apply a zero-phase Butterworth filter of order 2 at `cutoff`. "wavelet": subtract the db4
        approximation at the level below `cutoff` where the energy of the details has its first local minimum (Marques
        & Oliveira 2025, without the limit). "median": subtract the result of median filters, one after the other
        (de Chazal et al. 2004).
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` supply their own.
    cutoff : float, default=0.5
        Edge of the high-pass, and highest frequency of the wavelet baseline, in Hz. None only for "wavelet": the
        published method, whose baseline has no highest frequency. "median" does not use the cutoff. A zero-phase filter
        may cut up to 0.67 Hz (Kligfield et al. 2007), but 0.5 Hz leaves more of the ST segment.
    durations : sequence of float, default=(0.2, 0.6)
        Duration in s of each median filter; the default is that of de Chazal et al. (2004). Only for "median".

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Raises
    ------
    ValueError
        In `fit` and `transform`, if a duration is not positive, or if `method` needs the rate of a plain array and `fs`
        is None.

    Warns
    -----
    UserWarning
        If the wavelet without a cutoff takes more than the baseline out of a lead.

    Notes
    -----
    "highpass" is the method for ST segments: of 186 leads of LUDB whose ST segment lies 0.1 mV or more from the
    level before QRS, 98 % keep at least 0.8 of it; 34 % after "median". Without a cutoff, "wavelet" takes the whole
    ECG for the baseline of leads with noise.

    Version 0.1.0 had "wavelet" without a cutoff as its default, and a high-pass at 0.67 Hz: files and pickles of that
    version compute the same as before.

    Only "highpass" is linear. The other methods process each lead separately, so Einthoven's law
    (III = II - I) holds only approximately in their output.

    References
    ----------
    J. Marques and A. Oliveira, "Are ECGs enough? Deep learning classification of pulmonary
    embolism using electrocardiograms", arXiv:2503.08960, 2025.

    P. de Chazal, M. O'Dwyer and R. B. Reilly, "Automatic classification of heartbeats using
    ECG morphology and heartbeat interval features", IEEE Transactions on Biomedical Engineering
    51 (2004) 1196-1206.

    P. Kligfield et al., "Recommendations for the standardization and interpretation of the
    electrocardiogram, part I", Circulation 115 (2007) 1306-1324.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.preprocessing import RemoveBaseline
    >>> time = np.arange(5000) / 500
    >>> waves, wander = np.sin(2 * np.pi * 10 * time), np.sin(2 * np.pi * 0.1 * time)
    >>> clean = RemoveBaseline(fs=500).fit_transform([waves + wander])
    >>> bool(np.abs(clean - waves)[:, 1000:-1000].max() < 0.01)
    True
    """

    _parameter_constraints: dict = {
        "method": [StrOptions({"wavelet", "median", "highpass"})],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "cutoff": [Interval(Real, 0, None, closed="neither"), None],
        "durations": ["array-like"],
    }

    def __init__(self, method="highpass", fs=None, cutoff=0.5, durations=MEDIAN_DURATIONS):
        self.method = method
        self.fs = fs
        self.cutoff = cutoff
        self.durations = durations

    def __setstate__(self, state):
        super().__setstate__(self._with_earlier_defaults(state))

    @staticmethod
    def _with_earlier_defaults(params):
        """Complete parameters from a file of version 0.1.0, so that they compute the same as in that version."""
        params = {"durations": MEDIAN_DURATIONS, **params}
        if "cutoff" in params:
            return params
        params = {**EARLIER, **params}
        return params if params["method"] == "wavelet" else {**params, "cutoff": EARLIER_HIGHPASS}

    def _check_rate(self, fs):
        if self.method == "highpass":
            self._design(fs)
        if self.method == "median" and not all(duration > 0 for duration in self.durations):
            raise ValueError(f"durations must be positive numbers of seconds; got {self.durations!r}.")

    def _design(self, fs):
        return design_filter("highpass", fs, low=self.cutoff)

    def operation(self, form):
        """Describe "highpass" as a linear function of time; return None for the other methods, which are not linear.

        Parameters
        ----------
        form : Form
            The form of a signal.

        Returns
        -------
        operation : OverTime or None
        """
        if self.method != "highpass":
            return None
        return OverTime(apply=lambda block: apply_filter(block, self._design(self._own_rate(form))))

    def _transform_block(self, block, form):
        if self.method == "wavelet":
            return block - wavelet_baseline(block, fs=form.fs, highest=self.cutoff)
        if self.method == "median":
            return block - median_baseline(block, form.fs, self.durations)
        return apply_filter(block, self._design(form.fs))

"""The step that removes baseline wander."""

from numbers import Real

from .._scikit_learn import Interval, StrOptions
from ..signal.baseline import median_baseline, wavelet_baseline
from ..signal.filtering import apply_filter, design_filter
from .base import BaseStep
from .form import OverTime

CUTOFF = 0.67  # Hz, the cutoff that Kligfield et al. (2007) recommend for zero-phase filters


class RemoveBaseline(BaseStep):
    """Subtract the slow wander of the baseline.

    Parameters
    ----------
    method : {"wavelet", "median", "highpass"}, default="wavelet"
        "wavelet": subtract the db4 approximation at the level where the energy of the details has
        its first local minimum (Marques & Oliveira 2025, who apply it after a low-pass at 50 Hz).
        "median": subtract the result of a median filter over 0.2 s followed by one over 0.6 s
        (de Chazal et al. 2004). "highpass": apply a zero-phase Butterworth filter of order 2 at
        0.67 Hz (Kligfield et al. 2007).
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` supply their own. "wavelet" does not
        use the rate, but requires it, so that you can exchange the methods.

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Notes
    -----
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
    >>> bool(np.abs(clean - waves)[:, 500:-500].max() < 0.1)
    True
    """

    _parameter_constraints: dict = {
        "method": [StrOptions({"wavelet", "median", "highpass"})],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, method="wavelet", fs=None):
        self.method = method
        self.fs = fs

    def _check_rate(self, fs):
        if self.method == "highpass":
            design_filter("highpass", fs, low=CUTOFF)

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
        return OverTime(apply=lambda block: _high_pass(block, self._own_rate(form)))

    def _transform_block(self, block, form):
        if self.method == "wavelet":
            return block - wavelet_baseline(block)
        if self.method == "median":
            return block - median_baseline(block, form.fs)
        return _high_pass(block, form.fs)


def _high_pass(block, fs):
    return apply_filter(block, design_filter("highpass", fs, low=CUTOFF))

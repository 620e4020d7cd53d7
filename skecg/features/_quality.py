"""Measure the quality of a recording, lead by lead."""

from numbers import Integral, Real

import numpy as np
from scipy import fft
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import Interval
from ..records import ECGRecords
from ..signal.peaks import find_r_peaks_batch
from ._base import BaseTable

INDICES = ("template", "flat", "baseline", "qrs_power", "kurtosis", "skewness")
BEAT = (0.2, 0.3)  # s before and after the R peak: the part of a beat that is compared
LEAST_BEATS = 3
STILL = 0.2  # s; length of the pieces that are tested for any change


class SignalQuality(BaseTable):
    """Measure the quality of each lead, as features or to select records.

    Parameters
    ----------
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` have their own rates, which may differ.
    leads : sequence of str, default=None
        Names of the leads of a plain array. `ECGRecords` have their own names. By default the standard names
        for twelve leads, else "lead 0", "lead 1", ...
    min_template : float, default=0.66
        A good lead has at least this "template" (Orphanidou et al. 2015).
    max_flat : float, default=0.5
        A good lead has at most this value of "flat". The default was chosen for skecg: a lower one would reject a
        low QRS between flat lines.
    max_bad_leads : int, default=0
        Largest number of bad leads in a record that `accepts` accepts.

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

    Notes
    -----
    The table has these columns for each lead:

    - template: mean correlation of the beats with their median, 0.2 s before to 0.3 s after the R peaks of all leads
      (Orphanidou et al. 2015). NaN with fewer than three beats. Many premature beats lower it, too. Alone it
      separates the recordings of the CinC Challenge 2017 with the label "too noisy" from the others with an AUC of
      0.97.
    - flat: share of pieces of 0.2 s in which the signal does not change, as when an electrode has come off.
    - baseline: 1 - power below 1 Hz / power below 40 Hz (basSQI, Clifford et al. 2012); low with wander.
    - qrs_power: power from 5 to 15 Hz / power from 5 to 40 Hz (pSQI, Li et al. 2008); low with muscle noise, high
      with T waves only.
    - kurtosis, skewness: of the samples (kSQI, sSQI, Clifford et al. 2012); 3 and 0 in noise. NaN in a flat lead.

    References
    ----------
    C. Orphanidou et al., "Signal-quality indices for the electrocardiogram and photoplethysmogram", IEEE Journal of
    Biomedical and Health Informatics 19 (2015) 832-838.

    G. D. Clifford et al., "Signal quality indices and data fusion for determining clinical acceptability of
    electrocardiograms", Physiological Measurement 33 (2012) 1419-1433.

    Q. Li, R. G. Mark and G. D. Clifford, "Robust heart rate estimation from multiple asynchronous noisy sources using
    signal quality indices and a Kalman filter", Physiological Measurement 29 (2008) 15-32.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import SignalQuality
    >>> records = make_ecg(3, classes=["NORM"], leads=["II"], random_state=0).data
    >>> signals = np.array(records)
    >>> signals[1] = np.random.default_rng(0).normal(size=signals[1].shape)
    >>> records = records.with_signals(signals)
    >>> quality = SignalQuality().fit(records)
    >>> records[quality.accepts(records)]
    ECGRecords(2 records, 1 lead, 5000 samples, 500 Hz; age, sex, patient_id)
    """

    _parameter_constraints: dict = {
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "leads": ["array-like", None],
        "min_template": [Interval(Real, -1, 1, closed="both")],
        "max_flat": [Interval(Real, 0, 1, closed="both")],
        "max_bad_leads": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, fs=None, leads=None, min_template=0.66, max_flat=0.5, max_bad_leads=0):
        self.fs = fs
        self.leads = leads
        self.min_template = min_template
        self.max_flat = max_flat
        self.max_bad_leads = max_bad_leads

    def accepts(self, X):
        """Return which records are good enough to use.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.

        Returns
        -------
        accepted : ndarray of shape (n_records,), bool
            True for a good record. Select records with `X[quality.accepts(X)]`, and their labels in the same way. A
            lead with fewer than three beats has no "template", so it is not a good lead. Neither is a lead with
            missing values.
        """
        template, flat, missing = self._look_at(X)
        bad = missing | ~(template >= self.min_template) | (flat > self.max_flat)
        return bad.sum(axis=1) <= self.max_bad_leads

    def reasons(self, X):
        """Say of each record which leads are bad, and why.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.

        Returns
        -------
        reasons : list of str
            For each record a text such as "V1: no signal in 80 % of the time; V6: beats differ (0.41)"; an empty text
            if all leads are good.
        """
        return ["; ".join(self._of_record(*of)) for of in zip(*self._look_at(X), strict=True)]

    def _look_at(self, X):
        """Return template and flat of each lead, and whether the lead has missing values, (n_records, n_leads) each."""
        check_is_fitted(self)
        X, missing = _without_gaps(X)
        table = np.asarray(self.transform(X)).reshape(len(X), len(INDICES), len(self.leads_))
        return table[:, 0], table[:, 1], missing

    def _of_record(self, template, flat, missing):
        for lead, similar, still, gap in zip(self.leads_, template, flat, missing, strict=True):
            if gap:
                yield f"{lead}: missing values"
            elif still > self.max_flat:
                yield f"{lead}: no signal in {still:.0%} of the time".replace("%", " %")
            elif np.isnan(similar):
                yield f"{lead}: fewer than {LEAST_BEATS} beats"
            elif similar < self.min_template:
                yield f"{lead}: beats differ ({similar:.2f})"

    def _names(self, leads):
        return [f"{index}_{lead}" for index in INDICES for lead in leads]

    def _measure(self, block, fs):
        moments = _moments(block)
        parts = (_template(block, fs), _flat(block, fs), *_power(block, fs), moments[1], moments[0])
        return np.hstack(parts)


def _without_gaps(X):
    """Return X with zeros in place of missing values, and which leads had some, (n_records, n_leads)."""
    if isinstance(X, ECGRecords):
        missing = np.array([~np.isfinite(signal).all(axis=1) for signal in X.signals])
        if not missing.any():
            return X, missing
        return X.with_signals([np.nan_to_num(signal, posinf=0, neginf=0) for signal in X.signals]), missing
    X = np.asarray(X, np.float32)
    missing = ~np.isfinite(X).all(axis=-1)
    return np.nan_to_num(X, posinf=0, neginf=0), missing[:, None] if X.ndim == 2 else missing


def _template(block, fs):
    """Return the mean correlation of the beats of each lead with their median."""
    out = np.full(block.shape[:2], np.nan)
    around = np.arange(-round(BEAT[0] * fs), round(BEAT[1] * fs))
    found = find_r_peaks_batch(block, fs, reject_noise=False)
    for values, signal, peaks in zip(out, block, found, strict=True):
        inside = peaks[(peaks + around[0] >= 0) & (peaks + around[-1] < signal.shape[1])]
        if len(inside) < LEAST_BEATS:
            continue
        beats = signal[:, inside[:, None] + around]  # (n_leads, n_beats, n_around)
        beats = beats - beats.mean(axis=2, keepdims=True)
        median = np.median(beats, axis=1)
        median -= median.mean(axis=1, keepdims=True)
        size = np.linalg.norm(beats, axis=2) * np.linalg.norm(median, axis=1)[:, None]
        correlation = np.einsum("lbt,lt->lb", beats, median) / np.where(size > 0, size, 1)
        values[:] = correlation.mean(axis=1)
    return out


def _flat(block, fs):
    """Return the share of pieces in which the signal does not change."""
    width = max(2, round(STILL * fs))
    n = block.shape[2] // width
    if not n:
        return (np.ptp(block, axis=2) == 0).astype(float)
    parts = block[:, :, : n * width].reshape(*block.shape[:2], n, width)
    return (np.ptp(parts, axis=3) == 0).mean(axis=2)


def _power(block, fs):
    """Return the indices `baseline` and `qrs_power`."""
    spectrum = fft.rfft(block - block.mean(axis=2, keepdims=True), axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    f = fft.rfftfreq(block.shape[2], 1 / fs)

    def between(low, high):
        return power[:, :, np.searchsorted(f, low) : np.searchsorted(f, high, side="right")].sum(axis=2)

    def share(part, whole):
        return part / np.where(whole > 0, whole, np.nan)

    return 1 - share(between(0, 1), between(0, 40)), share(between(5, 15), between(5, 40))


def _moments(block):
    """Return skewness and kurtosis."""
    deviation = block - block.mean(axis=2, keepdims=True)
    reach = np.abs(deviation).max(axis=2, keepdims=True)
    deviation /= np.where(reach > 0, reach, 1)  # powers of large numbers would overflow
    square = deviation * deviation
    second, third, fourth = square.mean(axis=2), (square * deviation).mean(axis=2), (square * square).mean(axis=2)
    second[np.ptp(block, axis=2) == 0] = np.nan
    return third / second**1.5, fourth / second**2

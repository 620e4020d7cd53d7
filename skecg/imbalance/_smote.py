"""SMOTE for ECGs: new records between two aligned records of a class."""

from numbers import Integral

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils._validation import ArraysTransformer
from scipy.fft import irfft, next_fast_len, rfft
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_array

from .._scikit_learn import Interval, StrOptions, _safe_indexing
from ..records import ECGRecords
from ..records.checks import check_records
from ._base import RecordSampler


class RecordSMOTE(RecordSampler, BaseOverSampler):
    """Make new records of rare classes, each on the line between two neighbouring records.

    As in SMOTE [1]_, a new record is `a + u * (b - a)` with `a` drawn from the class, `b` from its
    nearest neighbours within the class, and u uniform in [0, 1). The beats of two ECGs are not
    aligned, and their mean would be smeared. The sampler therefore first shifts `b` to the lag at which
    all leads together correlate best with `a`.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Number of records of each class after resampling, as in imbalanced-learn and `RecordOverSampler`.
    k_neighbors : int, default=5
        Number of neighbours to draw from, as in [1]_, by Euclidean distance of the signals.
    max_shift : int or "auto", default="auto"
        Maximum shift in samples that aligns two records; the outermost sample fills the ends. "auto" is
        an eighth of the record (our choice: more than half the interval between beats in records of ten
        seconds, and few samples to fill in). 0 does not align, which suits tables and single beats.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of records that are added to each class.
    sample_indices_ : ndarray of shape (n_records_new,)
        Indices of the records of X, then for each new record the index of its first parent `a`, whose
        label and metadata it takes.
    n_features_in_ : int
        Number of leads; for a table, number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    RecordOverSampler : Repeats records as they are, without copying signals.

    Notes
    -----
    A new record has the `patient_id` of its first parent, but contains signal of both parents: a
    split by patient after this step would leak. Use the sampler inside imbalanced-learn's `Pipeline`, and
    hold out records for early stopping before this step. The sampler copies all signals.

    References
    ----------
    .. [1] N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
       over-sampling technique", JAIR 16, 2002.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.imbalance import RecordSMOTE
    >>> X, y = make_ecg(40, classes=["NORM", "PE"], weights=[0.8, 0.2], fs=100, random_state=0, return_X_y=True)
    >>> X_new, y_new = RecordSMOTE(random_state=0).fit_resample(X, y)
    >>> X_new
    ECGRecords(64 records, 12 leads, 1000 samples, 100 Hz; age, sex, patient_id)
    """

    _parameter_constraints: dict = {
        **BaseOverSampler._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "max_shift": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
    }

    def __init__(self, *, sampling_strategy="auto", k_neighbors=5, max_shift="auto", random_state=None):
        super().__init__(sampling_strategy=sampling_strategy)
        self.k_neighbors = k_neighbors
        self.max_shift = max_shift
        self.random_state = random_state

    def _draw(self, y, rng):
        rows = [np.arange(len(y))]
        for label, number in self.sampling_strategy_.items():
            of_label = np.flatnonzero(y == label)
            if number and len(of_label) <= self.k_neighbors:
                raise ValueError(
                    f"Class {label} has {len(of_label)} records, and k_neighbors={self.k_neighbors} neighbours of each "
                    f"need {self.k_neighbors + 1} at least; lower k_neighbors or use RecordOverSampler."
                )
            rows.append(rng.choice(of_label, number))
        return np.concatenate(rows)

    def _check_records(self, X):
        super()._check_records(X)
        if isinstance(X, ECGRecords):
            check_records(self, X, reset=True)
        _dense(X, checked=False)

    def _take(self, X, y, codes, rng):
        signals = _dense(X, checked=True)
        made = self._interpolate(signals, codes, self.sample_indices_[len(signals) :], rng)
        together = np.concatenate([signals, made])
        if isinstance(X, ECGRecords):
            return X[self.sample_indices_].with_signals(together), _safe_indexing(y, self.sample_indices_)
        together = together[:, 0] if np.ndim(X) == 2 else together
        return ArraysTransformer(X, y).transform(together, np.asarray(y)[self.sample_indices_])

    def _interpolate(self, signals, y, starts, rng):
        """Return one new signal for each row in `starts`, (n_new, n_leads, n_times)."""
        made = np.empty((len(starts), *signals.shape[1:]), signals.dtype)
        steps = rng.uniform(size=len(starts)).astype(signals.dtype)
        max_shift = signals.shape[2] // 8 if self.max_shift == "auto" else min(self.max_shift, signals.shape[2] - 1)
        for label in np.unique(y[starts]):
            of_label = np.flatnonzero(y == label)
            flat = signals[of_label].reshape(len(of_label), -1)
            nearest = NearestNeighbors(n_neighbors=self.k_neighbors + 1).fit(flat).kneighbors(return_distance=False)
            for i in np.flatnonzero(y[starts] == label):
                own = np.searchsorted(of_label, starts[i])
                other = of_label[nearest[own, rng.randint(self.k_neighbors)]]
                a = signals[starts[i]]
                made[i] = a + steps[i] * (_aligned(signals[other], a, max_shift) - a)
        return made

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = False
        tags.input_tags.allow_nan = False
        return tags


def _dense(X, *, checked):
    """Return X as a float array (n_records, n_leads, n_times); check arrays for NaN unless already checked."""
    if isinstance(X, ECGRecords):
        if len(np.unique(X.fs)) > 1:
            raise ValueError(
                f"RecordSMOTE needs records of one sampling rate, got {np.unique(X.fs).tolist()} Hz; use ECGResample."
            )
        return X.to_array()
    if hasattr(X, "iloc"):
        X = X.to_numpy()  # to_numpy converts sparse columns, too
    X = check_array(X, dtype=[np.float64, np.float32], allow_nd=True, ensure_all_finite=not checked)
    return X[:, None] if X.ndim == 2 else X


def _aligned(signal, other, max_shift):
    """Shift a signal by the lag of at most `max_shift` samples at which it correlates best with another."""
    if not max_shift:
        return signal
    n_times = signal.shape[1]
    size = next_fast_len(n_times + max_shift, real=True)
    a, b = (part - part.mean(axis=1, keepdims=True) for part in (other, signal))
    products = irfft((rfft(a, size) * np.conj(rfft(b, size))).sum(axis=0), size)
    lags = np.arange(-max_shift, max_shift + 1)
    best = lags[products[lags].argmax()]
    return signal[:, np.clip(np.arange(n_times) - best, 0, n_times - 1)]

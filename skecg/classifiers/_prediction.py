"""The prediction of a network over the windows of records, whatever computes the network."""

import numpy as np

from ..estimators.labels import LogProbabilities
from ..records import ECGRecords
from ..records.checks import check_records
from ..training.data.covariates import encode_covariates
from ..training.data.windows import FixedWindows, signals_of


class WindowedPrediction(LogProbabilities):
    """A mixin of classifiers with `predict_proba` that average over windows.

    The attributes that `fit` of a classifier sets say which windows the network sees: `length_`, `window`,
    `n_windows`, `covariates_`, `fs_` and `classes_`.
    """

    def predict(self, X):
        """Return the most probable class, or every label with a probability above 0.5.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, preprocessed as the signals of `fit`.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
            Classes of the same type as in `fit`, or a 0/1 indicator.
        """
        p = self.predict_proba(X)
        return (p > 0.5).astype(np.int64) if self._is_multilabel() else self.classes_[p.argmax(axis=1)]

    def _windows_of(self, X):
        """Check X, and return the windows of its records."""
        X = check_records(self, X, reset=False)
        self._check_rate(X)
        return FixedWindows(
            signals_of(X),
            length=self.length_,
            window=self.window,
            n_windows=self.n_windows,
            covariates=encode_covariates(X, self.covariates_),
        )

    def _is_multilabel(self):
        return isinstance(self.classes_, list)

    def _check_rate(self, X):
        if isinstance(X, ECGRecords) and self.fs_ is not None and (X.fs != self.fs_).any():
            raise ValueError(
                f"{type(self).__name__} was fitted on records at {self.fs_:g} Hz, got {np.unique(X.fs).tolist()} Hz; "
                "resample them with ECGResample."
            )

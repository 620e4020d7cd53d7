"""The base class of transformers of ECGs, which checks X and its rate once in each call."""

from abc import abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import _fit_context
from ..records import ECGRecords
from ..records.checks import check_records, names_of
from ..records.implausible import looked_at


class CheckedTransformer(TransformerMixin, BaseEstimator):
    """A transformer of ECGs that checks X once in each call.

    A subclass transforms checked signals in `_apply(X)`. A subclass that learns from signals does so in
    `_learn(X)`. `_check_rate` and `_check_leads` raise if the subclass cannot work with a rate or
    with the leads. A transformer that needs the rate has the parameter `fs`.
    """

    _parameter_constraints: dict = {}

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check X and the parameters; a step that learns from data learns here.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.
        y : None
            Ignored.

        Returns
        -------
        self : estimator
            The step itself.
        """
        self._learn(self._check(X, reset=True))
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Fit the step and apply it to the same records, with a single check of the records.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.
        y : None
            Ignored.

        Returns
        -------
        X_out : ndarray, DataFrame or ECGRecords
            What `transform` returns.
        """
        X = self._check(X, reset=True)
        self._learn(X)
        return looked_at(self._apply(X))

    def transform(self, X):
        """Apply the step.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.

        Returns
        -------
        X_out : ndarray, float32, or ECGRecords
            The same form as X: an array of as many dimensions, or `ECGRecords` with correct rates,
            lead names and metadata.

        Raises
        ------
        ValueError
            If X is empty, contains NaN or infinity, or has other leads than the training data;
            or, for a step with `fs`, if the rate is missing or differs from `fs`.
        """
        check_is_fitted(self)
        return self._apply(self._check(X, reset=False))

    def _check(self, X, *, reset):
        """Return X as `check_records` does; raise if the step cannot work with its rates or leads."""
        X = check_records(self, X, reset=reset, same_leads=not self._takes_other_leads())
        self._check_rates(X)
        self._check_leads(names_of(X))
        return X

    def _learn(self, X):
        """Learn from checked signals; by default, learn nothing."""

    @abstractmethod
    def _apply(self, X):
        """Transform checked signals."""

    def _check_rates(self, X):
        """Compare the rates of X with `fs` and with the limits of the step."""
        if not hasattr(self, "fs"):
            return
        name = type(self).__name__
        if isinstance(X, ECGRecords):
            rates = np.unique(X.fs)
            if self.fs is not None and (rates != self.fs).any():
                raise ValueError(
                    f"{name} has fs={self.fs:g} Hz, but the records have {', '.join(f'{fs:g}' for fs in rates)} Hz; "
                    "with fs=None the step takes the rate of each record."
                )
        elif self.fs is None:
            raise ValueError(
                f"{name} needs the sampling rate of a plain array: set fs in Hz, as in {name}(fs=500), "
                "or pass ECGRecords, which hold their rates."
            )
        else:
            rates = np.array([self.fs])
        for fs in rates.tolist():
            self._check_rate(fs)

    def _check_rate(self, fs):
        """Raise if the step cannot work at `fs` Hz."""

    def _check_leads(self, leads):
        """Raise if a lead is missing that the step needs."""

    def _takes_other_leads(self):
        """Return whether `ECGRecords` may have other leads than those of `fit`."""
        return False

    def __sklearn_is_fitted__(self):
        return True  # a step that learns overrides this method

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.requires_fit = not self.__sklearn_is_fitted__()
        return tags

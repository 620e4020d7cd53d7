"""What the steps have in common: the forms of X, the sampling rate, the walk over blocks."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils.validation import check_is_fitted

from ..records import ECGRecords
from ..records._buffer import lead_names
from ._blocks import map_blocks
from ._validation import check_records


def names_of(X):
    """Return the names of the leads; an array of twelve leads has the standard ones."""
    if isinstance(X, ECGRecords):
        return X.leads
    return lead_names(None, X.shape[1] if X.ndim == 3 else 1)


class BaseStep(TransformerMixin, BaseEstimator):
    """A step from records to records that treats every record for itself.

    A step defines `_transform_block(block, fs, leads)` on arrays `(n_records, n_leads, n_times)`
    of one length and one rate. What it changes besides the values it tells in
    `_shape_out`, `_fs_out` and `_leads_out`; what it refuses, in `_check_rate` and
    `_check_leads`. A step that needs the rate has the parameter `fs`.
    """

    _parameter_constraints: dict = {}

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check X and the parameters; there is nothing to learn.

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
        X = check_records(self, X, reset=True)
        self._check_rates(X)
        self._check_leads(names_of(X))
        return self

    def transform(self, X):
        """Apply the step.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.

        Returns
        -------
        X_out : ndarray, float32, or ECGRecords
            The form that X had: an array of as many dimensions, or `ECGRecords` with rates,
            lead names and metadata kept true.

        Raises
        ------
        ValueError
            If X is empty, holds NaN or infinity, or differs in its leads from what `fit`
            saw; or, for a step with `fs`, if the rate is missing or disagrees.
        """
        check_is_fitted(self)
        X = check_records(self, X, reset=False)
        self._check_rates(X)
        self._check_leads(names_of(X))
        if isinstance(X, ECGRecords):
            return self._transform_records(X)
        signals = self._transform_array(X[:, None] if X.ndim == 2 else X)
        return signals[:, 0] if X.ndim == 2 else signals

    def _transform_array(self, X):
        fs, leads = getattr(self, "fs", None), names_of(X)
        out = np.empty((len(X), *self._shape_out(*X.shape[1:], fs)), np.float32)
        for rows, signals in map_blocks(lambda block, _: self._transform_block(block, fs, leads), X):
            out[rows[0] : rows[-1] + 1] = signals
        return out

    def _transform_records(self, records):
        leads = self._leads_out(records.leads)
        rates = np.unique(records.fs)
        lengths = np.array(
            [
                self._shape_out(len(records.leads), length, fs)[1]
                for length, fs in zip(records.lengths.tolist(), records.fs.tolist(), strict=True)
            ]
        )
        ends = np.cumsum(lengths) * len(leads)
        starts = ends - lengths * len(leads)
        buffer = np.empty(ends[-1], np.float32)
        for rows, signals in map_blocks(lambda block, fs: self._transform_block(block, fs, records.leads), records):
            if rows[-1] - rows[0] == len(rows) - 1:  # neighbours, also in the new buffer
                buffer[starts[rows[0]] : ends[rows[-1]]].reshape(signals.shape)[:] = signals
                continue
            for row, signal in zip(rows, signals, strict=True):
                buffer[starts[row] : ends[row]].reshape(signal.shape)[:] = signal
        fs_out = np.array([self._fs_out(fs) for fs in rates.tolist()])[np.searchsorted(rates, records.fs)]
        return ECGRecords.from_buffer(buffer, lengths, fs_out, leads=leads, metadata=records.metadata)

    def _check_rates(self, X):
        """Find the rates of X in Hz, and hold them against `fs` and the step's own limits."""
        if not hasattr(self, "fs"):
            return
        name = type(self).__name__
        if isinstance(X, ECGRecords):
            rates = np.unique(X.fs)
            if self.fs is not None and (rates != self.fs).any():
                raise ValueError(
                    f"{name} was given fs={self.fs:g} Hz, the records have {', '.join(f'{fs:g}' for fs in rates)} Hz; "
                    "with fs=None the step takes the rate of each record."
                )
        elif self.fs is None:
            raise ValueError(
                f"{name} needs the sampling rate of a plain array: set fs in Hz, as in {name}(fs=500), "
                "or pass ECGRecords, which know theirs."
            )
        else:
            rates = np.array([self.fs])
        for fs in rates.tolist():
            self._check_rate(fs)

    def _check_rate(self, fs):
        """Raise where the step cannot work at `fs` Hz."""

    def _check_leads(self, leads):
        """Raise where the step does not find the leads that it needs."""

    def _shape_out(self, n_leads, n_times, fs):
        return n_leads, n_times

    def _fs_out(self, fs):
        return fs

    def _leads_out(self, leads):
        return leads

    def __sklearn_is_fitted__(self):
        return True  # a step that learns says otherwise

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.requires_fit = not self.__sklearn_is_fitted__()
        return tags

"""The base class of tables of features: named columns, leads of plain arrays, computation in blocks."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import _get_output_config
from .._warn import warn
from ..estimators.checked import CheckedTransformer
from ..records import ECGRecords
from ..records.blocks import for_each_block
from ..records.buffer import lead_names
from ..records.checks import folded, names_of
from ..signal.peaks import LOWEST_FS

METHOD = 2  # how R peaks and waves are found; version 0.1.0 had another way


def with_index(table, X, step):
    """Return a DataFrame with the index of the metadata if pandas output is set, so that both can be joined."""
    if not isinstance(X, ECGRecords) or _get_output_config("transform", step)["dense"] != "pandas":
        return table
    import pandas as pd  # slow to import, so only where it is needed

    return pd.DataFrame(table, index=X.metadata.index)


class BaseTable(CheckedTransformer):
    """A transformer of records into a table with one row per record and named columns.

    A subclass defines `_names(leads)`, which returns the names of the columns, and `_measure(block, fs)`, which
    turns an array `(n_records, n_leads, n_times)` of one rate into `(n_records, n_features)`. A subclass has the
    parameters `fs` and `leads`.
    """

    def transform(self, X):
        """Measure each record.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array is one lead.

        Returns
        -------
        table : ndarray of shape (n_records, n_features), or DataFrame
            A DataFrame after `set_output(transform="pandas")`, with the columns of
            `get_feature_names_out` and, for `ECGRecords`, the index of their metadata. NaN if a
            value cannot be measured.

        Raises
        ------
        ValueError
            If X is empty, contains NaN or infinity, or has other leads than the training data; or if
            its rate is missing, differs from `fs` or is below 50 Hz.

        Warns
        -----
        UserWarning
            If an earlier version of skecg fitted the step, and found R peaks and waves in another way.
        """
        check_is_fitted(self)
        if getattr(self, "method_", 1) != METHOD:
            warn(
                f"This {type(self).__name__} was fitted before skecg found R peaks and waves in another way, so that "
                "some columns now have other values. Fit the model again.",
            )
        return self._apply(self._check(X, reset=False))

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str
            Names of the columns; a column of a single lead ends in the name of the lead.
        """
        check_is_fitted(self)
        return np.array(self._names(self.leads_), dtype=object)

    def _learn(self, X):
        self.leads_ = self._names_of_leads(X)
        self.method_ = METHOD

    def _apply(self, X):
        names = self._names_of_leads(X)
        if isinstance(X, ECGRecords) and folded(names) != folded(self.leads_):
            raise ValueError(f"X has the leads {list(names)}, but the array of fit had {list(self.leads_)}.")
        table = np.empty((len(X), len(self.get_feature_names_out())))

        def measure(rows, block, fs):
            table[rows] = self._measure(block, self.fs if fs is None else fs)

        for_each_block(measure, X)
        return with_index(table, X, self)

    def _names_of_leads(self, X):
        """Return the names of the leads of X; raise if `leads` differs from the leads of records."""
        available = names_of(X)
        if self.leads is None:
            return available
        given = lead_names(self.leads, len(available))
        if isinstance(X, ECGRecords) and folded(given) != folded(available):
            raise ValueError(f"leads={list(given)} differs from the leads of the records, {list(available)}.")
        return given

    def _check_rate(self, fs):
        if fs < LOWEST_FS:
            raise ValueError(f"{type(self).__name__} needs {LOWEST_FS:g} Hz or more; got fs={fs:g} Hz.")

    def __sklearn_is_fitted__(self):
        return hasattr(self, "leads_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # always float64
        tags.requires_fit = True
        return tags

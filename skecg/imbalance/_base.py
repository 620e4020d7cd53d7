"""Base class of the samplers, which accepts every form of X and draws by index."""

from abc import abstractmethod

import numpy as np
from imblearn.base import BaseSampler
from imblearn.utils import check_sampling_strategy
from imblearn.utils._tags import InputTags
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, validate_data

from .._scikit_learn import _fit_context, _safe_indexing
from ..records import ECGRecords


class RecordSampler(BaseSampler):
    """A sampler that draws rows and indexes X and y with them.

    A sampler of classes inherits from this class, then from imbalanced-learn's `BaseOverSampler` or
    `BaseUnderSampler`, and defines `_draw(y, rng)`, which returns the selected rows. Indexing
    `ECGRecords` copies no signal.
    """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Check X and y and compute the number of records to draw for each class.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array holds one lead, or a table.
        y : array-like of shape (n_records,)
            Classes.

        Returns
        -------
        self : object
        """
        self._check_both(X, y)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X, y):
        """Resample the records.

        Parameters
        ----------
        X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
            Voltages in mV; a 2-D array holds one lead, or a table.
        y : array-like of shape (n_records,)
            Classes; or their one-hot indicator.

        Returns
        -------
        X_resampled : array-like of shape (n_records_new, ...), or ECGRecords
            The same type as X; `ECGRecords` keep their metadata.
        y_resampled : array-like of shape (n_records_new,)
            The same type as y.

        Raises
        ------
        ValueError
            If y has only one class, does not hold classes, or differs in length from X.
        """
        _, codes, _ = self._check_both(X, y)
        rng = check_random_state(self.random_state)
        self.sample_indices_ = self._draw(codes, rng)
        return self._take(X, y, codes, rng)

    @abstractmethod
    def _draw(self, y, rng):
        """Return the rows of the resampled set, in order."""

    def _fit_resample(self, X, y):
        raise NotImplementedError("fit_resample draws by index.")  # pragma: no cover

    def _take(self, X, y, codes, rng):
        return _safe_indexing(X, self.sample_indices_), _safe_indexing(y, self.sample_indices_)

    def _check_both(self, X, y):
        """Return X, the classes and whether y was one-hot; set `sampling_strategy_`."""
        self._check_records(X)
        codes, one_hot = self._check_classes(y)
        check_consistent_length(X, codes)
        self.sampling_strategy_ = check_sampling_strategy(self.sampling_strategy, codes, self._sampling_type)
        return X, codes, one_hot

    def _check_records(self, X):
        if not isinstance(X, ECGRecords):
            sparse_frame = hasattr(X, "iloc") and hasattr(X, "sparse")
            validate_data(self, X, dtype=None, allow_nd=True, accept_sparse=sparse_frame, ensure_all_finite=False)
        elif not len(X):
            raise ValueError(f"Found ECGRecords with no records; {type(self).__name__} requires at least one.")
        else:
            self.n_features_in_ = len(X.leads)
            self.__dict__.pop("feature_names_in_", None)

    def _check_classes(self, y):
        name = type(self).__name__
        if y is None:
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        check_classification_targets(y)
        if type_of_target(y) != "multilabel-indicator":
            return column_or_1d(y, warn=False), False
        y = np.asarray(y)
        if (y.sum(axis=1) != 1).any():
            raise ValueError(
                f"{name} balances classes, and each record has one class; y is an indicator of labels with "
                f"{int(y.sum(axis=1).min())} to {int(y.sum(axis=1).max())} a record. Multilabel and multioutput "
                "targets are not supported; use MultilabelOverSampler or MultilabelUnderSampler."
            )
        return y.argmax(axis=1), True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = InputTags(two_d_array=True, three_d_array=True, string=True, allow_nan=True, dataframe=True)
        tags.sampler_tags.sample_indices = True
        return tags

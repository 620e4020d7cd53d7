"""Code that classifiers of classes and classifiers of labels share."""

import numpy as np


class LabelClasses(list):
    """A list of `array([0, 1])` for each label, with the attribute `shape` that `cross_val_predict` reads.

    Parameters
    ----------
    n_labels : int
    """

    def __init__(self, n_labels):
        super().__init__(np.array([0, 1]) for _ in range(n_labels))

    def __reduce__(self):
        return type(self), (len(self),)

    @property
    def shape(self):
        """`(n_labels,)`."""
        return (len(self),)


class LogProbabilities:
    """A mixin that adds `predict_log_proba` to a classifier with `predict_proba`."""

    def predict_log_proba(self, X):
        """Return the logarithms of the probabilities.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            The input of `predict_proba`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
            Minus infinity where a probability is zero.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

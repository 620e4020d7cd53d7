"""What classifiers share, whether they predict classes or labels."""

import numpy as np


class LabelClasses(list):
    """`array([0, 1])` for each label, in a list with the shape that scikit-learn's `cross_val_predict` asks for.

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
        """The shape of an array of one entry a label."""
        return (len(self),)


class LogProbabilities:
    """Gives `predict_log_proba` to what has `predict_proba`."""

    def predict_log_proba(self, X):
        """Return the logarithms of the probabilities.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            As for `predict_proba`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
            Minus infinity where a probability is zero.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

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


def check_classes(fitted, classes, name, *, may_lack=False):
    """Raise a ValueError if a fitted classifier has other classes than y, or another number of labels.

    Parameters
    ----------
    fitted : classifier
        A classifier without `classes_` passes.
    classes : ndarray of shape (n_classes,), or list of n_labels ndarray
        The classes of y, or those of each of its labels.
    name : str
        What the message calls the classifier.
    may_lack : bool, default=False
        Whether the classifier may lack some of the classes, as after training on a part of y.
    """
    known = getattr(fitted, "classes_", classes)
    if isinstance(classes, list):
        # Some classifiers of labels number the labels, others have one `classes_` for all; only columns differ then.
        numbered = any(np.array_equal(known, np.arange(n)) for n in (len(classes), 2))
        agree = len(known) == len(classes) if isinstance(known, list) else numbered
    else:
        agree = not isinstance(known, list) and set(known) <= set(classes) and (may_lack or len(known) == len(classes))
    if not agree:
        raise ValueError(f"{name} was fitted to {_as_text(known)}, but y has {_as_text(classes)}.")


def _as_text(classes):
    return f"{len(classes)} labels" if isinstance(classes, list) else f"the classes {np.asarray(classes).tolist()}"


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

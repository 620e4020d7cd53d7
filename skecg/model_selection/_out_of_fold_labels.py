"""Base class of the meta-estimators that learn for each label, or for the positive one of two classes."""

from abc import abstractmethod
from numbers import Real

import numpy as np
from sklearn.utils import get_tags

from ..metrics._positive import positive_class
from ._out_of_fold import OutOfFoldClassifier


class OutOfFoldLabels(OutOfFoldClassifier):
    """A classifier of labels, or of two classes, that learns from the out-of-fold probabilities of each label.

    A subclass defines `_learn_labels(Y, P, weight)`. `Y` is the bool indicator and `P` holds the probabilities,
    both of shape (n_records, n_labels); a binary target has one column.
    """

    _parameter_constraints: dict = {
        **OutOfFoldClassifier._parameter_constraints,
        "pos_label": [Real, str, "boolean", None],
    }

    @abstractmethod
    def _learn_labels(self, Y, P, weight):
        """Learn from the indicator, the out-of-fold probabilities of its labels, and the weights of the records."""

    def _learn(self, y, P, weight):
        Y = y.astype(bool) if self._is_multilabel() else (y == self.pos_label_)[:, None]
        self._learn_labels(Y, self._positive_columns(P), weight)

    def predict_proba(self, X):
        """Return the probabilities of the estimator, calibrated if the class calibrates them.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimator.

        Returns
        -------
        probabilities : ndarray of shape (n_records, 2) or (n_records, n_labels)
        """
        p = self._adjusted(X)
        if self._is_multilabel():
            return p
        columns = [1 - p, p]
        return np.column_stack(columns if self.pos_label_ == self.classes_[1] else columns[::-1])

    def _adjusted(self, X):
        """Return the probabilities after the change that a subclass makes; this class makes none."""
        return self._probabilities(X)

    def _probabilities(self, X):
        """Return the estimator's probabilities of X, (n_records, n_labels); (n_records, 1) for two classes."""
        return self._positive_columns(super().predict_proba(X))

    def _positive_columns(self, p):
        """Return the probabilities of all labels, or the column of the positive class."""
        return p if self._is_multilabel() else p[:, self.classes_ == self.pos_label_]

    def _check_kind(self, kind):
        if not self._is_multilabel() and len(self.classes_) != 2:
            several = "Only binary classification is supported" if len(self.classes_) > 2 else "There is one class"
            raise ValueError(
                f"{several}. {type(self).__name__} takes two classes or an indicator of labels; the type of the "
                f"target is {kind}, with {len(self.classes_)} class(es)."
            )
        self._name_positive_class()

    def _name_positive_class(self):
        """Set `pos_label_`, given `classes_`; the second class is the positive one if `pos_label` is None."""
        if self._is_multilabel():
            self.pos_label_ = None
        else:
            classes = self.classes_.tolist()
            self.pos_label_ = classes[1] if self.pos_label is None else positive_class(classes, self.pos_label)

    def __setstate__(self, state):
        super().__setstate__({"pos_label": None, **state})  # pickles of version 0.1.0 have neither of the two
        if "classes_" in state and "pos_label_" not in state:
            self._name_positive_class()

    def _as_classes(self, positive):
        """Return 0/1 labels, or the classes, of a bool array of shape (n_records, n_labels)."""
        if self._is_multilabel():
            return positive.astype(np.int64)
        second = positive[:, 0] == (self.pos_label_ == self.classes_[1])
        return self.classes_[second.astype(int)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator).classifier_tags
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = inner is not None and inner.multi_label
        return tags

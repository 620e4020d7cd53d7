"""Several classifiers as one, of classes or of labels."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import ClassifierMixin, _fit_context, clone
from sklearn.utils import get_tags, indexable
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from .model_selection._out_of_fold import positive_probabilities, take_over_input
from .preprocessing._labels import LabelClasses

__all__ = ["SoftVotingClassifier"]


class SoftVotingClassifier(ClassifierMixin, _BaseComposition):
    """Average the probabilities of several classifiers, for classes or for labels.

    What sees the signal and what sees a table of features err on different records, so that their
    mean is often better than either. scikit-learn's `VotingClassifier` does the same for classes,
    and refuses labels.

    Parameters
    ----------
    estimators : list of (str, classifier)
        Names and classifiers with `predict_proba`. Their parameters can be searched as
        `<name>__<parameter>`.
    weights : sequence of float, default=None
        What each counts for; None is the same for all.
    n_jobs : int, default=None
        Classifiers fitted at once.

    Attributes
    ----------
    estimators_ : list of classifier
        Fitted to all records.
    classes_ : ndarray of shape (n_classes,), or list of n_labels ndarray
        The classes, or `[0, 1]` for each label.
    n_features_in_ : int
        That of the first estimator that has it.

    See Also
    --------
    sklearn.ensemble.VotingClassifier : For classes.
    sklearn.ensemble.StackingClassifier : Learns how to combine, from out-of-fold predictions.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> from skecg.ensemble import SoftVotingClassifier
    >>> from skecg.features import BeatFeatures
    >>> ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
    >>> trees = make_pipeline(BeatFeatures(), HistGradientBoostingClassifier(min_samples_leaf=5))
    >>> network = EEGNetClassifier(max_epochs=2, random_state=0)
    >>> both = SoftVotingClassifier([("network", network), ("trees", trees)])
    >>> both.fit(ecgs.data, ecgs.target).predict_proba(ecgs.data).shape
    (40, 2)
    """

    _parameter_constraints: dict = {
        "estimators": [list],
        "weights": [None, "array-like"],
        "n_jobs": [Integral, None],
    }

    def __init__(self, estimators, *, weights=None, n_jobs=None):
        self.estimators = estimators
        self.weights = weights
        self.n_jobs = n_jobs

    def get_params(self, deep=True):
        """Return the parameters, with those of the named estimators.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the estimators by name, and their parameters.

        Returns
        -------
        params : dict
        """
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params):
        """Set parameters; an estimator is replaced by its name.

        Parameters
        ----------
        **params
            Such as `weights`, or `<name>__<parameter>`.

        Returns
        -------
        self : object
        """
        return self._set_params("estimators", **params)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y):
        """Fit each estimator to all records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            What the estimators take.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, or a 0/1 indicator of labels.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there are no estimators, two of one name, not as many weights, or negative ones.
        TypeError
            If one of them has no name or no `predict_proba`.
        """
        self._check_estimators()
        X, y = indexable(X, y)
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fitted)(estimator, X, y) for _, estimator in self.estimators
        )
        y = np.asarray(y)
        multilabel = type_of_target(y) == "multilabel-indicator"
        self.classes_ = LabelClasses(y.shape[1]) if multilabel else np.unique(y)
        for estimator in reversed(self.estimators_):  # the first has the last word
            take_over_input(self, estimator)
        return self

    def predict_proba(self, X):
        """Return the mean probabilities.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            What the estimators take.

        Returns
        -------
        probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        """
        check_is_fitted(self)
        multilabel = isinstance(self.classes_, list)
        each = [estimator.predict_proba(X) for estimator in self.estimators_]
        return np.average([positive_probabilities(p) if multilabel else p for p in each], axis=0, weights=self.weights)

    def predict(self, X):
        """Return the likeliest class, or for labels those of at least one half.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            What the estimators take.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
        """
        p = self.predict_proba(X)
        return (p >= 0.5).astype(np.int64) if isinstance(self.classes_, list) else self.classes_[p.argmax(axis=1)]

    def _check_estimators(self):
        if not self.estimators:
            raise ValueError("estimators is empty; give a list of (name, classifier).")
        for pair in self.estimators:
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"estimators must be a list of (name, classifier), got {pair!r} in it.")
            if isinstance(pair[1], type) or not hasattr(pair[1], "predict_proba"):
                raise TypeError(f"{pair[0]} must be a classifier with predict_proba, got {pair[1]!r}.")
        self._validate_names([name for name, _ in self.estimators])
        if self.weights is not None:
            weights = np.asarray(self.weights, np.float64)
            if weights.shape != (len(self.estimators),) or weights.min() < 0 or weights.sum() == 0:
                raise ValueError(f"weights must be {len(self.estimators)} numbers of zero or more, got {self.weights}.")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = [get_tags(estimator) for _, estimator in self.estimators]
        if inner:
            tags.input_tags = inner[0].input_tags
            tags.classifier_tags.multi_label = all(each.classifier_tags.multi_label for each in inner)
        return tags


def _fitted(estimator, X, y):
    return clone(estimator).fit(X, y)

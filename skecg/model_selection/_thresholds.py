"""Decision thresholds tuned for each label."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval, StrOptions
from ._out_of_fold_labels import OutOfFoldLabels


class TunedLabelThresholds(OutOfFoldLabels):
    """Choose the threshold of each label by cross-validation.

    0.5 is seldom the best threshold of a rare label. `fit` predicts the probabilities of all records
    out of fold, chooses for each label the threshold that maximises the objective on these
    probabilities, and fits the estimator to all records.

    Parameters
    ----------
    estimator : classifier
        A classifier with `predict_proba`, for labels or two classes.
    objective : {"f1", "g_mean", "youden", "sensitivity"}, default="f1"
        What the threshold maximises: F1; the geometric mean of sensitivity and specificity;
        Youden's J [1]_, which is sensitivity plus specificity minus one; or, with "sensitivity", the
        specificity among the thresholds that reach the required `sensitivity`.
    sensitivity : float, default=0.9
        Lowest sensitivity allowed, with `objective="sensitivity"`.
    cv : int, splitter or iterable, default=5
        Number of stratified folds, split by patient if the patients are known; or the folds themselves.
    n_jobs : int, default=None
        Number of folds fitted in parallel.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes. None means the second of the sorted classes, which for texts is
        seldom the one that is meant: of "AF" and "other" it is "other".

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_labels,)
        A label is predicted if its probability is at least its threshold; there is one value for two
        classes. The threshold is 0.5 for a label that all or no records have.
    pos_label_ : object
        The class whose probability the threshold applies to; None for labels.
    estimator_ : classifier
        The estimator, fitted to all records.
    classes_ : ndarray of shape (2,), or list of n_labels ndarray
        The classes, or `[0, 1]` for each label.
    n_features_in_ : int
        The number of features of the fitted estimator, if the estimator has this attribute.

    See Also
    --------
    sklearn.model_selection.TunedThresholdClassifierCV : For two classes and any scorer.

    Notes
    -----
    The threshold lies half way between the two probabilities that it separates. If the estimator is a
    `sklearn.frozen.FrozenEstimator`, `fit` fits only the thresholds.

    References
    ----------
    .. [1] W. J. Youden, "Index for rating diagnostic tests", Cancer 3, 1950.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> from skecg.model_selection import TunedLabelThresholds
    >>> X, Y = make_multilabel_classification(300, n_classes=3, random_state=0)
    >>> clf = TunedLabelThresholds(OneVsRestClassifier(LogisticRegression())).fit(X, Y)
    >>> clf.thresholds_.round(1)
    array([0.3, 0.5, 0.5])
    """

    _parameter_constraints: dict = {
        **OutOfFoldLabels._parameter_constraints,
        "objective": [StrOptions({"f1", "g_mean", "youden", "sensitivity"})],
        "sensitivity": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(self, estimator, *, objective="f1", sensitivity=0.9, cv=5, n_jobs=None, pos_label=None):
        self.estimator = estimator
        self.objective = objective
        self.sensitivity = sensitivity
        self.cv = cv
        self.n_jobs = n_jobs
        self.pos_label = pos_label

    def predict(self, X):
        """Return the labels whose probability reaches their threshold.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimator.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
            Classes as passed to `fit`, or a 0/1 indicator.
        """
        p = self._probabilities(X)
        return self._as_classes(p >= self.thresholds_)

    def _learn_labels(self, Y, P, weight):
        seen = weight > 0
        self.thresholds_ = np.array(
            [
                best_threshold(y[seen], p[seen], weight[seen], self.objective, self.sensitivity)
                for y, p in zip(Y.T, P.T, strict=True)
            ]
        )


def best_threshold(y, p, weight, objective, sensitivity):
    """Return the threshold of one label, given its bool target, its probabilities and the weights of the records."""
    if y.all() or not y.any():
        return 0.5
    values, where = np.unique(-p, return_inverse=True)  # highest first
    tp = np.cumsum(np.bincount(where, weight * y))
    fp = np.cumsum(np.bincount(where, weight * ~y))
    n_positive = tp[-1]
    se, sp = tp / n_positive, 1 - fp / fp[-1]
    score = {
        "f1": 2 * tp / (tp + fp + n_positive),
        "g_mean": np.sqrt(se * sp),
        "youden": se + sp - 1,
        "sensitivity": np.where(se >= sensitivity - 1e-12, sp, -1),
    }[objective]
    best = int(score.argmax())
    lowest = -values[best]
    below = -values[best + 1] if best + 1 < len(values) else 0.0
    middle = (lowest + below) / 2
    return middle if middle > below else lowest

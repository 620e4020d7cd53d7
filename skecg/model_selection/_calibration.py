"""Calibrated probabilities for each label."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from .._scikit_learn import StrOptions
from ._out_of_fold_labels import OutOfFoldLabels

SMALLEST = 1e-7  # 1 - SMALLEST is still less than 1 in float32


class CalibratedLabels(OutOfFoldLabels):
    """Calibrate the probability of each label by cross-validation.

    Networks are overconfident, and class weights or resampling shift all probabilities. `fit`
    predicts the probabilities of all records out of fold, fits a calibration curve for each label
    to these probabilities, and fits the estimator to all records.

    Parameters
    ----------
    estimator : classifier
        A classifier with `predict_proba`, for labels or two classes.
    method : {"temperature", "isotonic"}, default="temperature"
        "temperature" divides the logit by one number [1]_. It keeps the order of the records and
        needs few records, but cannot undo a shift. "isotonic" fits any increasing step
        function and needs about a hundred positives or more.
    cv : int, splitter or iterable, default=5
        Number of stratified folds, split by patient if the patients are known; or the folds themselves.
    n_jobs : int, default=None
        Number of folds fitted in parallel.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes. None means the second of the sorted classes, which for texts is
        seldom the one that is meant: of "AF" and "other" it is "other".

    Attributes
    ----------
    calibrators_ : list of n_labels float or IsotonicRegression
        The temperature or the curve of each label; a single one for two classes. A label that all or
        no records have gets temperature 1, so its probabilities do not change.
    pos_label_ : object
        The class whose probability is calibrated; None for labels.
    estimator_ : classifier
        The estimator, fitted to all records.
    classes_ : ndarray of shape (2,), or list of n_labels ndarray
        The classes, or `[0, 1]` for each label.
    n_features_in_ : int
        The number of features of the fitted estimator, if the estimator has this attribute.

    See Also
    --------
    sklearn.calibration.CalibratedClassifierCV : For classes.
    skecg.metrics.expected_calibration_error : Measure whether the calibration helped.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks",
       ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> from skecg.model_selection import CalibratedLabels
    >>> X, Y = make_multilabel_classification(300, n_classes=3, random_state=0)
    >>> clf = CalibratedLabels(OneVsRestClassifier(GaussianNB())).fit(X, Y)
    >>> [round(temperature, 1) for temperature in clf.calibrators_]
    [1.7, 2.5, 2.9]
    """

    _parameter_constraints: dict = {
        **OutOfFoldLabels._parameter_constraints,
        "method": [StrOptions({"temperature", "isotonic"})],
    }

    def __init__(self, estimator, *, method="temperature", cv=5, n_jobs=None, pos_label=None):
        self.estimator = estimator
        self.method = method
        self.cv = cv
        self.n_jobs = n_jobs
        self.pos_label = pos_label

    def predict(self, X):
        """Return the labels with a calibrated probability above 0.5.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimator.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
            Classes as passed to `fit`, or a 0/1 indicator.
        """
        return self._as_classes(self._adjusted(X) > 0.5)

    def _adjusted(self, X):
        columns = zip(self._probabilities(X).T.astype(np.float64), self.calibrators_, strict=True)
        return np.column_stack([_apply(calibrator, p) for p, calibrator in columns])

    def _learn_labels(self, Y, P, weight):
        self.calibrators_ = [_fit(y, p, weight, self.method) for y, p in zip(Y.T, P.T, strict=True)]


def _fit(y, p, weight, method):
    if y.all() or not y.any():
        return 1.0
    if method == "isotonic":
        return IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y, sample_weight=weight)
    logits = np.where(y, 1, -1) * _logit(p)

    def loss(log_temperature):
        return np.average(np.logaddexp(0, -logits * np.exp(-log_temperature)), weights=weight)

    return float(np.exp(minimize_scalar(loss, bounds=(-5, 5), method="bounded").x))


def _apply(calibrator, p):
    return expit(_logit(p) / calibrator) if isinstance(calibrator, float) else calibrator.predict(p)


def _logit(p):
    return logit(np.clip(p, SMALLEST, 1 - SMALLEST))

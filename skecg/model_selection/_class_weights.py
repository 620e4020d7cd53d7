"""A decision between several classes, tuned with one weight for each class."""

import numpy as np
from sklearn.utils import get_tags

from .._scikit_learn import StrOptions, _BaseScorer
from ._out_of_fold import OutOfFoldClassifier
from ._weight_search import SCORES, best_weights, score_of_decisions


class TunedClassWeights(OutOfFoldClassifier):
    """Choose a weight for the probability of each class by cross-validation.

    The most probable class is the decision with the fewest errors. It is seldom the one with the best macro F1: it
    misses rare classes. `fit` predicts the probabilities of all records out of fold, chooses for each class a
    positive weight so that the class of the highest weighted probability has the best score on these records, and
    fits the estimator to all records.

    Parameters
    ----------
    estimator : classifier
        A classifier with `predict_proba`, for two classes or several.
    scoring : {"accuracy", "balanced_accuracy", "f1_macro", "f1_weighted"} or callable, default="f1_macro"
        What the weights maximise: a name, or a metric function of the true and the predicted classes,
        `scoring(y_true, y_pred)`, higher for better decisions, such as `skecg.metrics.cinc2017_score`. A function
        is passed `sample_weight` if the weights of the records differ.
    cv : int, splitter or iterable, default=5
        Number of stratified folds, split by patient if the patients are known; or the folds themselves.
    n_jobs : int, default=None
        Number of folds fitted in parallel.

    Attributes
    ----------
    class_weights_ : ndarray of shape (n_classes,)
        The weights, in the order of `classes_`; their mean is 1. The class with the highest product of weight and
        probability is predicted. All weights are 1 if none are better than the most probable class.
    estimator_ : classifier
        The estimator, fitted to all records.
    classes_ : ndarray of shape (n_classes,)
        The classes.
    n_features_in_ : int
        The number of features of the fitted estimator, if the estimator has this attribute.

    See Also
    --------
    TunedLabelThresholds : For labels, or for the sensitivity of one of two classes.

    Notes
    -----
    The probabilities of `predict_proba` are those of the estimator: the weights change only the decision. So
    `predict` is not the most probable class, as one check of scikit-learn, `check_classifiers_train`, wants. With two
    classes the weights are a threshold: the second class is predicted if its probability exceeds
    `class_weights_[0] / class_weights_.sum()`.

    The weights are found by coordinate ascent from 1. For one class after the other, the search compares weights
    between the break points at which the decision on a record changes: first at 32 quantiles of the break points,
    then at quantiles around the best of them. Of weights with the same score the one nearest to 1 is kept. The
    decisions on the out-of-fold probabilities never score worse than the most probable classes. The search computes
    the score some hundred times for each class. If the estimator is a `sklearn.frozen.FrozenEstimator`, `fit` fits
    only the weights.

    `skecg.save` keeps a function of `skecg.metrics` as `scoring`, and refuses other functions.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skecg.model_selection import TunedClassWeights
    >>> X, y = make_classification(600, n_informative=4, n_classes=3, weights=[0.8, 0.15], random_state=0)
    >>> clf = TunedClassWeights(LogisticRegression()).fit(X, y)
    >>> clf.class_weights_.round(1)
    array([0.4, 0.9, 1.7])
    """

    _parameter_constraints: dict = {
        **OutOfFoldClassifier._parameter_constraints,
        "scoring": [StrOptions(set(SCORES)), callable],
    }

    def __init__(self, estimator, *, scoring="f1_macro", cv=5, n_jobs=None):
        self.estimator = estimator
        self.scoring = scoring
        self.cv = cv
        self.n_jobs = n_jobs

    def predict(self, X):
        """Return the class with the highest product of weight and probability.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimator.

        Returns
        -------
        y : ndarray of shape (n_records,)
            Classes as passed to `fit`.
        """
        p = self.predict_proba(X)
        return self.classes_[(p * self.class_weights_).argmax(axis=1)]

    def _check_kind(self, kind):
        if self._is_multilabel():
            raise ValueError(
                f"TunedClassWeights takes exclusive classes; got an indicator of {len(self.classes_)} labels. "
                "TunedLabelThresholds tunes a threshold for each label."
            )
        if len(self.classes_) < 2:
            raise ValueError(f"TunedClassWeights takes two classes or more; there is one class, {self.classes_[0]!r}.")
        if isinstance(self.scoring, _BaseScorer):
            raise ValueError(
                f"scoring must be a name or a metric function of (y_true, y_pred), got the scorer {self.scoring}."
            )

    def _learn(self, y, P, weight):
        seen = weight > 0
        truth = np.searchsorted(self.classes_, y[seen])
        score = score_of_decisions(self.scoring, truth, self.classes_, weight[seen])
        self.class_weights_ = best_weights(P[seen], score)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator).classifier_tags
        tags.classifier_tags.multi_class = inner is not None and inner.multi_class
        return tags

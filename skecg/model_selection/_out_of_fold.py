"""Base class of the meta-estimators that learn from out-of-fold probabilities."""

from abc import abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import assert_all_finite, check_array, column_or_1d, get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._scikit_learn import HasMethods, Interval, _check_sample_weight, _fit_context
from ..estimators.labels import LabelClasses, LogProbabilities
from ..estimators.metadata import fit_keywords, requested_params
from ..estimators.parts import check_parts
from ..metrics._positive import positive_class
from ..records.implausible import one_fit
from ._folds import in_order_of, positive_probabilities, predict_out_of_fold, splits_for, take_over_input
from ._groups import resolve_groups


class OutOfFoldClassifier(LogProbabilities, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier of labels, or of two classes, that also learns from out-of-fold probabilities.

    A subclass defines `_learn(Y, P, weight)`. `Y` is the bool indicator and `P` holds the probabilities,
    both of shape (n_records, n_labels); a binary target has one column.
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "cv": [Interval(Integral, 2, None, closed="left"), "cv_object"],
        "n_jobs": [Integral, None],
        "pos_label": [Real, str, "boolean", None],
    }

    @_fit_context(prefer_skip_nested_validation=False)
    @one_fit()
    def fit(self, X, y, *, sample_weight=None, groups=None, **fit_params):
        """Predict every record out of fold, learn from the predictions, and fit the estimator to all records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimator.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            0/1 indicator of the labels, or two classes.
        sample_weight : array-like of shape (n_records,), default=None
            Passed to the `fit` of the estimator; of a pipeline, to the `fit` of its last step.
        groups : array-like of shape (n_records,), default=None
            The patient of each record, for the folds, and for the estimator if its `fit` takes groups. By
            default `metadata["patient_id"]` of `ECGRecords`.
        **fit_params : dict
            Other parameters of the `fit` of the estimator, such as `<step>__<parameter>` of a pipeline.
            With the metadata routing of scikit-learn, whatever the estimator requests.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If y has more than two classes or only one, or if a class or label has fewer positive
            records (or patients) than there are folds, unless the estimator is frozen; if the classes of a
            frozen estimator differ from the classes of y.
        TypeError, ValueError
            If weights cannot reach the estimator, or if groups cannot reach an estimator that takes them.
        """
        check_parts({"estimator": self.estimator})
        X, sample_weight = indexable(X, sample_weight)
        y, multilabel = self._check_target(X, y)
        given = {"sample_weight": sample_weight, "groups": None if groups is None else column_or_1d(groups)}
        groups = resolve_groups(X, groups)
        params = self._fit_params({name: v for name, v in given.items() if v is not None}, groups, fit_params)
        splits = splits_for(self.estimator, self.cv, X, y, groups)
        p = self._predict_out_of_fold(X, y, splits, params)
        target = y.astype(bool) if multilabel else (y == self.pos_label_)[:, None]
        self._learn(target, p, _check_sample_weight(sample_weight, X, dtype=np.float64))
        self.estimator_ = clone(self.estimator).fit(X, y, **params)
        take_over_input(self, self.estimator_)
        return self

    def get_metadata_routing(self):
        """Return where weights and groups go, if scikit-learn's metadata routing is enabled.

        Returns
        -------
        routing : MetadataRouter
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        router.add(estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
        return router.add(splitter=self.cv, method_mapping=MethodMapping().add(caller="fit", callee="split"))

    def _fit_params(self, given, groups, others):
        """Return what the `fit` of the estimator is given of the weights, the groups and other parameters."""
        implied = {} if groups is None or "groups" in given else {"groups": groups}
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given, **others).estimator.fit
            return requested_params(self.estimator, implied) | dict(routed)
        return fit_keywords(self.estimator, given, implied) | others

    def _predict_out_of_fold(self, X, y, splits, params):
        """Return the probabilities of each record by an estimator that did not train on it, (n_records, n_labels)."""
        settings = {"classes": self.classes_, "n_jobs": self.n_jobs, "name": type(self).__name__}
        return self._positive_columns(predict_out_of_fold(self.estimator, X, y, splits, params, **settings))

    @abstractmethod
    def _learn(self, Y, P, weight):
        """Learn from the indicator, the out-of-fold probabilities of its labels, and the weights of the records."""

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
        check_is_fitted(self)
        p = positive_probabilities(self.estimator_, X)
        return self._positive_columns(in_order_of(self.classes_, self.estimator_, p))

    def _positive_columns(self, p):
        """Return the probabilities of all labels, or the column of the positive class."""
        return p if self._is_multilabel() else p[:, self.classes_ == self.pos_label_]

    def _check_target(self, X, y):
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        y = check_array(y, ensure_2d=False, dtype=None, ensure_all_finite=False, input_name="y")
        if y.dtype.kind in "fc":
            assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        check_consistent_length(X, y)
        kind = type_of_target(y, input_name="y")
        if kind == "multilabel-indicator":
            self.classes_ = LabelClasses(y.shape[1])
            self._name_positive_class()
            return y, True
        y = column_or_1d(y, warn=True)
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            several = "Only binary classification is supported" if len(self.classes_) > 2 else "There is one class"
            raise ValueError(
                f"{several}. {type(self).__name__} takes two classes or an indicator of labels; the type of the "
                f"target is {kind}, with {len(self.classes_)} class(es)."
            )
        self._name_positive_class()
        return y, False

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

    def _is_multilabel(self):
        return isinstance(self.classes_, list)

    def _as_classes(self, positive):
        """Return 0/1 labels, or the classes, of a bool array of shape (n_records, n_labels)."""
        if self._is_multilabel():
            return positive.astype(np.int64)
        second = positive[:, 0] == (self.pos_label_ == self.classes_[1])
        return self.classes_[second.astype(int)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = inner.classifier_tags is not None and inner.classifier_tags.multi_label
        return tags

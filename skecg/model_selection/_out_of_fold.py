"""Base class of the meta-estimators that learn from out-of-fold probabilities."""

from abc import abstractmethod
from numbers import Integral

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
from ..records.implausible import one_fit
from ._folds import in_order_of, positive_probabilities, predict_out_of_fold, splits_for, take_over_input
from ._groups import resolve_groups


class OutOfFoldClassifier(LogProbabilities, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier that also learns from out-of-fold probabilities.

    A subclass says with `_check_kind` which targets it takes, and defines `_learn(y, P, weight)`. `P` holds the
    probabilities, of shape (n_records, n_classes) or (n_records, n_labels).
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "cv": [Interval(Integral, 2, None, closed="left"), "cv_object"],
        "n_jobs": [Integral, None],
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
            Classes, or a 0/1 indicator of labels; see the description of the estimator for what it takes.
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
            If y is not what the estimator takes or has only one class, or if a class or label has fewer positive
            records (or patients) than there are folds, unless the estimator is frozen; if the classes of a
            frozen estimator differ from the classes of y.
        TypeError, ValueError
            If weights cannot reach the estimator, or if groups cannot reach an estimator that takes them.
        """
        check_parts({"estimator": self.estimator})
        X, sample_weight = indexable(X, sample_weight)
        y = self._check_target(X, y)
        given = {"sample_weight": sample_weight, "groups": None if groups is None else column_or_1d(groups)}
        groups = resolve_groups(X, groups)
        params = self._fit_params({name: v for name, v in given.items() if v is not None}, groups, fit_params)
        splits = splits_for(self.estimator, self.cv, X, y, groups)
        p = self._predict_out_of_fold(X, y, splits, params)
        self._learn(y, p, _check_sample_weight(sample_weight, X, dtype=np.float64))
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
        """Return the probabilities of each record by an estimator that did not train on it."""
        settings = {"classes": self.classes_, "n_jobs": self.n_jobs, "name": type(self).__name__}
        return predict_out_of_fold(self.estimator, X, y, splits, params, **settings)

    @abstractmethod
    def _check_kind(self, kind):
        """Raise ValueError if a target of this kind, with the classes of `classes_`, is none that the class takes."""

    @abstractmethod
    def _learn(self, y, P, weight):
        """Learn from the target, the out-of-fold probabilities, and the weights of the records."""

    def predict_proba(self, X):
        """Return the probabilities of the estimator.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimator.

        Returns
        -------
        probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        """
        check_is_fitted(self)
        return in_order_of(self.classes_, self.estimator_, positive_probabilities(self.estimator_, X))

    def _check_target(self, X, y):
        """Return the target as an array, and set `classes_`."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        y = check_array(y, ensure_2d=False, dtype=None, ensure_all_finite=False, input_name="y")
        if y.dtype.kind in "fc":
            assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        check_consistent_length(X, y)
        kind = type_of_target(y, input_name="y")
        multilabel = kind == "multilabel-indicator"
        y = y if multilabel else column_or_1d(y, warn=True)
        self.classes_ = LabelClasses(y.shape[1]) if multilabel else np.unique(y)
        self._check_kind(kind)
        return y

    def _is_multilabel(self):
        return isinstance(self.classes_, list)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags

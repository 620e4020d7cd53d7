"""One network that learns the probabilities of a teacher, such as an ensemble."""

from numbers import Integral, Real

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._scikit_learn import HasMethods, Interval, _fit_context
from ..estimators.delegates import Distiller
from ..estimators.errors import UnsuitableModelError
from ..estimators.labels import LogProbabilities
from ..estimators.metadata import (
    PassesMetadata,
    ends_frozen,
    fit_keywords,
    keywords,
    request_soft_target,
    requested_params,
    rows_of,
)
from ..estimators.parts import check_parts
from ..model_selection._folds import cv_of_rows, predict_out_of_fold, splits_for, take_over_input
from ..model_selection._groups import resolve_groups
from ..records.implausible import one_fit
from ..training.targets.encoding import encode
from ..training.targets.weighting import drop_zero_weights
from ._tags import combine_tags


class DistilledClassifier(
    PassesMetadata, Distiller, LogProbabilities, ClassifierMixin, MetaEstimatorMixin, BaseEstimator
):
    """Train one network on the probabilities of a teacher, for classes or for labels.

    An ensemble is often better than its parts, but slow, and it cannot be exported. `fit` predicts the probabilities
    of all records out of fold by clones of the teacher, mixes them with `y`, and trains the student on the mixture
    [1]_. The student predicts alone: only its cost counts in use, and `skecg.save`, `skecg.to_onnx`, `skecg.compile`
    and the explanations take the student in place of this classifier.

    Parameters
    ----------
    teacher : classifier
        Any classifier with `predict_proba`, such as a `SoftVotingClassifier` of networks and of trees over
        `BeatFeatures`. A fitted teacher in `sklearn.frozen.FrozenEstimator` predicts at once, without folds; it should
        not have seen the records of `fit`, because it is too sure of its training records.
    student : classifier of skecg, or Pipeline that ends in one
        Learns the probabilities, by `soft_target` of its `fit`.
    cv : int, splitter or iterable, default=None
        Number of stratified folds, split by patient if the patients are known; or the folds themselves. None is 5.
    soft_weight : float, default=0.5
        Share of the teacher in the target; the rest is `y`. 1 leaves `y` out. The default is ours: a ResNet of all
        statements of PTB-XL, with trees as its teacher, had a macro AUC of .941 on fold 8 with 0.5, .937 with 0.9, and
        .935 without a teacher (benchmarks/results/pretrain.csv). Hinton et al. give `y` the lower weight.
    n_jobs : int, default=None
        Number of folds fitted in parallel.

    Attributes
    ----------
    student_ : classifier
        The fitted student.
    classes_ : ndarray of shape (n_classes,), or list of n_labels ndarray
        The classes, or `[0, 1]` for each label.
    n_features_in_ : int
        The number of features of the fitted student, if the student has this attribute.

    See Also
    --------
    SoftVotingClassifier : A teacher of several classifiers.

    References
    ----------
    .. [1] Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network", arXiv:1503.02531.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> from skecg.ensemble import DistilledClassifier
    >>> from skecg.features import BeatFeatures
    >>> ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
    >>> trees = make_pipeline(BeatFeatures(), HistGradientBoostingClassifier(min_samples_leaf=5))
    >>> network = EEGNetClassifier(max_epochs=2, random_state=0)
    >>> distilled = DistilledClassifier(trees, network, cv=2).fit(ecgs.data, ecgs.target)
    >>> distilled.predict_proba(ecgs.data).shape, type(distilled.student_).__name__
    ((40, 2), 'EEGNetClassifier')
    """

    _parameter_constraints: dict = {
        "teacher": [HasMethods(["fit", "predict_proba"])],
        "student": [HasMethods(["fit", "predict_proba"])],
        "cv": [Interval(Integral, 2, None, closed="left"), "cv_object"],
        "soft_weight": [Interval(Real, 0, 1, closed="right")],
        "n_jobs": [Integral, None],
    }

    def __init__(self, teacher, student, *, cv=None, soft_weight=0.5, n_jobs=None):
        self.teacher = teacher
        self.student = student
        self.cv = cv
        self.soft_weight = soft_weight
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=False)
    @one_fit()
    def fit(self, X, y, *, sample_weight=None, groups=None, **fit_params):
        """Predict every record out of fold by the teacher, and train the student on the probabilities.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of teacher and student.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, or a 0/1 indicator of labels.
        sample_weight : array-like of shape (n_records,), default=None
            Weight of each record; a record of weight zero counts as absent. `fit` of teacher and student (of a
            pipeline, of its last step) must accept the weights.
        groups : array-like of shape (n_records,), default=None
            The patient of each record, for the folds, and for teacher and student if their `fit` takes groups. By
            default `metadata["patient_id"]` of `ECGRecords`.
        **fit_params : dict
            Other metadata that teacher and student request by scikit-learn's metadata routing; without metadata
            routing, `fit` accepts no other parameters.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If y holds one class only; if a class or label has fewer positive records (or patients) than there are
            folds, unless the teacher is frozen; if the classes of a frozen teacher differ from the classes of y; if
            the teacher predicts NaN, or probabilities that do not sum to 1.
        TypeError, ValueError
            If the student takes no soft targets; if they, or weights or groups, cannot reach a classifier inside.
        """
        check_parts({"teacher": self.teacher, "student": self.student})
        in_student = self._soft_keywords()
        X, y, sample_weight, groups = indexable(X, y, sample_weight, groups)
        n_records = X.shape[0] if hasattr(X, "shape") else len(X)
        sample_weight, X, y, groups, rows = drop_zero_weights(sample_weight, X, y, groups, np.arange(n_records))
        cv, fit_params = cv_of_rows(self.cv, rows, n_records), rows_of(fit_params, rows, n_records)
        self.classes_, labels = encode(y, type(self).__name__)
        check_consistent_length(X, labels)
        y = labels.astype(np.int64) if isinstance(self.classes_, list) else self.classes_[labels.argmax(axis=1)]
        given = {"sample_weight": sample_weight, "groups": groups}
        groups = resolve_groups(X, groups)
        params = self._fit_params({name: v for name, v in given.items() if v is not None}, groups, fit_params)
        taught = self._predict_as_teacher(X, y, groups, params["teacher"], cv)
        target = (1 - self.soft_weight) * labels + self.soft_weight * taught
        student = clone(self.student)
        if get_config()["enable_metadata_routing"]:
            request_soft_target(student)
        self.student_ = student.fit(X, y, **params["student"], **dict.fromkeys(in_student, target))
        take_over_input(self, self.student_)
        return self

    def predict_proba(self, X):
        """Return the probabilities of the student.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the student.

        Returns
        -------
        probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        """
        check_is_fitted(self)
        return self.student_.predict_proba(X)

    def predict(self, X):
        """Return the prediction of the student: the most probable class, or every label above 0.5.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the student.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
        """
        check_is_fitted(self)
        return self.student_.predict(X)

    def get_metadata_routing(self):
        """Return where weights and groups go, if scikit-learn's metadata routing is enabled.

        Returns
        -------
        routing : MetadataRouter
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        router.add(teacher=self.teacher, method_mapping=to_fit).add(student=self.student, method_mapping=to_fit)
        return router.add(splitter=self.cv, method_mapping=MethodMapping().add(caller="fit", callee="split"))

    def _soft_keywords(self):
        """Return the keywords under which the `fit` of the student takes soft targets."""
        found = keywords(self.student, "soft_target")
        if not found:
            raise UnsuitableModelError(
                "student must be a classifier of skecg, or a pipeline that ends in one, so that its fit takes "
                f"soft_target; got {self.student!r:.100}."
            )
        return ["soft_target"] if get_config()["enable_metadata_routing"] else found

    def _fit_params(self, given, groups, others):
        """Return {"teacher": parameters, "student": parameters}, what each `fit` gets of weights and groups."""
        parts = {"teacher": self.teacher, "student": self.student}
        implied = {} if groups is None or "groups" in given else {"groups": groups}
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given, **others)
            return {name: requested_params(part, implied) | dict(routed[name].fit) for name, part in parts.items()}
        if others:
            raise TypeError(f"fit takes {sorted(others)} only with the metadata routing of scikit-learn.")
        return {name: fit_keywords(part, given, implied) for name, part in parts.items()}

    def _predict_as_teacher(self, X, y, groups, params, cv):
        """Return the probabilities of the teacher, out of fold unless it is frozen."""
        splits = splits_for(self.teacher, cv, X, y, groups)
        settings = {"classes": self.classes_, "n_jobs": self.n_jobs, "name": type(self).__name__}
        return predict_out_of_fold(self.teacher, X, y, splits, params, **settings)

    def _accepts(self, name):
        if name == "soft_target":
            return False
        taken = [ends_frozen(part) or keywords(part, name) for part in (self.teacher, self.student)]
        return name == "groups" or all(taken)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        combine_tags(tags, [self.teacher, self.student])
        return tags

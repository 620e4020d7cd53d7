"""A vote of several classifiers, for classes or labels."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import issparse
from sklearn import get_config
from sklearn.base import ClassifierMixin, clone
from sklearn.utils import Bunch, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import StrOptions, _BaseComposition, _fit_context
from ..estimators.errors import UnsuitableModelError
from ..estimators.labels import LabelClasses, LogProbabilities, check_classes
from ..estimators.metadata import PassesMetadata, ends_frozen, keywords
from ..estimators.parts import check_parts
from ..model_selection._folds import in_order_of, positive_probabilities, take_over_input
from ..records.implausible import one_fit
from ._pooling import POOLS, checked_weights, pool_of
from ._tags import combine_tags


class SoftVotingClassifier(PassesMetadata, LogProbabilities, ClassifierMixin, _BaseComposition):
    """Average the probabilities of several classifiers, for classes or for labels.

    Classifiers of the signal and classifiers of a table of features err on different records, so
    that their mean is often better than either. scikit-learn's `VotingClassifier` does the same for
    classes, but does not accept labels.

    Parameters
    ----------
    estimators : list of (str, classifier)
        Names and classifiers with `predict_proba`. Their parameters can be searched as
        `<name>__<parameter>`; "drop" in place of a classifier leaves it out.
    weights : sequence of float, default=None
        Weight of each classifier in the mean; None gives all classifiers the same weight.
    pooling : {"linear", "logarithmic"}, default="linear"
        "linear" averages the probabilities. "logarithmic" averages the log-odds of each label, or the logarithms of
        the probabilities of classes, and scales them to a sum of 1: a classifier that is sure counts for more [1]_.
    n_jobs : int, default=None
        Number of classifiers to fit in parallel.

    Attributes
    ----------
    estimators_ : list of classifier
        The classifiers, each fitted to all records, without those that are dropped.
    named_estimators_ : Bunch
        The fitted classifiers by name.
    classes_ : ndarray of shape (n_classes,), or list of n_labels ndarray
        The classes, or `[0, 1]` for each label.
    n_features_in_ : int
        `n_features_in_` of the first estimator that has this attribute.

    References
    ----------
    .. [1] Genest & Zidek 1986, "Combining probability distributions: a critique and an annotated bibliography",
       Statistical Science 1(1).

    See Also
    --------
    sklearn.ensemble.VotingClassifier : For classes.
    sklearn.ensemble.StackingClassifier : Learns the combination from out-of-fold predictions.

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
        "pooling": [StrOptions(set(POOLS))],
        "n_jobs": [Integral, None],
    }

    def __init__(self, estimators, *, weights=None, pooling="linear", n_jobs=None):
        self.estimators = estimators
        self.weights = weights
        self.pooling = pooling
        self.n_jobs = n_jobs

    def __setstate__(self, state):
        super().__setstate__({"pooling": "linear", **state})  # not in pickles of version 0.1.0

    def get_params(self, deep=True):
        """Return the parameters, including those of the named estimators.

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
        """Set parameters; the name of an estimator replaces that estimator.

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
    @one_fit()
    def fit(self, X, y, *, sample_weight=None, groups=None, **fit_params):
        """Fit each estimator to all records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimators.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, or a 0/1 indicator of labels.
        sample_weight : array-like of shape (n_records,), default=None
            Weight of each record. `fit` of every estimator (of a pipeline, of its last step) must accept it.
        groups : array-like of shape (n_records,), default=None
            Patients, for the estimators whose `fit` accepts them, such as networks that stop early.
            Not needed for `ECGRecords` with `metadata["patient_id"]`.
        **fit_params : dict
            Other metadata that the estimators request by scikit-learn's metadata routing; without metadata routing,
            `fit` accepts no other parameters.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there are no estimators, or two with the same name; if the number of weights differs from the
            number of estimators; if weights are negative, NaN or all zero; if y holds neither classes nor
            labels; if the classes of a fitted estimator differ from the classes of y.
        TypeError
            If an estimator has no name or no `predict_proba`, or its `fit` does not accept `sample_weight`; if no
            estimator accepts the groups, or one accepts them and they cannot reach it.
        """
        self._check_estimators()
        X, y, sample_weight, groups = indexable(X, y, sample_weight, groups)
        y = y.toarray() if issparse(y) else y
        self.classes_ = _classes_of(y)
        given = {"sample_weight": sample_weight, "groups": groups}
        params = self._fit_params({name: v for name, v in given.items() if v is not None}, fit_params)
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fitted)(estimator, X, y, params[name]) for name, estimator in self._kept()
        )
        for (name, _), fitted in zip(self._kept(), self.estimators_, strict=True):
            check_classes(fitted, self.classes_, name)
        self.named_estimators_ = Bunch(**dict(zip(params, self.estimators_, strict=True)))
        for estimator in reversed(self.estimators_):  # the first estimator overrides the others
            take_over_input(self, estimator)
        return self

    def predict_proba(self, X):
        """Return the pooled probabilities.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimators.

        Returns
        -------
        probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
        """
        check_is_fitted(self)
        each = [in_order_of(self.classes_, part, positive_probabilities(part, X)) for part in self.estimators_]
        return pool_of(self.pooling)(each, self._checked_weights(), isinstance(self.classes_, list))

    def predict(self, X):
        """Return the most probable class, or every label with a probability above 0.5.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            Input of the estimators.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
        """
        p = self.predict_proba(X)
        return (p > 0.5).astype(np.int64) if isinstance(self.classes_, list) else self.classes_[p.argmax(axis=1)]

    def get_metadata_routing(self):
        """Return the routing of weights and groups, for scikit-learn's metadata routing.

        Returns
        -------
        routing : MetadataRouter
        """
        router = MetadataRouter(owner=self)
        for name, estimator in self._kept():
            router.add(**{name: estimator}, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
        return router

    def _fit_params(self, given, others):
        """Return {name of estimator: parameters}, the weights and groups to pass to the `fit` of each estimator."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given, **others)
            return {name: routed[name].fit for name, _ in self._kept()}
        if others:
            raise TypeError(f"fit takes {sorted(others)} only with the metadata routing of scikit-learn.")
        taken = {name: {word: keywords(part, word) for word in given} for name, part in self._kept()}
        rejecting = [name for name, part in self._kept() if not (ends_frozen(part) or taken[name].get("sample_weight"))]
        if rejecting and "sample_weight" in given:
            raise UnsuitableModelError(f"Not all estimators take sample_weight in fit; these do not: {rejecting}.")
        if "groups" in given and not any(words["groups"] for words in taken.values()):
            raise UnsuitableModelError("None of the estimators takes groups in fit; leave them out.")
        return {
            name: {keyword: given[word] for word, those in words.items() for keyword in those}
            for name, words in taken.items()
        }

    def _accepts(self, name):
        if name == "groups":
            return any(keywords(part, name) for _, part in self._kept())
        if name == "soft_target":
            return False
        return all(ends_frozen(part) or keywords(part, name) for _, part in self._kept())

    def _kept(self):
        """Return the (name, estimator) that are not dropped."""
        return [(name, part) for name, part in self.estimators if not isinstance(part, str) or part != "drop"]

    def _check_estimators(self):
        if not self.estimators:
            raise ValueError("estimators is empty; pass a list of (name, classifier).")
        for pair in self.estimators:
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"estimators must be a list of (name, classifier), got {pair!r} in it.")
            if not isinstance(pair[0], str):
                raise TypeError(f"estimators must be a list of (name, classifier), got the name {pair[0]!r} in it.")
        for pair in self._kept() or self.estimators:
            if isinstance(pair[1], type) or not hasattr(pair[1], "predict_proba"):
                raise TypeError(f"{pair[0]} must be a classifier with predict_proba, got {pair[1]!r}.")
        self._validate_names([name for name, _ in self.estimators])
        check_parts({name: part for name, part in self._kept() if not ends_frozen(part)})
        self._checked_weights()

    def _checked_weights(self):
        return checked_weights(self.weights, [part for _, part in self.estimators])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        pairs = [pair for pair in self.estimators if isinstance(pair, (tuple, list)) and len(pair) == 2]
        combine_tags(tags, [part for _, part in pairs])
        return tags


def _fitted(estimator, X, y, params):
    return clone(estimator).fit(X, y, **params)


def _classes_of(y):
    """Return the classes of a target, or those of each of its labels."""
    check_classification_targets(y)
    kind, y = type_of_target(y), np.asarray(y)
    if kind == "multiclass-multioutput":
        raise ValueError(f"y must be classes or a 0/1 indicator of labels, got a target of type {kind}.")
    return LabelClasses(y.shape[1]) if kind == "multilabel-indicator" else np.unique(y)

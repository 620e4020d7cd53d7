"""Searches, distilled classifiers and tuned thresholds, reduced to their result."""

from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import _is_fitted
from ..estimators.delegates import Distiller, predictor_of


def without_tuning(model):
    """Return the model that a fitted search or another tuned model uses to predict; any other model unchanged.

    Parameters
    ----------
    model : estimator

    Returns
    -------
    model : estimator
        The best estimator of a search; the student of a `DistilledClassifier`. For a `TunedThresholdClassifierCV`,
        a `FixedThresholdClassifier` with the threshold it chose, around its fitted estimator.

    Raises
    ------
    NotFittedError
        If a search or a tuned threshold is not fitted.
    UnsuitableModelError
        If a search has `refit=False`.
    """
    if isinstance(model, Distiller) and not _is_fitted(model):
        return model
    model = predictor_of(model)
    return _fixed(model) if isinstance(model, TunedThresholdClassifierCV) else model


def threshold_of(path, multilabel):
    """Return the lowest probability at which a model predicts a label, or the second of two classes.

    Parameters
    ----------
    path : Path
        A way of a signal through the model.
    multilabel : bool
        Whether a record may have several labels.

    Returns
    -------
    threshold : float, list of float or None
        A list with one threshold for each label, if the model tuned them. None if the model predicts the most probable
        class, or decides by other values than probabilities.
    """
    outer = _outermost(path)
    if hasattr(outer, "thresholds_"):
        of_first = not multilabel and outer.pos_label_ == outer.classes_[0]
        return (1 - outer.thresholds_ if of_first else outer.thresholds_).tolist()
    if hasattr(outer, "class_weights_"):
        first, second = outer.class_weights_ if len(outer.classes_) == 2 else (1, 1)
        return None if first == second else float(first / (first + second))
    if not isinstance(outer, FixedThresholdClassifier) or outer.threshold == "auto":
        return 0.5 if multilabel else None
    if outer.response_method == "decision_function" or not hasattr(outer, "predict_proba"):
        return None
    negative = outer.pos_label is not None and outer.pos_label == outer.classes_[0]
    return float(1 - outer.threshold if negative else outer.threshold)


def class_weights_of(path):
    """Return the weights with which a model decides between several classes, or None if it has none.

    Parameters
    ----------
    path : Path
        A way of a signal through the model.

    Returns
    -------
    weights : list of float or None
        None for two classes: `threshold_of` returns their threshold.
    """
    outer = _outermost(path)
    several = hasattr(outer, "class_weights_") and len(outer.classes_) > 2
    return outer.class_weights_.tolist() if several else None


def _outermost(path):
    """Return the outermost model that changes predictions, without its tuning; None if there is none."""
    return without_tuning(path.wrappers[0].model) if path.wrappers else None


def _fixed(tuned):
    """Return a fixed threshold that predicts like a tuned threshold."""
    check_is_fitted(tuned)
    estimator = tuned.estimator_
    fixed = FixedThresholdClassifier(
        estimator if isinstance(estimator, FrozenEstimator) else FrozenEstimator(estimator),
        threshold=float(tuned.best_threshold_),
        pos_label=tuned._curve_scorer._get_pos_label(),
        response_method=tuned.response_method,
    )
    for name in ("n_features_in_", "feature_names_in_"):
        if hasattr(tuned, name):
            setattr(fixed, name, getattr(tuned, name))
    if not hasattr(fixed, "n_features_in_"):  # scikit-learn needs a fitted attribute
        fixed.estimator_ = fixed.estimator
    return fixed

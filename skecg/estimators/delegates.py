"""Searches and distilled classifiers, which predict what one fitted estimator inside predicts."""

from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import BaseSearchCV
from .errors import UnsuitableModelError


class Distiller:
    """A marker of meta-estimators that predict what their attribute `student_` predicts."""


def wraps_estimators(model):
    """Return whether a model is a meta-estimator: whether it takes estimators as parameters."""
    return bool({"estimator", "estimators", "student"} & set(model.get_params(deep=False)))


def is_search(model):
    """Return whether a model is a search over parameters, fitted or not."""
    if isinstance(model, FrozenEstimator):  # it also has the attributes of a search inside it
        return False
    return isinstance(model, BaseSearchCV) or (hasattr(model, "best_estimator_") and wraps_estimators(model))


def best_of(search):
    """Return the best estimator of a search; raise if the search is not fitted or has `refit=False`."""
    if hasattr(search, "best_estimator_"):
        return search.best_estimator_
    name = type(search).__name__
    if not search.refit:
        raise UnsuitableModelError(
            f"A fitted model is needed; got {name} with refit=False, which keeps none. Fit it with refit=True."
        )
    raise NotFittedError(f"This {name} is not fitted: it has no best_estimator_. Call fit first.")


def predictor_of(model):
    """Return the fitted estimator that predicts for a search or a distilled classifier; any other model unchanged.

    Parameters
    ----------
    model : estimator

    Returns
    -------
    predictor : estimator
        Neither a search nor a distilled classifier.

    Raises
    ------
    NotFittedError, UnsuitableModelError
        If there is no fitted estimator inside.
    """
    if isinstance(model, Distiller):
        check_is_fitted(model)
        return predictor_of(model.student_)
    return predictor_of(best_of(model)) if is_search(model) else model

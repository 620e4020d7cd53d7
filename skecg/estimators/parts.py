"""Check the estimators inside a meta-estimator before the first of them is fitted."""

from sklearn import get_config
from sklearn.frozen import FrozenEstimator

from .delegates import is_search

_METHODS = ("fit", "predict_proba")


def check_parts(parts, methods=_METHODS):
    """Raise an error, before any fit, on a part that cannot be fitted as it is.

    Parameters
    ----------
    parts : dict of str to estimator
        The parts by the names that the error shows.
    methods : tuple of str, default=("fit", "predict_proba")
        The methods that each part must have.

    Raises
    ------
    TypeError
        If a part is a class, or lacks a method.
    InvalidParameterError
        If a part, or an estimator inside it, has a parameter that its own `fit` would refuse.
    """
    for name, part in parts.items():
        if isinstance(part, type):
            raise TypeError(f"{name} must be an estimator, got the class {part.__name__}: write {part.__name__}(...).")
        missing = [method for method in methods if not hasattr(part, method)]
        if missing:
            raise TypeError(
                f"{name} must be an estimator with {' and '.join(methods)}; this one has no {missing[0]}: {part!r:.100}"
            )
    if not get_config()["skip_parameter_validation"]:
        for part in parts.values():
            _validate(part)


def _validate(part):
    """Validate the parameters of an estimator and of those inside it.

    Frozen estimators are not fitted, and a search sets parameters of its estimator.
    """
    if isinstance(part, type | FrozenEstimator) or not hasattr(part, "get_params"):
        return
    if hasattr(part, "_parameter_constraints"):
        part._validate_params()
    if is_search(part):
        return
    inner = [*part.get_params(deep=False).values(), *(step for _, step in getattr(part, "steps", ()))]
    for value in inner:
        _validate(value)

"""The kinds of values that a fitted attribute can be: predicates with names, and those names in words.

A kind is a word. The axes of an array follow as letters: axes with one letter have one size. Two kinds with `|`
between them are alternatives.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression

from ..training.weights.digests import are_parts

LONGEST = 10**8  # samples of a record: a day at 1,000 Hz
_MANY = 60  # characters of a value in a message


def fits(kind, value, sizes):
    """Return whether a value is of a kind; the sizes of axes that were unknown are added to `sizes`.

    Parameters
    ----------
    kind : str
    value : object
    sizes : dict of str to int
        The sizes of the axes by letter, as far as they are known.
    """
    for each in kind.split(" | "):
        word, *axes = each.split()
        tried = dict(sizes)
        if _WORDS[word][1](value) and (not axes or _has_axes(value, axes, tried)):
            sizes.update(tried)
            return True
    return False


def in_words(kind, sizes):
    """Return what a kind expects, for a message."""
    said = []
    for each in kind.split(" | "):
        word, *axes = each.split()
        shape = ", ".join(str(sizes.get(axis, "any")) for axis in axes if axis != "...")
        said.append(_WORDS[word][0] + (f" of shape ({shape})" if shape else ""))
    return " or ".join(said)


def shown(value):
    """Return a value in few characters, for a message."""
    if isinstance(value, np.ndarray):
        what = f"an array of {value.dtype} of shape {value.shape}"
        wrong = value.dtype.kind == "f" and not np.isfinite(value).all()
        return f"{what} that holds NaN or infinity" if wrong else what
    text = type(value).__name__ if isinstance(value, BaseEstimator) else repr(value)
    return text if len(text) <= _MANY else f"{text[: _MANY - 3]}..."


def is_number(value):
    """Return whether a value is a finite real number, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(value))


def is_estimator(value):
    """Return whether a value is an instance of an estimator."""
    return isinstance(value, BaseEstimator)


def _has_axes(value, axes, sizes):
    if axes == ["..."]:
        return True
    shape = np.shape(value) if isinstance(value, np.ndarray) else (len(value),)
    return len(shape) == len(axes) and all(
        sizes.setdefault(axis, size) == size for axis, size in zip(axes, shape, strict=True)
    )


def _is_count(value):
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 1


def _is_array(value, kinds="biuf"):
    return isinstance(value, np.ndarray) and value.dtype.kind in kinds


def _is_finite(value):
    return _is_array(value) and bool(np.isfinite(value).all())


def _has_gaps(value):
    return _is_array(value) and not np.isinf(value).any()


def _is_fill(value):
    numbers = _is_array(value, "O") and all(isinstance(item, Real) and not np.isinf(item) for item in value.flat)
    return numbers or _has_gaps(value)


def _is_whole(value):
    return _is_array(value, "iu") and bool((value >= 0).all())


def _is_strings(value):
    return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


def _is_classes(value):
    if isinstance(value, list):  # LabelClasses; early versions wrote a plain list
        return bool(value) and all(np.array_equal(of_label, [0, 1]) for of_label in value)
    if not _is_array(value, "biufUO") or value.ndim != 1 or not len(value):
        return False
    plain = all(isinstance(item, str | bool | int | float | np.generic) for item in value.tolist())
    return plain and len(set(value.tolist())) == len(value) and not any(item != item for item in value.tolist())


def _is_history(value):
    return isinstance(value, list) and all(isinstance(row, dict) and _is_strings(row) for row in value)


def _is_covariates(value):
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) and _is_column(row) for row in value)


def _is_column(row):
    if not isinstance(row.get("name"), str):
        return False
    if row.get("kind") == "numeric":
        return row.keys() == {"name", "kind", "mean", "scale"} and is_number(row["mean"]) and _is_rate(row["scale"])
    categories = row.get("categories")
    has_names = isinstance(categories, list) and _is_strings(categories)
    return row.keys() == {"name", "kind", "categories"} and row["kind"] == "categorical" and has_names


def _is_rate(value):
    return is_number(value) and value > 0


def _is_temperatures(value):
    each = value if isinstance(value, list) else [None]
    return all((isinstance(item, float) and _is_rate(item)) or isinstance(item, IsotonicRegression) for item in each)


def _is_estimators(value):
    return isinstance(value, list) and bool(value) and all(map(is_estimator, value))


_WORDS = {
    "array": ("finite numbers", _is_finite),
    "arrays": (
        "a list of finite numbers",
        lambda value: isinstance(value, list) and all(map(_is_finite, value)),
    ),
    "classes": ("distinct classes", _is_classes),
    "classes_by_label": (
        "a list of distinct classes for each label",
        lambda value: isinstance(value, list) and bool(value) and all(map(_is_classes, value)),
    ),
    "count": ("an integer of 1 or more", _is_count),
    "covariates": (
        "a list of covariates with finite means and positive scales, or distinct categories",
        _is_covariates,
    ),
    "digests": ("a list of digests with their leads", are_parts),
    "estimator": ("an estimator", is_estimator),
    "estimators": ("a list of estimators", _is_estimators),
    "fills": ("numbers without infinity", _is_fill),
    "flag": ("true or false", lambda value: isinstance(value, bool | np.bool_)),
    "gaps": ("numbers without infinity", _has_gaps),
    "history": ("a list of named values for each epoch", _is_history),
    "label": ("a class", lambda value: isinstance(value, str | bool) or is_number(value)),
    "leads": ("distinct names", lambda value: isinstance(value, tuple) and _is_strings(value)),
    "limits": ("numbers", lambda value: _is_array(value) and not np.isnan(value).any()),
    "named": ("estimators by name", lambda value: isinstance(value, dict) and all(map(is_estimator, value.values()))),
    "names": ("distinct names", lambda value: _is_array(value, "UO") and _is_strings(value.tolist())),
    "none": ("nothing", lambda value: value is None),
    "number": ("a finite number", is_number),
    "part": ("'all' or 'head'", lambda value: isinstance(value, str) and value in ("all", "head")),
    "plain": ("plain data", lambda value: not is_estimator(value)),
    "precision": ("'float32' or 'bfloat16'", lambda value: value in ("float32", "bfloat16")),
    "rate": ("a positive number", _is_rate),
    "samples": (f"an integer from 1 to {LONGEST:.0e}", lambda value: _is_count(value) and value <= LONGEST),
    "scales": ("positive numbers", lambda value: _has_gaps(value) and not (value <= 0).any()),
    "shares": ("numbers from 0 to 1", lambda value: _is_finite(value) and bool(((value >= 0) & (value <= 1)).all())),
    "spreads": ("finite numbers of 0 or more", lambda value: _is_finite(value) and bool((value >= 0).all())),
    "temperatures": ("a list of positive numbers", _is_temperatures),
    "text": ("a text", lambda value: isinstance(value, str)),
    "type": ("a type of numbers", lambda value: isinstance(value, np.dtype)),
    "weights": ("positive finite numbers", lambda value: _is_finite(value) and bool((value > 0).all())),
    "whole": ("integers of 0 or more", _is_whole),
}

"""Age, sex and other columns of the metadata as numbers for a network.

`fit` stores what it learns from a column in a plain dict, which can be pickled, compared and saved.
A numeric value becomes (standardised value, 1, 0), a missing number (0, 0, 1). A category becomes a
one-hot vector, in which the last place means missing.
"""

import numpy as np

from ..._warn import warn
from ...records import ECGRecords
from ...records._rows import called

_MIN_PATIENTS = 10  # with fewer patients, mean and spread of a covariate have one digit


def learn_covariates(X, names, weight=None):
    """Learn mean and standard deviation of each numeric column, and the categories of the others.

    Parameters
    ----------
    X : ECGRecords or ndarray
        The training records; an array has no metadata and raises.
    names : sequence of str or None
        Columns of the metadata.
    weight : ndarray of shape (n_records,), default=None
        Weight of each record in mean and spread.

    Returns
    -------
    columns : list of dict or None
        Each dict has `name` and `kind`: "numeric" with `mean` and `scale`, or "categorical" with
        `categories`.

    Raises
    ------
    ValueError
        If a column is missing or holds infinity, or `names` are not distinct names of columns.

    Warns
    -----
    UserWarning
        If a text column holds numbers except for a few values, or if most of its values differ.
    """
    if names is None:
        return None
    if isinstance(names, str) or len(set(names)) != len(names) or not len(names):
        raise ValueError(f"covariates must be distinct names of metadata columns, as ('age', 'sex'); got {names!r}.")
    return [_learn(name, _column(X, name), weight) for name in names]


def rounded_for_few(columns, X):
    """Round mean and scale to one digit if there are few patients, so that a model file does not reveal their values.

    Parameters
    ----------
    columns : list of dict or None
        As `learn_covariates` returned it.
    X : ECGRecords or ndarray
        The training records.

    Returns
    -------
    columns : list of dict or None
    """
    if columns is None or _n_patients(X) >= _MIN_PATIENTS:
        return columns
    return [_rounded(column) if column["kind"] == "numeric" else column for column in columns]


def encode_covariates(X, columns):
    """Encode the covariates as numbers.

    Parameters
    ----------
    X : ECGRecords or ndarray
        The records.
    columns : list of dict or None
        As returned by `learn_covariates`.

    Returns
    -------
    covariates : ndarray of shape (n_records, n_values), float32, or None

    Raises
    ------
    ValueError
        If a column is missing, holds infinity, a number beyond float32 after standardisation, or text
        where `fit` saw numbers.

    Warns
    -----
    UserWarning
        If `fit` did not see a category; the category counts as missing.
    """
    if columns is None:
        return None
    encode = {"numeric": _encode_numbers, "categorical": _encode_categories}
    parts = [encode[column["kind"]](column, _column(X, column["name"])) for column in columns]
    return np.concatenate(parts, axis=1).astype(np.float32)


def plain_covariates(X, columns):
    """Return one number for each covariate, as the ONNX model of a network takes them.

    Parameters
    ----------
    X : ECGRecords or ndarray
        The records.
    columns : list of dict
        As returned by `learn_covariates`.

    Returns
    -------
    covariates : ndarray of shape (n_records, n_columns), float32
        The value of a numeric column, or the place of a category among those that `fit` saw. NaN is missing.

    Raises
    ------
    ValueError
        As `encode_covariates`.
    """
    parts = [_plain(column, _column(X, column["name"])) for column in columns]
    return np.stack(parts, axis=1).astype(np.float32)


def sizes_of(columns):
    """Return the number of values that encode each column."""
    return [3 if column["kind"] == "numeric" else len(column["categories"]) + 1 for column in columns]


def _column(X, name):
    if not isinstance(X, ECGRecords):
        raise ValueError(
            f"The covariate {name!r} is read from the metadata of ECGRecords; X is a plain array, which has none."
        )
    if name not in X.metadata:
        raise ValueError(f"The metadata has no column {name!r} for covariates, only {list(X.metadata.columns)}.")
    return X.metadata[name]


def _learn(name, column, weight):
    if column.dtype.kind not in "iuf":  # text, booleans, pandas' categories
        texts = [_text(value) for value in column.dropna()]
        if str(column.dtype) != "category":
            _warn_of_many_categories(name, texts)
        return {"name": name, "kind": "categorical", "categories": sorted(set(texts))}
    values = _numbers(name, column)
    present = ~np.isnan(values)
    mean, scale = _mean_and_spread(values[present], None if weight is None else weight[present])
    return {"name": name, "kind": "numeric", "mean": mean, "scale": scale or 1.0}


def _mean_and_spread(values, weight):
    if not len(values):
        return 0.0, 1.0
    mean = np.average(values, weights=weight)
    return float(mean), float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))


def _n_patients(X):
    """Return the number of patients, or of records where the patients are not named."""
    return X.metadata["patient_id"].nunique() if "patient_id" in X.metadata else len(X)


def _rounded(column):
    mean, scale = (float(f"{column[key]:.0e}") for key in ("mean", "scale"))
    return {**column, "mean": mean, "scale": scale}


def _warn_of_many_categories(name, texts):
    """Warn about a text column that holds mostly numbers, or whose values hardly repeat."""
    odd = [text for text in texts if not _is_number(text)]
    n_categories = len(set(texts))
    if 0 < len(odd) < 0.2 * len(texts):
        reason = f"is a number except in {len(odd)} of {len(texts)} records, such as {odd[0]!r}: it has"
    elif n_categories > max(10, len(texts) / 2):
        reason = f"differs in most of {len(texts)} records, such as {texts[0]!r}: it has"
    else:
        return
    warn(
        f"The covariate {name!r} {reason} {n_categories} categories. Convert it to numbers, with NaN for missing "
        "values (pandas.to_numeric), or to the type category if categories are meant.",
    )


def _is_number(text):
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False


def _numbers(name, column):
    try:
        values = column.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise ValueError(f"The covariate {name!r} was numeric in fit; now it is of type {column.dtype}.") from None
    if np.isinf(values).any():
        raise ValueError(f"The covariate {name!r} holds infinity; use NaN for a missing value.")
    return values


def _encode_numbers(learnt, column):
    values = _numbers(learnt["name"], column)
    missing = np.isnan(values)
    standardised = np.where(missing, 0, (values - learnt["mean"]) / learnt["scale"])
    beyond = np.abs(standardised) > np.finfo(np.float32).max
    if beyond.any():
        row = int(np.argmax(beyond))
        raise ValueError(
            f"The covariate {learnt['name']!r} of {called(column.to_frame(), row)} is {values[row]:g}, too far from "
            f"the {learnt['mean']:g} that fit has seen to be computed in float32."
        )
    return np.stack([standardised, ~missing, missing], axis=1)


def _encode_categories(learnt, column):
    missing = len(learnt["categories"])
    return np.eye(missing + 1)[[missing if place is None else place for place in _places(learnt, column)]]


def _plain(learnt, column):
    if learnt["kind"] == "numeric":
        return _numbers(learnt["name"], column)
    return np.array([np.nan if place is None else place for place in _places(learnt, column)])


def _places(learnt, column):
    """Return the place of each category among those that `fit` saw, or None where it is missing."""
    places = {category: i for i, category in enumerate(learnt["categories"])}
    texts = [None if is_missing else _text(value) for value, is_missing in zip(column, column.isna(), strict=True)]
    unseen = sorted({text for text in texts if text is not None and text not in places})
    if unseen:
        warn(
            f"The covariate {learnt['name']!r} holds {unseen}, which fit did not see; they count as missing. "
            f"fit saw {learnt['categories']}.",
        )
    return [places.get(text) for text in texts]


def _text(value):
    """Return a category as text, so that it can be saved; `True` and `np.True_` give the same text."""
    return str(value)

"""Estimators without the folders and files of this machine, for texts that leave it."""

import os
from pathlib import PurePath

from sklearn.base import BaseEstimator

FOLDERS = {"checkpoint", "memory"}  # parameters that name folders


def without_places(value):
    """Return an estimator, not fitted, whose parameters name no folder, and of a file the name alone.

    Parameters
    ----------
    value : object
        An estimator, or what a parameter of one holds; other values are returned unchanged.

    Returns
    -------
    value : object
    """
    if isinstance(value, BaseEstimator) and not isinstance(value, type):
        params = value.get_params(deep=False)
        return type(value)(**{key: _shown(key, param) for key, param in params.items()})
    if type(value) is dict:
        return {key: without_places(item) for key, item in value.items()}
    return type(value)(map(without_places, value)) if type(value) in (list, tuple) else value


def _shown(key, param):
    if key in FOLDERS:
        return None
    if key == "pretrained" and isinstance(param, str | os.PathLike):
        return PurePath(param).name
    return without_places(param)

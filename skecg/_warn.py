"""Warn at the line of the user."""

import sys
import warnings

_LIBRARIES = {"concurrent", "contextlib", "functools", "imblearn", "joblib", "skecg", "sklearn", "skorch", "threading"}


def warn(message, category=UserWarning):
    """Warn at the first line of code that is neither of skecg nor of a library between the user and skecg.

    Parameters
    ----------
    message : str or Warning
    category : type, default=UserWarning
        Ignored if the message is a Warning.
    """
    warnings.warn(message, category, stacklevel=_level_of_user())


def _level_of_user():
    """Return the stack level, for the caller of this function, of the first frame outside of the libraries."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES:
        frame, level = frame.f_back, level + 1
    return level

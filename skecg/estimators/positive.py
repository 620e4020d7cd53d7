"""The class that a fitted model names as the positive one."""

from .model import unwrap


def positive_of(model):
    """Return the class that a fitted model names as the positive one of two.

    Parameters
    ----------
    model : estimator
        The input contract of a loaded model names the class, or the parameter `pos_label` of a wrapper does.

    Returns
    -------
    positive : object
        None if the model names no class.
    """
    path, *_ = unwrap(model)
    named = [getattr(part, "pos_label", None) for part in (path.contract, *(found.model for found in path.wrappers))]
    return next((label for label in named if label is not None), None)

"""The error for a model of the wrong kind."""


class UnsuitableModelError(TypeError, ValueError):
    """Raised if a function gets a model that it cannot use.

    The error is a `TypeError`, because the type of the model is wrong, and a `ValueError`, because the
    model is the value of an argument. scikit-learn's `NotFittedError` has two types in the same way.
    """

"""Which one of two classes is the positive one."""

from __future__ import annotations

import numpy as np


def positive_class(classes, pos_label=None):
    """Return the positive one of two classes.

    Parameters
    ----------
    classes : sequence of two classes
    pos_label : object, default=None
        The class that the user names. None means the second of two numbers, such as 1 of 0 and 1.

    Returns
    -------
    positive : object
        An element of `classes`.

    Raises
    ------
    ValueError
        If `pos_label` is not one of the classes, or if the classes are texts and `pos_label` is None: the
        alphabet does not know which class is the disease.
    """
    classes = np.asarray(classes).tolist()
    first, second = map(repr, classes)
    if pos_label is None:
        if any(isinstance(label, str) for label in classes):
            raise ValueError(
                f"The classes are {first} and {second}: name the class to detect with pos_label={first} or {second}."
            )
        return classes[1]
    if pos_label not in classes:
        raise ValueError(f"pos_label={pos_label!r} is not one of the classes, {first} and {second}.")
    return classes[classes.index(pos_label)]

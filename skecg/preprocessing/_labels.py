"""What `classes_` is for labels, of which a record may have several."""

import numpy as np

__all__ = ["LabelClasses"]


class LabelClasses(list):
    """`array([0, 1])` for each label, in a list with the shape that scikit-learn's `cross_val_predict` asks for.

    Parameters
    ----------
    n_labels : int
    """

    def __init__(self, n_labels):
        super().__init__(np.array([0, 1]) for _ in range(n_labels))

    def __reduce__(self):
        return type(self), (len(self),)

    @property
    def shape(self):
        return (len(self),)

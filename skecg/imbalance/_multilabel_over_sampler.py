"""ML-ROS: random over-sampling of records with rare labels."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval
from ._multilabel import MultilabelSampler


class MultilabelOverSampler(MultilabelSampler):
    """Repeat records that have rare labels: ML-ROS.

    The imbalance ratio of a label is the number of records of the most frequent label divided by
    the number of records of this label [1]_. The sampler goes round the labels above the mean ratio, again and
    again, and repeats one record of each, drawn at random. It drops a label that is no longer above the mean.
    Other labels of the repeated records become more frequent, too.

    Parameters
    ----------
    fraction : float, default=0.25
        Maximum number of repeated records as a share of the records of X; 0.25 is the strongest
        setting of [1]_, which tried 0.1, 0.2 and 0.25.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    imbalance_ratios_ : ndarray of shape (n_labels,)
        Imbalance ratio of each label before resampling; nan for a label that no record has.
    mean_imbalance_ratio_ : float
        Mean of the imbalance ratios.
    sample_indices_ : ndarray of shape (n_records_new,)
        Indices of the records of the resampled set; all records of X come first.
    n_features_in_ : int
        Number of leads; for a table, number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    MultilabelUnderSampler : Leaves out records that have only frequent labels.
    RecordOverSampler : For classes, where each record has one class.

    References
    ----------
    .. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
       classification: measures and random resampling algorithms", Neurocomputing 163, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.imbalance import MultilabelOverSampler
    >>> X, Y = np.zeros((8, 12, 100)), np.array([[1, 0]] * 7 + [[0, 1]])
    >>> X_new, Y_new = MultilabelOverSampler(random_state=0).fit_resample(X, Y)
    >>> Y_new.sum(axis=0)
    array([7, 2])
    """

    _parameter_constraints: dict = {
        "fraction": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, *, fraction=0.25, random_state=None):
        self.fraction = fraction
        self.random_state = random_state

    def _draw(self, y, rng):
        counts = y.sum(axis=0)
        bags = [k for k in np.flatnonzero(counts) if self.imbalance_ratios_[k] > self.mean_imbalance_ratio_]
        rows, n_left = list(range(len(y))), int(self.fraction * len(y))
        while bags and n_left:
            for label in list(bags):
                if not n_left:
                    break
                row = rng.choice(np.flatnonzero(y[:, label]))
                rows.append(row)
                counts, n_left = counts + y[row], n_left - 1
                if counts.max() / counts[label] <= self.mean_imbalance_ratio_:
                    bags.remove(label)
        return np.array(rows)

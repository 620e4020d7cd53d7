"""ML-RUS: random under-sampling of records with frequent labels."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval
from ._multilabel import MultilabelSampler


class MultilabelUnderSampler(MultilabelSampler):
    """Leave out records that have frequent labels: ML-RUS.

    The imbalance ratio of a label is the number of records of the most frequent label divided by
    the number of records of this label [1]_. The sampler goes round the labels below the mean ratio, again and
    again, and leaves out one record of each, drawn at random. It drops a label that is no longer below the mean.

    Parameters
    ----------
    fraction : float, default=0.25
        Maximum share of the records of X that is left out; 0.25 is the strongest setting of
        [1]_, which tried 0.1, 0.2 and 0.25.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    imbalance_ratios_ : ndarray of shape (n_labels,)
        Imbalance ratio of each label before resampling; nan for a label that no record has.
    mean_imbalance_ratio_ : float
        Mean of the imbalance ratios.
    sample_indices_ : ndarray of shape (n_records_new,)
        Indices of the records of X that are kept, in their order.
    n_features_in_ : int
        Number of leads; for a table, number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    MultilabelOverSampler : Repeats records with rare labels.
    RecordUnderSampler : For classes, where each record has one class.

    Notes
    -----
    The sampler never leaves out a record that also has a label above the mean ratio: otherwise a
    rare label that occurs together with a frequent label would become even rarer. This rule is our
    choice.

    References
    ----------
    .. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
       classification: measures and random resampling algorithms", Neurocomputing 163, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.imbalance import MultilabelUnderSampler
    >>> X, Y = np.zeros((8, 12, 100)), np.array([[1, 0]] * 7 + [[0, 1]])
    >>> X_new, Y_new = MultilabelUnderSampler(random_state=0).fit_resample(X, Y)
    >>> Y_new.sum(axis=0)
    array([5, 1])
    """

    _parameter_constraints: dict = {
        "fraction": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, *, fraction=0.25, random_state=None):
        self.fraction = fraction
        self.random_state = random_state

    def _draw(self, y, rng):
        ratios, mean = self.imbalance_ratios_, self.mean_imbalance_ratio_
        counts, stays = y.sum(axis=0), np.ones(len(y), bool)
        candidate = ~y[:, ratios > mean].any(axis=1)
        bags, n_left = list(np.flatnonzero(ratios < mean)), int(self.fraction * len(y))
        while bags and n_left:
            for label in list(bags):
                rows = np.flatnonzero(y[:, label] & stays & candidate)
                if not len(rows) or counts.max() / counts[label] >= mean:
                    bags.remove(label)
                elif n_left:
                    row = rng.choice(rows)
                    stays[row] = False
                    counts, n_left = counts - y[row], n_left - 1
        return np.flatnonzero(stays)

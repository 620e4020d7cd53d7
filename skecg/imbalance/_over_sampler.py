"""Random over-sampling of records."""

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler

from ._base import RecordSampler


class RecordOverSampler(RecordSampler, BaseOverSampler):
    """Repeat records of rare classes, drawn at random with replacement.

    The sampler copies no signal of `ECGRecords`: a repeated record is a second reference to the
    same place in the buffer, also in a memory map. The sampler repeats its row of metadata as well.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Number of records of each class after resampling, as in imbalanced-learn. A float (two classes only)
        is the desired ratio of the rare class to the frequent class; "auto" and "not majority" make
        all classes as frequent as the most frequent one; "minority" does so for the rarest only; a dict
        gives numbers of records, and a callable returns such a dict for y.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of records that are added to each class.
    sample_indices_ : ndarray of shape (n_records_new,)
        Indices of the records of the resampled set; all records of X come first. `groups[sample_indices_]`
        gives the groups of the resampled set.
    n_features_in_ : int
        Number of leads; for a table, number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    RecordUnderSampler : Leaves out records of frequent classes.
    MultilabelOverSampler : For labels, where a record may have several labels.

    Notes
    -----
    The sampler does not look at the values of X, so it does not read a memory map. Use it inside imbalanced-learn's
    `Pipeline`, which resamples in `fit` only; records repeated before a split leak into the test fold.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.imbalance import RecordOverSampler
    >>> X, y = make_ecg(8, classes=["NORM", "PE"], weights=[0.75, 0.25], fs=100, random_state=0, return_X_y=True)
    >>> X_balanced, y_balanced = RecordOverSampler(random_state=0).fit_resample(X, y)
    >>> len(X_balanced), sorted(y_balanced.tolist()).count("PE")
    (12, 6)
    """

    _parameter_constraints: dict = {**BaseOverSampler._parameter_constraints}

    def __init__(self, *, sampling_strategy="auto", random_state=None):
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state

    def _draw(self, y, rng):
        rows = [np.arange(len(y))]
        for label, number in self.sampling_strategy_.items():
            rows.append(rng.choice(np.flatnonzero(y == label), number, replace=True))
        return np.concatenate(rows)

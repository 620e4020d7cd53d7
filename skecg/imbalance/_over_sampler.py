"""Random over-sampling of records."""

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler

from ._base import RecordSampler


class RecordOverSampler(RecordSampler, BaseOverSampler):
    """Repeat records of rare classes, drawn at random with replacement.

    Of `ECGRecords` no signal is copied: a repeated record is a second reference to the same
    place in the buffer, also in a memory map, and its row of metadata comes with it.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many records each class shall have, as in imbalanced-learn. A float (two classes only)
        is the wanted ratio of the rare class to the frequent one; "auto" and "not majority" make
        all classes as frequent as the most frequent one; "minority" does so for the rarest only; a dict
        gives numbers of records, and a callable makes such a dict of y.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many records are added to each class.
    sample_indices_ : ndarray of shape (n_records_new,)
        The records of X that make the new set, those of X first. `groups[sample_indices_]` are
        its groups.
    n_features_in_ : int
        Number of leads; of a table, of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    RecordUnderSampler : Leaves out records of frequent classes.
    MultilabelOverSampler : For labels, of which a record may have several.

    Notes
    -----
    The values of X are not looked at, so a memory map is not read. Use it inside imbalanced-learn's
    `Pipeline`, which resamples in `fit` only; copies made before a split leak into the test fold.

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

"""Random under-sampling of records."""

import numpy as np
from imblearn.under_sampling.base import BaseUnderSampler

from ._base import RecordSampler


class RecordUnderSampler(RecordSampler, BaseUnderSampler):
    """Leave out records of frequent classes, drawn at random.

    The sampler copies no signal of `ECGRecords`, and the records keep their metadata.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Number of records of each class after resampling, as in imbalanced-learn. A float (two classes only)
        is the desired ratio of the rare class to the frequent class; "auto" and "not minority" make
        all classes as rare as the rarest one; "majority" does so for the most frequent only; a dict
        gives numbers of records, and a callable returns such a dict for y.
    replacement : bool, default=False
        Whether to draw the kept records with replacement.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of records that are kept of each class that loses records.
    sample_indices_ : ndarray of shape (n_records_new,)
        Indices of the records of X that are kept, in their order. `groups[sample_indices_]` gives
        their groups.
    n_features_in_ : int
        Number of leads; for a table, number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    RecordOverSampler : Repeats records of rare classes.
    MultilabelUnderSampler : For labels, where a record may have several labels.

    Notes
    -----
    The sampler does not look at the values of X, so it does not read a memory map.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.imbalance import RecordUnderSampler
    >>> X, y = make_ecg(8, classes=["NORM", "PE"], weights=[0.75, 0.25], fs=100, random_state=0, return_X_y=True)
    >>> X_balanced, y_balanced = RecordUnderSampler(random_state=0).fit_resample(X, y)
    >>> sorted(y_balanced.tolist())
    ['NORM', 'NORM', 'PE', 'PE']
    """

    _parameter_constraints: dict = {
        **BaseUnderSampler._parameter_constraints,
        "replacement": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(self, *, sampling_strategy="auto", replacement=False, random_state=None):
        super().__init__(sampling_strategy=sampling_strategy)
        self.replacement = replacement
        self.random_state = random_state

    def _draw(self, y, rng):
        rows = []
        for label in np.unique(y):
            of_label = np.flatnonzero(y == label)
            if label in self.sampling_strategy_:
                of_label = rng.choice(of_label, self.sampling_strategy_[label], replace=self.replacement)
            rows.append(of_label)
        return np.sort(np.concatenate(rows))

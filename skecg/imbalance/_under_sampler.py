"""Random under-sampling of records."""

import numpy as np
from imblearn.under_sampling.base import BaseUnderSampler

from ._base import RecordSampler


class RecordUnderSampler(RecordSampler, BaseUnderSampler):
    """Leave out records of frequent classes, drawn at random.

    Of `ECGRecords` no signal is copied, and the metadata stay with their records.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many records each class shall have, as in imbalanced-learn. A float (two classes only)
        is the wanted ratio of the rare class to the frequent one; "auto" and "not minority" make
        all classes as rare as the rarest one; "majority" does so for the most frequent only; a dict
        gives numbers of records, and a callable makes such a dict of y.
    replacement : bool, default=False
        Whether to draw the records that stay with replacement.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many records stay of each class that loses some.
    sample_indices_ : ndarray of shape (n_records_new,)
        The records of X that stay, in their order. `groups[sample_indices_]` are their groups.
    n_features_in_ : int
        Number of leads; of a table, of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a data frame.

    See Also
    --------
    RecordOverSampler : Repeats records of rare classes.
    MultilabelUnderSampler : For labels, of which a record may have several.

    Notes
    -----
    The values of X are not looked at, so a memory map is not read.

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

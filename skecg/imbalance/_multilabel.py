"""Base class of the samplers of labels, which checks the indicator and measures the imbalance of each label."""

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length

from ._base import RecordSampler


def imbalance_ratios(Y):
    """Return how many times rarer each label is than the most frequent label; nan for a label without records."""
    counts = Y.sum(axis=0).astype(np.float64)
    return np.divide(counts.max(), counts, out=np.full(len(counts), np.nan), where=counts > 0)


class MultilabelSampler(RecordSampler):
    """A sampler of labels, which defines `_draw(Y, rng)` on the indicator."""

    def _check_both(self, X, y):
        self._check_records(X)
        name = type(self).__name__
        if y is None:
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        Y = check_array(y, dtype=None, ensure_2d=False, input_name="y")
        if Y.ndim != 2 or Y.shape[1] < 2 or not np.isin(Y, (0, 1)).all():
            raise ValueError(
                f"{name} needs a 0/1 indicator of labels, of shape (n_records, n_labels) with two labels or more; "
                f"got shape {Y.shape}. Unknown label type: use RecordOverSampler or RecordUnderSampler for classes."
            )
        if not Y.any():
            raise ValueError(f"No record has a label, so there is no class or label that {name} could balance.")
        check_consistent_length(X, Y)
        ratios = imbalance_ratios(Y)
        self.imbalance_ratios_, self.mean_imbalance_ratio_ = ratios, float(np.nanmean(ratios))
        return X, Y.astype(bool), False

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output, tags.target_tags.single_output = True, False
        return tags

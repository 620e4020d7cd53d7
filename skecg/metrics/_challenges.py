"""The scores of the PhysioNet/Computing in Cardiology Challenges."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import f1_score
from sklearn.utils._param_validation import validate_params


@validate_params(
    {"y_true": ["array-like"], "y_pred": ["array-like"], "sample_weight": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def cinc2017_score(y_true, y_pred, *, sample_weight=None):
    """Compute the score of the PhysioNet/CinC Challenge 2017.

    It is the mean of the F1 scores of normal rhythm "N", atrial fibrillation "A" and other
    rhythms "O" [1]_. Noisy records, "~", count where they are taken for one of these.

    Parameters
    ----------
    y_true : array-like of shape (n_records,)
        True labels, of "N", "A", "O" and "~".
    y_pred : array-like of shape (n_records,)
        Predicted labels.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.

    Returns
    -------
    score : float
        Between 0 and 1; a class that is neither present nor predicted scores 0.

    Raises
    ------
    ValueError
        If there are other labels.

    References
    ----------
    .. [1] G. D. Clifford et al., "AF classification from a short single lead ECG recording:
       the PhysioNet/Computing in Cardiology Challenge 2017", CinC 2017.

    Examples
    --------
    >>> from skecg.metrics import cinc2017_score
    >>> cinc2017_score(["N", "N", "A", "O", "~"], ["N", "N", "A", "O", "N"])
    0.933...
    """
    unknown = sorted({str(label) for y in (y_true, y_pred) for label in np.ravel(y)} - {"N", "A", "O", "~"})
    if unknown:
        raise ValueError(f'The labels of the challenge are "N", "A", "O" and "~"; got also {unknown}.')
    f1 = f1_score(y_true, y_pred, labels=["N", "A", "O"], average="macro", sample_weight=sample_weight, zero_division=0)
    return float(f1)

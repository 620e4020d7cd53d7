"""Mean area under the ROC curve over the labels that occur in a test set."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from .._scikit_learn import validate_params
from ._columns import columns_of, mean_of_defined


@validate_params(
    {
        "y_true": ["array-like"],
        "y_score": ["array-like"],
        "labels": ["array-like", None],
        "sample_weight": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def macro_auc_score(y_true, y_score, *, labels=None, sample_weight=None):
    """Compute the mean area under the ROC curve of the labels that are present.

    A fold of a data set with rare labels may lack a label; `sklearn.metrics.roc_auc_score` is then
    undefined for all labels together. `macro_auc_score` skips labels without positives or without negatives.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        True labels: a multi-label indicator; binary, of 0 and 1; or classes, each against the rest.
    y_score : array-like of shape (n_records,) or (n_records, n_labels)
        Probabilities or other scores, with one column for each label or class.
    labels : array-like of shape (n_classes,), default=None
        For classes: the class of each column of `y_score`, which is the `classes_` of the classifier.
        By default the sorted classes in `y_true`.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.

    Returns
    -------
    score : float
        Between 0 and 1; nan, with an `UndefinedMetricWarning`, if no label has both positives and negatives.

    Raises
    ------
    ValueError
        If the shapes disagree.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.metrics import macro_auc_score
    >>> Y = np.array([[0, 1, 0], [1, 0, 0], [1, 1, 0]])  # no record has the third label
    >>> P = np.array([[0.2, 0.9, 0.1], [0.7, 0.3, 0.2], [0.6, 0.2, 0.1]])
    >>> macro_auc_score(Y, P)
    0.75
    """
    Y, S = columns_of(y_true, y_score, labels=labels)
    scores = np.full(Y.shape[1], np.nan)
    for k in np.flatnonzero(Y.any(axis=0) & ~Y.all(axis=0)):
        scores[k] = roc_auc_score(Y[:, k], S[:, k], sample_weight=sample_weight)
    return mean_of_defined(scores, "macro_auc_score")

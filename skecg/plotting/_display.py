"""Code that the displays share: convert every form of y to labels, and create axes."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.multiclass import type_of_target

from ..metrics._positive import positive_class
from ..model_selection._groups import resolve_groups
from ._matplotlib import import_pyplot


class BaseDisplay:
    """A plot of numbers that were computed before, as in scikit-learn.

    A display keeps its numbers as attributes; `plot` draws the numbers and sets `ax_` and `figure_`.
    """

    def _axes(self, ax, size=(5.5, 5.0)):
        plt = import_pyplot()
        if ax is None:
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        return ax


def columns_per_label(y_true, y_score, names, pos_label=None):
    """Return truth and probabilities with one column for each label, and the names of the labels.

    Parameters
    ----------
    y_true : array-like of shape (n_records,) or (n_records, n_labels)
        Two classes, of which the positive one is drawn; several classes, each drawn against the rest; or an
        indicator.
    y_score : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
    names : sequence of str or None
        Classes in the order of the columns, or names of the labels.
    pos_label : object, default=None
        The positive one of two classes.

    Returns
    -------
    truth : ndarray of shape (n_records, n_labels), int
    score : ndarray of shape (n_records, n_labels)
    names : list of str
    """
    y_true, y_score = np.asarray(y_true), np.asarray(y_score, np.float64)
    check_consistent_length(y_true, y_score)
    kind = type_of_target(y_true, input_name="y_true")
    columns = y_score if y_score.ndim == 2 else y_score[:, None]
    if kind == "multilabel-indicator":
        truth = y_true.astype(int)
        names = [f"label {i}" for i in range(truth.shape[1])] if names is None else list(names)
    elif kind in ("binary", "multiclass"):
        classes = np.unique(y_true) if names is None else np.asarray(names)
        if set(np.unique(y_true).tolist()) - set(classes.tolist()):
            raise ValueError(f"y_true has classes that are not among the names {classes.tolist()}.")
        if len(classes) == 2:
            chosen = [classes.tolist().index(positive_class(classes, pos_label))]
            columns, classes = columns if columns.shape[1] == 1 else columns[:, chosen], classes[chosen]
        truth, names = (y_true[:, None] == classes).astype(int), classes.tolist()
    else:
        raise ValueError(f"y_true must hold classes or a 0/1 indicator of labels; got {kind}.")
    if columns.shape != truth.shape or len(names) != truth.shape[1]:
        raise ValueError(
            f"y_score of shape {y_score.shape} and {len(names)} names do not fit y_true, which has "
            f"{truth.shape[1]} labels to draw."
        )
    return truth, columns, [str(name) for name in names]


def predictions_of(estimator, X, y, names, groups):
    """Return an estimator's probabilities of X, the names of the classes and the patients."""
    score = np.asarray(estimator.predict_proba(X))
    classes = getattr(estimator, "classes_", None)
    if names is None and np.ndim(y) == 1 and classes is not None:
        names = classes
    return score, names, resolve_groups(X, groups)


def has_both(truth):
    """Return the truth; raise ValueError if it has only one class, so that the bootstrap draws again."""
    if truth.min() == truth.max():
        raise ValueError("There is one class only.")
    return truth

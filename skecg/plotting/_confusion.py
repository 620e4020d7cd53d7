"""Confusion matrices for each label."""

from __future__ import annotations

import numpy as np
from sklearn.utils.multiclass import type_of_target

from ..estimators.positive import positive_of
from ..metrics._positive import positive_class
from ._display import BaseDisplay

_COLUMNS = ("found\n(sensitivity)", "missed", "false alarm", "correctly rejected\n(specificity)")


class LabelConfusionDisplay(BaseDisplay):
    """Hits, misses and false alarms of each label, in one table.

    A row is the 2 x 2 confusion matrix of one label against its absence. Colours and percentages are
    shares of the records that have the label (two columns on the left) or do not (right).

    Parameters
    ----------
    matrices : ndarray of shape (n_labels, 2, 2)
        [[true negatives, false positives], [false negatives, true positives]] of each label.
    names : sequence of str
        Names of the labels.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> from skecg.plotting import LabelConfusionDisplay
    >>> display = LabelConfusionDisplay.from_predictions(["AF", "N", "O", "N"], ["AF", "AF", "O", "N"])
    >>> display.names, display.matrices[0].tolist()
    (['AF', 'N', 'O'], [[2, 1], [0, 1]])
    """

    def __init__(self, matrices, names):
        self.matrices = matrices
        self.names = names

    @classmethod
    def from_estimator(cls, estimator, X, y, *, names=None, pos_label=None, ax=None):
        """Predict X and draw the confusion matrices.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier or pipeline.
        X : ECGRecords or array-like of shape (n_records, ...)
            Records that were not used to fit the estimator.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            The classes or labels of the records.
        names : sequence of str, default=None
            Names of the labels, or of the sorted classes.
        pos_label : int, float, bool or str, default=None
            The one of two classes to draw, as in the data; by default the one that the estimator names, if it
            names one, else the second of two numbers. Two texts need a name.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : LabelConfusionDisplay
            With `ax_` and `figure_`.
        """
        pos_label = positive_of(estimator) if pos_label is None else pos_label
        return cls.from_predictions(y, estimator.predict(X), names=names, pos_label=pos_label, ax=ax)

    @classmethod
    def from_predictions(cls, y_true, y_pred, *, names=None, pos_label=None, ax=None):
        """Draw the confusion matrices of given predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, each drawn against the rest (of two classes, only the positive one), or an indicator of labels.
        y_pred : array-like of shape (n_records,) or (n_records, n_labels)
            Predictions of the same form.
        names : sequence of str, default=None
            Names of the labels, or of the sorted classes.
        pos_label : int, float, bool or str, default=None
            The one of two classes to draw, as in the data; None means the second of two numbers; two
            texts need a name.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : LabelConfusionDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If `y_true` or `y_pred` holds neither classes nor 0 and 1 (for example, probabilities), if
            the two differ in shape, or if there are two classes that are texts and none is named.
        """
        y_true, y_pred = _decided(y_true, "y_true"), _decided(y_pred, "y_pred")
        if y_true.shape != y_pred.shape:
            raise ValueError(f"y_true and y_pred differ in shape: {y_true.shape} and {y_pred.shape}.")
        if y_true.ndim == 1:
            classes = np.union1d(y_true, y_pred)
            names = classes if names is None else list(names)
            if len(names) != len(classes):
                raise ValueError(f"names must name each of the classes {classes.tolist()}; got {names}.")
            two = len(classes) == 2
            shown = [classes.tolist().index(positive_class(classes, pos_label))] if two else range(len(classes))
            y_true, y_pred = (y[:, None] == classes[list(shown)] for y in (y_true, y_pred))
            names = [names[i] for i in shown]
        matrices = np.array([[((y_true == t) & (y_pred == p)).sum(axis=0) for p in (0, 1)] for t in (0, 1)])
        matrices = np.moveaxis(matrices, 2, 0)
        names = [f"label {i}" for i in range(len(matrices))] if names is None else [str(name) for name in names]
        if len(names) != len(matrices):
            raise ValueError(f"names must name each of {len(matrices)} labels; got {names}.")
        return cls(matrices, names).plot(ax=ax)

    def plot(self, ax=None):
        """Draw the table.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : LabelConfusionDisplay
            The display itself, with `ax_` and `figure_`.
        """
        ax = self._axes(ax, size=(6.0, 1.2 + 0.5 * len(self.names)))
        (tn, fp), (fn, tp) = np.moveaxis(np.asarray(self.matrices), 0, 2)
        counts = np.stack([tp, fn, fp, tn], axis=1)
        wholes = np.stack([tp + fn, tp + fn, fp + tn, fp + tn], axis=1)
        shares = np.divide(counts, wholes, out=np.full(counts.shape, np.nan), where=wholes > 0)
        right = np.array([1, -1, -1, 1]) * shares  # correct cells in blue, errors in red
        ax.imshow(right, cmap="RdBu", vmin=-1.6, vmax=1.6, aspect="auto")
        for (i, j), count in np.ndenumerate(counts):
            percent = "" if np.isnan(shares[i, j]) else f"\n{100 * shares[i, j]:.0f} %"
            ax.text(j, i, f"{count:,}{percent}", ha="center", va="center", fontsize="small")
        ax.set_xticks(range(4), _COLUMNS, fontsize="small")
        ax.set_yticks(range(len(self.names)), self.names)
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        return self


def _decided(y, name):
    """Return classes or an indicator of labels as an array; raise ValueError for probabilities."""
    y = np.asarray(y)
    kind = type_of_target(y, input_name=name)
    if kind.startswith("continuous") or (y.ndim == 2 and not np.isin(y, (0, 1)).all()) or y.ndim not in (1, 2):
        raise ValueError(
            f"{name} must hold classes or a 0/1 indicator of labels, as predict gives them; "
            f"got {kind} values of shape {y.shape}."
        )
    return y

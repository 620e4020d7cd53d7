"""ROC curves, precision-recall curves and threshold curves for each label."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from ._labels import GRID, BaseLabelDisplay, BasePrevalenceDisplay


class LabelRocDisplay(BaseLabelDisplay):
    """ROC curves of each label, with intervals by patient.

    Parameters
    ----------
    grids : dict of str to ndarray of shape (n_points,)
        1 - specificity, by label.
    curves : dict of str to ScoreInterval
        Sensitivity on the grid with its interval, as arrays (1, n_points), by label.
    scores : dict of str to ScoreInterval
        Area under the curve, by label.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> from skecg.plotting import LabelRocDisplay
    >>> y, p = [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.9, 0.2, 0.8]
    >>> display = LabelRocDisplay.from_predictions(y, p, n_resamples=20, random_state=0)
    >>> round(display.scores["1"].estimate, 3)
    0.889
    """

    _axis_labels = ("1 - specificity", "Sensitivity")
    _score = "Area under the curve"

    @staticmethod
    def _curve(y, p):
        false_positive, true_positive, _ = roc_curve(y, p)
        return true_positive[np.searchsorted(false_positive, GRID, side="right") - 1]

    @staticmethod
    def _summary(y, p):
        return roc_auc_score(y, p)

    def _draw_reference(self, ax):
        ax.plot([0, 1], [0, 1], color="grey", lw=0.8, ls=":")
        ax.set_aspect("equal")


class LabelPrecisionRecallDisplay(BasePrevalenceDisplay):
    """Precision against recall of each label, with intervals by patient.

    A dotted line shows the prevalence of each label: the precision of a model that guesses.

    Parameters
    ----------
    grids : dict of str to ndarray of shape (n_points,)
        Recall, which is the sensitivity, by label.
    curves : dict of str to ScoreInterval
        Precision on the grid with its interval, as arrays (1, n_points), by label. The precision is that
        of the highest threshold that reaches the recall.
    scores : dict of str to ScoreInterval
        Average precision, by label.
    prevalences : dict of str to float, default=None
        Share of the records that have the label, by label; None draws no line.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> from skecg.plotting import LabelPrecisionRecallDisplay
    >>> y, p = [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.9, 0.2, 0.8]
    >>> display = LabelPrecisionRecallDisplay.from_predictions(y, p, n_resamples=20, random_state=0)
    >>> round(display.scores["1"].estimate, 3)
    0.917
    """

    _axis_labels = ("Recall (sensitivity)", "Precision (positive predictive value)")
    _score = "Average precision"

    @staticmethod
    def _curve(y, p):
        precision, recall, _ = precision_recall_curve(y, p)
        precision, recall = precision[::-1], recall[::-1]
        return precision[np.searchsorted(recall, np.maximum(GRID, 1e-12), side="left")]

    @staticmethod
    def _summary(y, p):
        return average_precision_score(y, p)

    def _draw_reference(self, ax):
        for i, name in enumerate(self.curves if self.prevalences else ()):
            ax.axhline(self.prevalences[name], color=f"C{i}", lw=1.2, ls=":")


class ThresholdDisplay(BaseLabelDisplay):
    """Sensitivity (solid) and specificity (dashed) against the threshold, with intervals by patient.

    Parameters
    ----------
    grids : dict of str to ndarray of shape (n_points,)
        Thresholds, by label; a probability above the threshold is positive.
    curves : dict of str to ScoreInterval
        Sensitivity and specificity on the grid with their intervals, as arrays (2, n_points), by label.
    scores : dict of str to ScoreInterval
        The threshold at which sensitivity and specificity are nearest to each other, by label.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> from skecg.plotting import ThresholdDisplay
    >>> y, p = [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.9, 0.2, 0.8]
    >>> display = ThresholdDisplay.from_predictions(y, p, n_resamples=20, random_state=0)
    >>> sensitivity, specificity = display.curves["1"].estimate
    >>> float(sensitivity[100]), float(specificity[100])  # at 0.5
    (0.666..., 1.0)
    """

    _axis_labels = ("Threshold", "Sensitivity (solid), specificity (dashed)")
    _score = "Equal at"

    @staticmethod
    def _curve(y, p):
        sensitivity = 1 - np.searchsorted(np.sort(p[y == 1]), GRID, side="right") / (y == 1).sum()
        specificity = np.searchsorted(np.sort(p[y == 0]), GRID, side="right") / (y == 0).sum()
        return np.concatenate([sensitivity, specificity])

    @classmethod
    def _summary(cls, y, p):
        sensitivity, specificity = cls._curve(y, p).reshape(2, -1)
        distance = np.abs(sensitivity - specificity)
        return GRID[distance <= distance.min() + 1e-12].mean()

    def _legend(self, name, style):
        return super()._legend(name, style) if style == "-" else None

"""Decision curves: the benefit of acting on a model, at every threshold."""

from __future__ import annotations

import numpy as np

from ._labels import BasePrevalenceDisplay

_GRID = np.linspace(0, 0.99, 199)  # at a threshold of 1, one false alarm outweighs everything


class LabelDecisionDisplay(BasePrevalenceDisplay):
    """Decision curve of each label, with intervals by patient.

    The net benefit is the share of true alarms minus the share of false alarms, weighted by the odds of the
    threshold: to act from a probability of 0.1 is to accept nine false alarms for a true one. A model helps at a
    threshold where its curve is above both references: act on every record (dotted), and on none (zero).

    Parameters
    ----------
    grids : dict of str to ndarray of shape (n_points,)
        Thresholds, by label; a probability from the threshold on is an alarm.
    curves : dict of str to ScoreInterval
        Net benefit on the grid with its interval, as arrays (1, n_points), by label.
    scores : dict of str to ScoreInterval
        Net benefit at a threshold equal to the prevalence, where acting on every record gains nothing, by label.
    prevalences : dict of str to float, default=None
        Share of the records that have the label, by label; None does not draw the curve of acting on every record.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    References
    ----------
    A. J. Vickers and E. B. Elkin, "Decision curve analysis: a novel method for evaluating prediction models", Medical
    Decision Making 26 (2006) 565-574.

    Examples
    --------
    >>> from skecg.plotting import LabelDecisionDisplay
    >>> y, p = [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.9, 0.2, 0.8]
    >>> display = LabelDecisionDisplay.from_predictions(y, p, n_resamples=20, random_state=0)
    >>> round(display.scores["1"].estimate, 3)  # two of six are true alarms, none is a false one
    0.333
    """

    _axis_labels = ("Threshold", "Net benefit")
    _score = "Net benefit at the prevalence"

    @classmethod
    def _measure(cls, y, p):
        return _GRID, lambda y, p: np.append(net_benefit(y, p, _GRID), net_benefit(y, p, y.mean()))

    def plot(self, ax=None, *, interval=True):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.
        interval : bool, default=True
            Whether to shade the intervals.

        Returns
        -------
        display : Display
            The display itself, with `ax_` and `figure_`.
        """
        super().plot(ax, interval=interval)
        highest = max(curve.high.max() for curve in self.curves.values())
        self.ax_.set_ylim(-0.15 * highest, 1.15 * highest)
        return self

    def _draw_reference(self, ax):
        ax.axhline(0, color="grey", lw=0.8)
        for i, name in enumerate(self.curves if self.prevalences else ()):
            prevalence = self.prevalences[name]
            ax.plot(_GRID, prevalence - (1 - prevalence) * _GRID / (1 - _GRID), color=f"C{i}", lw=1.2, ls=":")


def net_benefit(y, p, thresholds):
    """Return the net benefit of an alarm at each threshold.

    Parameters
    ----------
    y : ndarray of shape (n_records,)
        1 for a record that has the label, else 0.
    p : ndarray of shape (n_records,)
    thresholds : float or ndarray of shape (n_thresholds,)
        From 0 up to, but not including, 1.

    Returns
    -------
    benefit : float or ndarray of shape (n_thresholds,)
    """
    hits = (y == 1).sum() - np.searchsorted(np.sort(p[y == 1]), thresholds)
    false_alarms = (y == 0).sum() - np.searchsorted(np.sort(p[y == 0]), thresholds)
    thresholds = np.minimum(thresholds, 1 - 1e-9)  # a sample of positives only has a prevalence of 1
    return (hits - false_alarms * thresholds / (1 - thresholds)) / len(y)

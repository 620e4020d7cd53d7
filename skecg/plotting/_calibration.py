"""Reliability diagrams for each label."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import brier_score_loss

from ._display import has_both
from ._labels import BaseLabelDisplay


class LabelCalibrationDisplay(BaseLabelDisplay):
    """Calibration curves of each label, with intervals by patient.

    A curve shows how often the label is true among the records of similar predicted probability.

    Parameters
    ----------
    grids : dict of str to ndarray of shape (n_bins,)
        Mean probability of the records in each bin, by label. All bins of a label hold about the same
        number of records.
    curves : dict of str to ScoreInterval
        Share of the records in each bin that have the label, as arrays (1, n_bins), by label.
    scores : dict of str to ScoreInterval
        Brier score, by label.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Notes
    -----
    There is one bin for every 20 records, but at least two bins and at most ten. This is our choice, so that
    a bin has enough records.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.plotting import LabelCalibrationDisplay
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(size=400)
    >>> display = LabelCalibrationDisplay.from_predictions(rng.uniform(size=400) < p, p, n_resamples=20, random_state=0)
    >>> len(display.grids["True"])
    10
    """

    _axis_labels = ("Predicted probability", "Share that has the label")
    _score = "Brier score"
    _marker = "o"

    @classmethod
    def _measure(cls, y, p):
        n_bins = int(np.clip(len(p) // 20, 2, 10))
        edges = np.unique(np.quantile(p, np.linspace(0, 1, n_bins + 1)[1:-1]))
        used = np.unique(np.searchsorted(edges, p, side="left"))

        def shares(y, p):
            bins = np.searchsorted(edges, p, side="left")
            n_records = np.bincount(bins, minlength=len(edges) + 1)[used]
            n_true = np.bincount(bins, weights=y, minlength=len(edges) + 1)[used]
            if not n_records.all():
                raise ValueError("A bin is empty.")
            return n_true / n_records

        bins = np.searchsorted(edges, p, side="left")
        grid = np.array([p[bins == i].mean() for i in used])
        return grid, lambda y, p: np.append(shares(has_both(y), p), brier_score_loss(y, p))

    def _draw_reference(self, ax):
        ax.plot([0, 1], [0, 1], color="grey", lw=0.8, ls=":")
        ax.set_aspect("equal")

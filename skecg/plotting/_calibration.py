"""Whether probabilities can be taken at their word."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import brier_score_loss

from ._display import has_both
from ._labels import BaseLabelDisplay


class LabelCalibrationDisplay(BaseLabelDisplay):
    """How often a label is true where the model gives it a probability, with intervals by patient.

    Parameters
    ----------
    grids : dict of str to ndarray of shape (n_bins,)
        Mean probability of the records of each bin, by label. Bins hold equally many records.
    curves : dict of str to ScoreInterval
        Share of records that have the label, arrays (1, n_bins), by label.
    scores : dict of str to ScoreInterval
        Brier score, by label.

    Attributes
    ----------
    ax_, figure_
        Where it was drawn.

    Notes
    -----
    Ten bins at most, and one for 20 records: ours, so that a bin says something.

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

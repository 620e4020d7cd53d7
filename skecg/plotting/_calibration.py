"""Reliability diagrams for each label."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm
from sklearn.metrics import brier_score_loss

from ..metrics import ScoreInterval
from ..metrics._intervals import group_numbers
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
    a bin has enough records. In a bin whose records all have the label, or all lack it, every draw of patients gives
    the same share; the interval is then that of Wilson (1927), for the number of patients in the bin.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927) 209-212.

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
        edges, used = _bins(p)

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

    @staticmethod
    def _widened(curve, p, groups, confidence_level):
        (estimate, low, high), (edges, used) = curve, _bins(p)
        group, _ = group_numbers(groups, len(p))
        bins = np.searchsorted(edges, p, side="left")
        n = np.array([len(np.unique(group[bins == i])) for i in used])
        z2 = norm.ppf((1 + confidence_level) / 2) ** 2
        low = np.where(estimate == 1, n / (n + z2), low)
        high = np.where(estimate == 0, z2 / (n + z2), high)
        return ScoreInterval(estimate, low, high)

    def _draw_reference(self, ax):
        ax.plot([0, 1], [0, 1], color="grey", lw=0.8, ls=":")
        ax.set_aspect("equal")


def _bins(p):
    """Return the inner edges of the bins, and the numbers of the bins that hold records."""
    n_bins = int(np.clip(len(p) // 20, 2, 10))
    edges = np.unique(np.quantile(p, np.linspace(0, 1, n_bins + 1)[1:-1]))
    return edges, np.unique(np.searchsorted(edges, p, side="left"))

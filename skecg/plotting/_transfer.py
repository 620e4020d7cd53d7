"""Scores by the number of training records."""

from __future__ import annotations

from ._display import BaseDisplay


class TransferCurveDisplay(BaseDisplay):
    """Scores of several estimators against the number of training records.

    Parameters
    ----------
    results : pandas.DataFrame
        The return value of `skecg.model_selection.transfer_curve`: columns `estimator`, `size`, `n_train` and
        `score`, with one row for each estimator, fold and size.
    score_name : str, default="Score"
        Name of the score.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg.plotting import TransferCurveDisplay
    >>> results = pd.DataFrame(
    ...     {"estimator": ["scratch"] * 4, "size": [50, 50, 100, 100], "n_train": [50, 50, 100, 100],
    ...      "fold": [0, 1, 0, 1], "score": [0.6, 0.7, 0.8, 0.9]}
    ... )
    >>> display = TransferCurveDisplay.from_results(results)
    >>> display.ax_.get_xlabel()
    'Training records'
    """

    def __init__(self, results, score_name="Score"):
        self.results = results
        self.score_name = score_name

    @classmethod
    def from_results(cls, results, *, score_name="Score", ax=None):
        """Draw the results of `transfer_curve`.

        Parameters
        ----------
        results : pandas.DataFrame
            A table with the columns `estimator`, `size`, `n_train` and `score`.
        score_name : str, default="Score"
            Name of the score.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : TransferCurveDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If a column is missing.
        """
        missing = {"estimator", "size", "n_train", "score"} - set(results.columns)
        if missing:
            raise ValueError(f"results lack the columns {sorted(missing)}; they have {list(results.columns)}.")
        return cls(results, score_name).plot(ax=ax)

    def plot(self, ax=None):
        """Draw the mean over the folds, and each fold as a point.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : TransferCurveDisplay
            The display itself, with `ax_` and `figure_`.
        """
        ax = self._axes(ax, size=(6.0, 4.5))
        for name, rows in self.results.groupby("estimator", sort=False):
            mean = rows.groupby("size")[["n_train", "score"]].mean().sort_values("n_train")
            (line,) = ax.plot(mean["n_train"], mean["score"], marker="o", label=name)
            ax.plot(rows["n_train"], rows["score"], ls="", marker=".", color=line.get_color(), alpha=0.4)
        sizes = self.results["n_train"]
        if sizes.min() > 0 and sizes.max() >= 4 * sizes.min():
            ax.set_xscale("log")
            ticks = self.results.groupby("size")["n_train"].mean().round().astype(int).tolist()
            ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
            ax.minorticks_off()
        ax.set(xlabel="Training records", ylabel=self.score_name)
        ax.legend(frameon=False)
        return self

"""Learning curves of a fit."""

from __future__ import annotations

from ..estimators.model import sole_path
from ._display import BaseDisplay


class FitHistoryDisplay(BaseDisplay):
    """Losses over the epochs of a fit.

    Parameters
    ----------
    losses : dict of str to list of float
        One value for each epoch, by name: "training", and "validation" with early stopping.
    best_epoch : int, default=None
        The epoch, counted from 1, whose weights were kept.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> from skecg.plotting import FitHistoryDisplay
    >>> display = FitHistoryDisplay({"training": [0.7, 0.5, 0.4]}).plot()
    >>> display.ax_.get_xlabel()
    'Epoch'
    """

    def __init__(self, losses, best_epoch=None):
        self.losses = losses
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator, *, name=None, ax=None):
        """Draw the history of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier of skecg, or a model that ends in one: a pipeline, a search, a calibrated model.
        name : str, default=None
            Name of the estimator in the legend, to compare several estimators in one plot.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : FitHistoryDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If the model is not fitted, does not end in an estimator with `history_`, or combines several estimators.
        """
        history = _history_of(estimator)
        named = {"train_loss": "training", "valid_loss": "validation"}
        losses = {
            label if name is None else f"{name}, {label}": [epoch[key] for epoch in history]
            for key, label in named.items()
            if all(key in epoch for epoch in history)
        }
        valid = [epoch["valid_loss"] for epoch in history if "valid_loss" in epoch]
        best = 1 + valid.index(min(valid)) if valid else None
        return cls(losses, best).plot(ax=ax)

    def plot(self, ax=None):
        """Draw the losses.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : FitHistoryDisplay
            The display itself, with `ax_` and `figure_`.
        """
        ax = self._axes(ax, size=(6.0, 4.0))
        for name, losses in self.losses.items():
            epochs = range(1, len(losses) + 1)
            ax.plot(epochs, losses, marker="o", ms=3, ls="--" if name.endswith("validation") else "-", label=name)
        if self.best_epoch is not None:
            ax.axvline(self.best_epoch, color="grey", lw=0.8, ls=":", label=f"best, epoch {self.best_epoch}")
        ax.set(xlabel="Epoch", ylabel="Loss")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(frameon=False)
        return self


def _history_of(estimator):
    """Return the history of the last estimator of a model."""
    trained = sole_path(estimator, "The history").predictor
    if not hasattr(trained, "history_"):
        raise ValueError(
            f"{type(trained).__name__} has no history_: the estimator is not fitted, or is not a classifier of skecg."
        )
    return trained.history_

"""Curves of each label, with intervals by patient."""

from __future__ import annotations

import numpy as np

from ..estimators.positive import positive_of
from ..metrics import ScoreInterval, bootstrap_interval
from ._display import BaseDisplay, columns_per_label, has_both, predictions_of

GRID = np.linspace(0, 1, 201)


class BaseLabelDisplay(BaseDisplay):
    """Curves of each label over a grid, with intervals that resample patients.

    A subclass computes the heights of a curve in `_curve` and a score of the curve in `_summary`.
    """

    _axis_labels = ("", "")
    _score = ""
    _marker = None

    def __init__(self, grids, curves, scores):
        self.grids = grids
        self.curves = curves
        self.scores = scores

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        names=None,
        pos_label=None,
        groups=None,
        n_resamples=200,
        confidence_level=0.95,
        random_state=None,
        ax=None,
    ):
        """Predict the probabilities of X and draw their curves.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier or pipeline.
        X : ECGRecords or array-like of shape (n_records, ...)
            Records that were not used to fit the estimator.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            The classes or labels of the records.
        names : sequence of str, default=None
            Names of the labels; by default classes are named as the estimator names them.
        pos_label : int, float, bool or str, default=None
            The one of two classes to draw; by default the one that the estimator names, if it names one, else
            the second of two numbers. Two texts need a name.
        groups : array-like of shape (n_records,), default=None
            The patient of each record; by default `metadata["patient_id"]` of the records, if present.
        n_resamples : int, default=200
            Number of draws of patients for the intervals; 0 omits the intervals.
        confidence_level : float, default=0.95
            Confidence level of the intervals.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : Display
            With `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If there are two classes that are texts, and neither `pos_label` nor the estimator names one.
        """
        score, names, groups = predictions_of(estimator, X, y, names, groups)
        return cls.from_predictions(
            y,
            score,
            names=names,
            pos_label=positive_of(estimator) if pos_label is None else pos_label,
            groups=groups,
            n_resamples=n_resamples,
            confidence_level=confidence_level,
            random_state=random_state,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_score,
        *,
        names=None,
        pos_label=None,
        groups=None,
        n_resamples=200,
        confidence_level=0.95,
        random_state=None,
        ax=None,
    ):
        """Draw the curves of given probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, each drawn against the rest (of two classes, only the positive one), or an indicator of labels.
        y_score : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
            Probabilities of the classes or labels.
        names : sequence of str, default=None
            Names of the labels, or the classes in the order of the columns.
        pos_label : int, float, bool or str, default=None
            The one of two classes to draw. None means the second of two numbers; two texts need a name.
        groups : array-like of shape (n_records,), default=None
            The patient of each record; the intervals draw whole patients. By default each record is its own
            patient.
        n_resamples : int, default=200
            Number of draws of patients for the intervals; 0 omits the intervals.
        confidence_level : float, default=0.95
            Confidence level of the intervals.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : Display
            With `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If there are two classes that are texts, and `pos_label` names none.
        """
        truth, score, names = columns_per_label(y_true, y_score, names, pos_label)
        curves, scores, grids = {}, {}, {}
        for name, y, p in zip(names, truth.T, score.T, strict=True):
            grids[name], measure = cls._measure(has_both(y), p)
            if n_resamples:
                found = bootstrap_interval(
                    measure,
                    y,
                    p,
                    groups=groups,
                    n_resamples=n_resamples,
                    confidence_level=confidence_level,
                    random_state=random_state,
                )
            else:
                found = ScoreInterval(*[measure(y, p)] * 3)
            scores[name] = ScoreInterval(*(float(part[-1]) for part in found))
            curve = ScoreInterval(*(part[:-1].reshape(-1, len(grids[name])) for part in found))
            curves[name] = cls._widened(curve, p, groups, confidence_level) if n_resamples else curve
        return cls(grids, curves, scores, **cls._references(truth, names)).plot(ax=ax)

    @classmethod
    def _measure(cls, y, p):
        """Return the grid, and a function that returns the heights on the grid and, as the last value, the score."""
        return GRID, lambda y, p: np.append(cls._curve(has_both(y), p), cls._summary(y, p))

    @staticmethod
    def _widened(curve, p, groups, confidence_level):
        """Return the curve with an interval where no draw of patients can give one; this class leaves it as it is."""
        return curve

    @staticmethod
    def _references(truth, names):
        """Return further arguments of the display; this class has none."""
        return {}

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
        ax = self._axes(ax)
        self._draw_reference(ax)
        for i, (name, curve) in enumerate(self.curves.items()):
            for height, low, high, style in zip(*curve, ("-", "--"), strict=False):
                label = self._legend(name, style)
                ax.plot(self.grids[name], height, ls=style, color=f"C{i}", label=label, lw=1.5, marker=self._marker)
                if interval and not np.array_equal(low, high):
                    ax.fill_between(self.grids[name], low, high, color=f"C{i}", alpha=0.15, lw=0)
        x, y = self._axis_labels
        ax.set(xlabel=x, ylabel=y, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        ax.legend(fontsize="small", frameon=False, title=self._score)
        return self

    def _legend(self, name, style):
        score = self.scores[name]
        estimate = f"{score.estimate:.3f}"
        return (
            f"{name} {estimate} ({score.low:.3f}-{score.high:.3f})" if score.low < score.high else f"{name} {estimate}"
        )

    def _draw_reference(self, ax):
        """Draw the reference line; this class draws none."""


class BasePrevalenceDisplay(BaseLabelDisplay):
    """Curves whose reference depends on the prevalence of each label."""

    def __init__(self, grids, curves, scores, prevalences=None):
        super().__init__(grids, curves, scores)
        self.prevalences = prevalences

    @staticmethod
    def _references(truth, names):
        return {"prevalences": dict(zip(names, truth.mean(axis=0).tolist(), strict=True))}

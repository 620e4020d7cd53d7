"""Scores of a model in subgroups of patients."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_consistent_length

from ..metrics import ScoreInterval, bootstrap_interval, macro_auc_score
from ._display import BaseDisplay, predictions_of


class SubgroupDisplay(BaseDisplay):
    """A score in subgroups of the patients, as a forest plot.

    Parameters
    ----------
    scores : dict of str to ScoreInterval or None
        Score with its interval, by subgroup; None if the score is undefined. The first subgroup is all records.
    counts : dict of str to int
        Number of records by subgroup.
    score_name : str, default="Macro AUC"
        Name of the score.

    Attributes
    ----------
    ax_, figure_
        The axes and the figure of the drawing.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.plotting import SubgroupDisplay
    >>> rng = np.random.default_rng(0)
    >>> y, sex = rng.integers(0, 2, 100), rng.choice(["female", "male"], 100)
    >>> p = 0.3 * y + 0.5 * rng.uniform(size=100)
    >>> display = SubgroupDisplay.from_predictions(y, p, {"sex": sex}, n_resamples=20, random_state=0)
    >>> list(display.scores)
    ['all', 'sex: female', 'sex: male']
    """

    def __init__(self, scores, counts, score_name="Macro AUC"):
        self.scores = scores
        self.counts = counts
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        by=("sex", "age"),
        *,
        metric=None,
        score_name="Macro AUC",
        groups=None,
        n_resamples=200,
        random_state=None,
        ax=None,
    ):
        """Predict the probabilities of X and draw the score in subgroups by columns of the metadata.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier or pipeline.
        X : ECGRecords
            Records that were not used to fit the estimator.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            The classes or labels of the records.
        by : sequence of str, default=("sex", "age")
            Columns of the metadata. A numeric column with more than six values is cut into three parts of
            about equally many records.
        metric : callable, default=None
            `metric(y_true, y_score)`; by default `skecg.metrics.macro_auc_score`.
        score_name : str, default="Macro AUC"
            Name of the score.
        groups : array-like of shape (n_records,), default=None
            The patient of each record; by default `metadata["patient_id"]`, if present.
        n_resamples : int, default=200
            Number of draws of patients for the intervals.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : SubgroupDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If the metadata lack a column.
        """
        missing = [name for name in by if name not in X.metadata]
        if missing:
            raise ValueError(f"The metadata have no columns {missing}; they have {list(X.metadata.columns)}.")
        score, _, groups = predictions_of(estimator, X, y, None, groups)
        return cls.from_predictions(
            y,
            score,
            {name: X.metadata[name] for name in by},
            metric=metric,
            score_name=score_name,
            groups=groups,
            n_resamples=n_resamples,
            random_state=random_state,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_score,
        subgroups,
        *,
        metric=None,
        score_name="Macro AUC",
        groups=None,
        n_resamples=200,
        random_state=None,
        ax=None,
    ):
        """Draw the score of given predictions by subgroup.

        Parameters
        ----------
        y_true : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, or an indicator of labels.
        y_score : array-like of shape (n_records,), (n_records, n_classes) or (n_records, n_labels)
            What the metric compares with `y_true`.
        subgroups : dict of str to array-like of shape (n_records,), or DataFrame of n_records rows
            Columns whose values define the subgroups. A numeric column with more than six values is cut into
            three parts of about equally many records.
        metric : callable, default=None
            `metric(y_true, y_score)`; by default `skecg.metrics.macro_auc_score`.
        score_name : str, default="Macro AUC"
            Name of the score.
        groups : array-like of shape (n_records,), default=None
            The patient of each record; the intervals draw whole patients. By default each record is its own
            patient.
        n_resamples : int, default=200
            Number of draws of patients for the intervals.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : SubgroupDisplay
            With `ax_` and `figure_`.
        """
        y_true, y_score = np.asarray(y_true), np.asarray(y_score)
        subgroups = dict(subgroups.items())
        check_consistent_length(y_true, y_score, *subgroups.values())
        groups = np.arange(len(y_true)) if groups is None else np.asarray(groups, object)
        metric = _default_metric(y_true) if metric is None else metric
        parts = {"all": np.ones(len(y_true), bool)}
        for name, values in subgroups.items():
            parts.update({f"{name}: {level}": rows for level, rows in _levels(values)})
        scores = {
            name: _interval(metric, y_true[rows], y_score[rows], groups[rows], n_resamples, random_state)
            for name, rows in parts.items()
        }
        return cls(scores, {name: int(rows.sum()) for name, rows in parts.items()}, score_name).plot(ax=ax)

    def plot(self, ax=None):
        """Draw one row for each subgroup.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : SubgroupDisplay
            The display itself, with `ax_` and `figure_`.
        """
        ax = self._axes(ax, size=(6.5, 1.2 + 0.35 * len(self.scores)))
        for row, (_, score) in enumerate(self.scores.items()):
            if score is None:
                continue
            ax.plot([score.low, score.high], [row, row], color="C0", lw=1.5)
            ax.plot(score.estimate, row, marker="D" if row == 0 else "s", color="C0", ms=6)
            ax.annotate(str(score), (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize="small")
        whole = next(iter(self.scores.values()))
        if whole is not None:
            ax.axvline(whole.estimate, color="grey", lw=0.8, ls=":")
        ax.set_yticks(range(len(self.scores)), [f"{name}  (n = {self.counts[name]:,})" for name in self.scores])
        ax.set_ylim(len(self.scores) - 0.5, -0.5)
        ax.set_xlabel(self.score_name)
        return self


def _default_metric(y_true):
    if y_true.ndim == 2:
        return macro_auc_score
    classes = np.unique(y_true)
    return lambda y, p: macro_auc_score(y, p, labels=classes)


def _levels(values):
    """Yield (name, rows) of each value of a column; cut a numeric column with more than six values in three parts."""
    import pandas as pd

    column = pd.Series(np.asarray(values))
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > 6:
        column = pd.qcut(column, 3, duplicates="drop").map(
            lambda cut: f"{cut.left:.4g} to {cut.right:.4g}", na_action="ignore"
        )
        names = list(column.cat.categories) if hasattr(column, "cat") else sorted(column.dropna().unique())
    else:
        names = sorted(column.dropna().unique().tolist())
    for name in names:
        yield name, (column == name).to_numpy()


def _interval(metric, y_true, y_score, groups, n_resamples, random_state):
    """Return the interval of a score, or None if a subgroup has too few records of a class."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)  # the empty row of the plot shows it
        try:
            found = bootstrap_interval(
                metric, y_true, y_score, groups=groups, n_resamples=n_resamples, random_state=random_state
            )
        except ValueError:
            return None
    return ScoreInterval(*map(float, found))

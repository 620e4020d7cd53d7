"""The predictions of an estimator, computed once and scored for many selections of records."""

import contextlib
import functools

from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score, check_scoring
from sklearn.pipeline import Pipeline

from .._scikit_learn import _BaseScorer, _MultimetricScorer, _PassthroughScorer, _safe_indexing

_RESPONSES = ("predict", "predict_proba", "predict_log_proba", "decision_function")


class Scoring:
    """Scores of views, by any scoring of scikit-learn.

    The scorers of scikit-learn look at predictions only, and get numbers of records in place of X. Other functions
    get the selected X.

    Parameters
    ----------
    estimator : estimator
    scoring : str, callable, list, tuple, dict or None
        As `sklearn.metrics.check_scoring` takes it.
    """

    def __init__(self, estimator, scoring):
        self.scorer = check_scoring(estimator, scoring)
        several = isinstance(self.scorer, _MultimetricScorer)
        parts = self.scorer._scorers.values() if several else [self.scorer]
        self.reads_X = not all(
            isinstance(part, _BaseScorer) or (isinstance(part, _PassthroughScorer) and scores_accuracy(estimator))
            for part in parts
        )

    def __call__(self, view, rows, y):
        """Return the scores of the rows of a view as a dict; the key of a single score is None."""
        X = _safe_indexing(view.signals(), rows) if self.reads_X else rows
        with view.selecting(X, rows):
            scores = self.scorer(view.estimator, X, y)
        scores = scores if isinstance(scores, dict) else {None: scores}
        return {name: float(score) for name, score in scores.items()}


class View:
    """An estimator with its predictions for one version of X, which are computed once.

    Parameters
    ----------
    estimator : estimator
    make_signals : callable
        Returns this version of X.

    Attributes
    ----------
    estimator : estimator
        A shallow copy of the estimator, which answers with the predictions of this version.
    """

    def __init__(self, estimator, make_signals):
        self._make_signals = make_signals
        self._signals, self._outputs, self._selected = None, {}, (None, None)
        self.estimator = object.__new__(type(estimator))
        vars(self.estimator).update(vars(estimator))
        for name in _RESPONSES:
            if hasattr(estimator, name):
                vars(self.estimator)[name] = self._remembering(name, getattr(estimator, name))
        if scores_accuracy(estimator):  # that of a pipeline would not ask its own predict
            vars(self.estimator)["score"] = self._accuracy

    def signals(self):
        """Return this version of X."""
        return self._make_signals() if self._signals is None else self._signals

    @contextlib.contextmanager
    def holding(self):
        """Keep this version of X in memory inside the block."""
        self._signals = self.signals()
        try:
            yield self
        finally:
            self._signals = None

    @contextlib.contextmanager
    def selecting(self, X, rows):
        """Inside the block, answer for the object X with the predictions of these rows."""
        self._selected = X, rows
        try:
            yield
        finally:
            self._selected = None, None

    def _accuracy(self, X, y, **params):
        return accuracy_score(y, self.estimator.predict(X), **params)

    def _remembering(self, name, method):
        @functools.wraps(method)
        def respond(X, *args, **kwargs):
            selected, rows = self._selected
            if X is not selected or args or kwargs:
                return method(X, *args, **kwargs)
            if name not in self._outputs:
                self._outputs[name] = method(self.signals())
            output = self._outputs[name]
            return [part[rows] for part in output] if isinstance(output, list) else _safe_indexing(output, rows)

        respond.__name__ = name
        return respond


def scores_accuracy(estimator):
    """Return whether `score` of an estimator is the accuracy of its `predict`, as of most classifiers."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return getattr(type(estimator), "score", None) is ClassifierMixin.score

"""Scores that scikit-learn lacks: specificity, geometric mean, challenge scores, intervals by patient.

Sensitivity is `sklearn.metrics.recall_score`, the exact match of all labels is
`sklearn.metrics.accuracy_score`. Any score here becomes a scorer for a search by
`sklearn.metrics.make_scorer`.
"""

from ._challenges import cinc2017_score
from ._classification import geometric_mean_score, specificity_score
from ._intervals import ScoreInterval, bootstrap_interval

__all__ = ["ScoreInterval", "bootstrap_interval", "cinc2017_score", "geometric_mean_score", "specificity_score"]

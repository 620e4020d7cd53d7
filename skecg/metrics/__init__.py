"""Scores that scikit-learn lacks: specificity, geometric mean, challenge scores, intervals by patient.

Sensitivity is `sklearn.metrics.recall_score`, the exact match of all labels is
`sklearn.metrics.accuracy_score`. Any score here becomes a scorer for a search by
`sklearn.metrics.make_scorer`.
"""

from ._auc import macro_auc_score
from ._beta import challenge_fbeta_score, challenge_gbeta_score
from ._calibration import expected_calibration_error
from ._challenge2021 import challenge2021_score
from ._challenges import cinc2017_score, cpsc2018_score
from ._classification import geometric_mean_score, specificity_score
from ._intervals import ScoreInterval, bootstrap_difference, bootstrap_interval
from ._operating_points import npv_score, ppv_score, sensitivity_at_specificity

__all__ = [
    "ScoreInterval",
    "bootstrap_difference",
    "bootstrap_interval",
    "challenge2021_score",
    "challenge_fbeta_score",
    "challenge_gbeta_score",
    "cinc2017_score",
    "cpsc2018_score",
    "expected_calibration_error",
    "geometric_mean_score",
    "macro_auc_score",
    "npv_score",
    "ppv_score",
    "sensitivity_at_specificity",
    "specificity_score",
]

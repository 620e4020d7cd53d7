"""Checks for estimators of ECGs, in addition to those of scikit-learn.

scikit-learn's `check_estimator` passes tables to an estimator. The checks of this package pass ECGs
to an estimator: 3-D arrays, `ECGRecords` of equal and of different lengths, labels of every kind.
"""

from ._checks import check_ecg_estimator, ecg_checks
from ._instances import EXPECTED_FAILED_CHECKS, quick_instances

__all__ = ["EXPECTED_FAILED_CHECKS", "check_ecg_estimator", "ecg_checks", "quick_instances"]

"""Splits that keep patients apart and labels in proportion, and what is chosen by them."""

from ._calibration import CalibratedLabels
from ._groups import groups_of
from ._leakage import check_leakage
from ._split import MultilabelStratifiedGroupKFold, MultilabelStratifiedKFold
from ._thresholds import TunedLabelThresholds
from ._transfer_curve import transfer_curve

__all__ = [
    "CalibratedLabels",
    "MultilabelStratifiedGroupKFold",
    "MultilabelStratifiedKFold",
    "TunedLabelThresholds",
    "check_leakage",
    "groups_of",
    "transfer_curve",
]

"""Plots of ECGs on paper, and displays of the results of models; they need matplotlib."""

from ._calibration import LabelCalibrationDisplay
from ._confusion import LabelConfusionDisplay
from ._curves import LabelPrecisionRecallDisplay, LabelRocDisplay, ThresholdDisplay
from ._decision import LabelDecisionDisplay
from ._ecg import plot_ecg
from ._history import FitHistoryDisplay
from ._save import save_sheets
from ._subgroups import SubgroupDisplay
from ._transfer import TransferCurveDisplay

__all__ = [
    "FitHistoryDisplay",
    "LabelCalibrationDisplay",
    "LabelConfusionDisplay",
    "LabelDecisionDisplay",
    "LabelPrecisionRecallDisplay",
    "LabelRocDisplay",
    "SubgroupDisplay",
    "ThresholdDisplay",
    "TransferCurveDisplay",
    "plot_ecg",
    "save_sheets",
]

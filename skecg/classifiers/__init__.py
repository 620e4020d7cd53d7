"""The networks as scikit-learn classifiers."""

from ._crnn import CRNNClassifier
from ._ecg import ECGClassifier
from ._resnet import ResNetClassifier

__all__ = ["CRNNClassifier", "ECGClassifier", "ResNetClassifier"]

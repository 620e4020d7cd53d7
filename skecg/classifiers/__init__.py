"""Networks as scikit-learn classifiers."""

from ._alexnet import AlexNetClassifier
from ._attresnet import AttResNetClassifier
from ._crnn import CRNNClassifier
from ._ecg import ECGClassifier
from ._eegnet import EEGNetClassifier
from ._efficientecg import EfficientECGClassifier
from ._resnet import ResNetClassifier
from ._restransformer import ResTransformerClassifier
from ._rnn import RNNClassifier
from ._s4 import S4Classifier
from ._transformer import TransformerClassifier
from ._vgg import VGGClassifier
from ._xresnet import XResNetClassifier

__all__ = [
    "AlexNetClassifier",
    "AttResNetClassifier",
    "CRNNClassifier",
    "ECGClassifier",
    "EEGNetClassifier",
    "EfficientECGClassifier",
    "RNNClassifier",
    "ResNetClassifier",
    "ResTransformerClassifier",
    "S4Classifier",
    "TransformerClassifier",
    "VGGClassifier",
    "XResNetClassifier",
]

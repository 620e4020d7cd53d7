"""Networks as torch modules, which map `(n_records, n_leads, n_times)` to logits."""

from .alexnet import AlexNet
from .attresnet import AttResNet
from .crnn import CRNN
from .ecgcpc import ECGCPC
from .eegnet import EEGNet
from .efficientecg import EfficientECG
from .net1d import Net1D
from .resnet import ResNet, ResNetTrunk
from .restransformer import ResTransformer
from .rnn import RNN
from .s4 import S4
from .transformer import Transformer
from .vgg import VGG
from .xresnet import XResNet

__all__ = [
    "CRNN",
    "ECGCPC",
    "RNN",
    "S4",
    "VGG",
    "AlexNet",
    "AttResNet",
    "EEGNet",
    "EfficientECG",
    "Net1D",
    "ResNet",
    "ResNetTrunk",
    "ResTransformer",
    "Transformer",
    "XResNet",
]

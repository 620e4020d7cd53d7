"""The networks as torch modules, `(n_records, n_leads, n_times)` to logits."""

from .crnn import CRNN
from .resnet import ResNet, ResNetTrunk
from .restransformer import ResTransformer
from .transformer import Transformer

__all__ = ["CRNN", "ResNet", "ResNetTrunk", "ResTransformer", "Transformer"]

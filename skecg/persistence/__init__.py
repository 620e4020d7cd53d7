"""Models in files that are safe to load, with a contract for their signals and a model card."""

from ._card import model_card
from ._contract import SignalContract
from ._embedding import make_embedding
from ._files import load, save
from ._hub import from_hub, push_to_hub
from ._listing import list_contents
from ._overlap import OverlapCheck
from ._predict_ranked import predict_ranked
from ._predict_table import predict_table

__all__ = [
    "OverlapCheck",
    "SignalContract",
    "from_hub",
    "list_contents",
    "load",
    "make_embedding",
    "model_card",
    "predict_ranked",
    "predict_table",
    "push_to_hub",
    "save",
]

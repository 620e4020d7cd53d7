"""Models in files that are safe to load, with a contract for their signals and a model card."""

from ._card import model_card
from ._contract import SignalContract
from ._files import load, save
from ._hub import from_hub, push_to_hub

__all__ = ["SignalContract", "from_hub", "load", "model_card", "push_to_hub", "save"]

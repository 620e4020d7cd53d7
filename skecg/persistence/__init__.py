"""Models in one file that no reader has to trust, with the signals they ask for and a card that tells of them."""

from ._card import model_card
from ._contract import SignalContract
from ._files import load, save
from ._hub import from_hub, push_to_hub

__all__ = ["SignalContract", "from_hub", "load", "model_card", "push_to_hub", "save"]

"""Networks that others have published with their weights, and the signals that they expect."""

from ._convert import convert_checkpoint
from ._models import FOUNDATION_MODELS, FoundationModel
from ._pipeline import make_foundation_pipeline

__all__ = ["FOUNDATION_MODELS", "FoundationModel", "convert_checkpoint", "make_foundation_pipeline"]

"""Models that come with skecg, by name: `skecg.load("ptbxl-resnet")`."""

from ._find import path_of
from ._list import list_models

__all__ = ["list_models", "path_of"]

"""Weights and settings in one file of JSON and safetensors, which no reader has to trust."""

from ._file import read_file, write_file
from ._network import load_weights, save_weights

__all__ = ["load_weights", "read_file", "save_weights", "write_file"]

"""Weights and settings in one file of JSON and safetensors, safe to read from anyone."""

from .file import read_file, write_file
from .network import load_weights, save_weights

__all__ = ["load_weights", "read_file", "save_weights", "write_file"]

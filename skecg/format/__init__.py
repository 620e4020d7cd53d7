"""Read and write weights and settings in one safetensors file, which is safe to read from any source."""

from .file import read_file, write_file
from .network import load_weights, save_weights

__all__ = ["load_weights", "read_file", "save_weights", "write_file"]

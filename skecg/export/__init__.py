"""Export of trained models to other programs, and prediction in other engines."""

from ._compile import compile
from ._compiled import CompiledModel
from ._onnx import OnnxExport, to_onnx

__all__ = ["CompiledModel", "OnnxExport", "compile", "to_onnx"]

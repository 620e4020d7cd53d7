"""Export of trained models to other programs."""

from ._onnx import OnnxExport, to_onnx

__all__ = ["OnnxExport", "to_onnx"]

"""scikit-learn for electrocardiograms."""

import importlib

from . import _moved

__version__ = "0.1.0"

_HOMES = {
    "ECGRecord": "records",
    "ECGRecords": "records",
    "compile": "export",
    "from_hub": "persistence",
    "load": "persistence",
    "make_ecg_pipeline": "pipeline",
    "make_embedding": "persistence",
    "model_card": "persistence",
    "predict_ranked": "persistence",
    "predict_table": "persistence",
    "push_to_hub": "persistence",
    "save": "persistence",
    "to_onnx": "export",
}

__all__ = [
    "ECGRecord",
    "ECGRecords",
    "compile",
    "from_hub",
    "load",
    "make_ecg_pipeline",
    "make_embedding",
    "model_card",
    "predict_ranked",
    "predict_table",
    "push_to_hub",
    "save",
    "to_onnx",
]

_moved.install()


def __getattr__(name):
    """Import a public name on first use: `import skecg` stays quick and brings no torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_HOMES])

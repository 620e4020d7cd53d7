"""Turn records into tables: rhythm and beats, the median beat, quality, the code of an autoencoder."""

import importlib

_HOMES = {
    "AutoencoderFeatures": "_autoencoder",
    "BeatFeatures": "_beats",
    "MedianBeat": "_median_beat",
    "SignalQuality": "_quality",
    "beat_table": "_beat_table",
    "limb_reversal": "_reversal",
    "wave_table": "_wave_table",
}

__all__ = [
    "AutoencoderFeatures",
    "BeatFeatures",
    "MedianBeat",
    "SignalQuality",
    "beat_table",
    "limb_reversal",
    "wave_table",
]


def __getattr__(name):
    """Import a public name on first use, because only the autoencoder needs torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_HOMES])

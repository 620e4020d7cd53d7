"""ECGs on paper, and displays of what a model does; they need matplotlib."""

from ._ecg import plot_ecg

__all__ = ["plot_ecg"]

"""The command line: train, predict, evaluate, export and describe without writing Python."""

from ._main import main

__all__ = ["main"]

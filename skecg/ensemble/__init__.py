"""Ensembles of several classifiers, for classes or labels."""

from ._voting import SoftVotingClassifier

__all__ = ["SoftVotingClassifier"]

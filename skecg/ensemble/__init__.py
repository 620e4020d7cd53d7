"""Ensembles of several classifiers, for classes or labels, and one network that learns from an ensemble."""

from ._distilled import DistilledClassifier
from ._voting import SoftVotingClassifier

__all__ = ["DistilledClassifier", "SoftVotingClassifier"]

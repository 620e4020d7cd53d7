"""Explain the decisions of a model, and list the layers of its network."""

from ..networks._summary import Layer
from ._attention import attention
from ._evaluation import deletion_curve, randomize_weights
from ._follow import seen_by_network, seen_samples
from ._grad_cam import grad_cam
from ._gradients import integrated_gradients, saliency
from ._importance import lead_importance
from ._occlusion import occlusion
from ._summary import NetworkSummary, count_multiply_adds, summary
from ._waves import wave_labels

__all__ = [
    "Layer",
    "NetworkSummary",
    "attention",
    "count_multiply_adds",
    "deletion_curve",
    "grad_cam",
    "integrated_gradients",
    "lead_importance",
    "occlusion",
    "randomize_weights",
    "saliency",
    "seen_by_network",
    "seen_samples",
    "summary",
    "wave_labels",
]

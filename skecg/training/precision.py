"""The precision in which a fit computes: float32, or bfloat16 where the processor is quicker at it.

In bfloat16, a fit keeps weights, optimizer, loss and the sums of BatchNorm in float32, and predictions are
computed in float32: bfloat16 is for the products of convolutions, linear layers, attention and LSTMs.
"""

import contextlib
import math
import os
import warnings
from dataclasses import dataclass

import torch

from ..networks._summary import list_layers

PRECISIONS = ("auto", "float32", "bfloat16")
_LEAST_MULTIPLY_ADDS = 10**9
_LEAST_PER_VALUE = 120  # XResNet has 134 and gains; EfficientECG has 108, EEGNet 29, and both lose
_OWN = ("skecg.", "torch.nn.")


@dataclass(frozen=True)
class Cost:
    """Cost of computing the output of a network.

    Attributes
    ----------
    multiply_adds : int
        Number of multiply-adds.
    values : int
        Number of values that layers with multiply-adds return.
    """

    multiply_adds: int
    values: int


def cost_of(network, shape, batch_size):
    """Return the cost of a batch.

    Parameters
    ----------
    network : torch.nn.Module
    shape : tuple of (int, int)
        (n_leads, n_times).
    batch_size : int

    Returns
    -------
    cost : Cost
        Zero if the network has modules from outside skecg and PyTorch, for which no cost is known.
    """
    if not all(f"{type(module).__module__}.".startswith(_OWN) for module in network.modules()):
        return Cost(0, 0)
    layers = [layer for layer in list_layers(network, shape) if layer.multiply_adds]
    multiply_adds = sum(layer.multiply_adds for layer in layers)
    return Cost(batch_size * multiply_adds, batch_size * sum(math.prod(layer.output_shape) for layer in layers))


def resolve_precision(precision, device, cost=None):
    """Return the precision of a fit; "auto" follows a fixed rule and measures no time.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        "auto" is "bfloat16" on CUDA, and on a CPU with AMX if the cost is high enough, in total and per value;
        otherwise "float32".
    device : str
    cost : callable, default=None
        Returns the `Cost` of a batch; called only if the precision depends on it. None is no cost.

    Returns
    -------
    precision : {"float32", "bfloat16"}

    Warns
    -----
    UserWarning
        If "bfloat16" is slow on this processor.
    """
    kind = torch.device(device).type
    if precision == "auto":
        quick = kind == "cuda" or (kind == "cpu" and has_amx() and cost is not None and _pays(cost()))
        return "bfloat16" if quick else "float32"
    if precision == "bfloat16" and kind == "cpu" and not has_amx():
        warnings.warn(
            'precision="bfloat16" is slower than "float32" on this processor, which lacks AMX or is not allowed to use '
            'it (ONEDNN_MAX_CPU_ISA); precision="auto" selects what is quicker.',
            stacklevel=2,
        )
    return precision


def has_amx():
    """Return whether the processor has AMX, the units that multiply matrices of bfloat16, and may use it.

    AVX512-BF16 does not count: with it, ResNet18 trained 0.85 and CRNN 0.81 times as fast as in float32.
    """
    allowed = os.environ.get("ONEDNN_MAX_CPU_ISA", os.environ.get("DNNL_MAX_CPU_ISA", "DEFAULT")).upper()
    return (allowed in ("ALL", "DEFAULT") or "AMX" in allowed) and torch.cpu._is_amx_tile_supported()


def _pays(cost):
    return cost.multiply_adds >= max(_LEAST_MULTIPLY_ADDS, _LEAST_PER_VALUE * cost.values)


@contextlib.contextmanager
def computing_in(precision, device):
    """Compute in a precision inside the block; the weights stay float32.

    Parameters
    ----------
    precision : {"float32", "bfloat16"}
    device : str

    Notes
    -----
    autocast keeps the weights that it has converted until the outermost of several nested blocks ends. A fit
    is such a block, and its weights change at every step; they are therefore dropped here.
    """
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=precision == "bfloat16"):
        try:
            yield
        finally:
            torch.clear_autocast_cache()

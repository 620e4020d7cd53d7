"""The precision in which a fit computes: float32, or bfloat16 where the processor is quicker at it.

In bfloat16, a fit keeps weights, optimizer, loss and the sums of BatchNorm in float32, and predictions are
computed in float32: bfloat16 is for the products of convolutions, linear layers, attention and LSTMs.
"""

import contextlib
import os

import torch

from .._warn import warn
from ..networks._bfloat16 import QuickOperations
from ..networks._summary import list_layers

PRECISIONS = ("auto", "float32", "bfloat16")
_LEAST_MULTIPLY_ADDS = 10**9  # of a batch; with less, some networks are slower in bfloat16
_WITH_AVX512_BF16 = ("AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512")  # limits of oneDNN, besides AMX
_KNOWN = ("skecg.", "torch.nn.")


def multiply_adds_of(network, shape, batch_size):
    """Return the multiply-adds of the output of a batch.

    Parameters
    ----------
    network : torch.nn.Module
    shape : tuple of (int, int)
        (n_leads, n_times).
    batch_size : int

    Returns
    -------
    multiply_adds : int
        Zero if the network has modules from outside skecg and PyTorch, which bfloat16 may not suit.
    """
    if not all(type(module).__module__.startswith(_KNOWN) for module in network.modules()):
        return 0
    return batch_size * sum(layer.multiply_adds for layer in list_layers(network, shape))


def resolve_precision(precision, device, count=None):
    """Return the precision of a fit; "auto" follows a fixed rule and measures no time.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        "auto" is "bfloat16" on CUDA, and on a CPU that is quick at it if a batch needs a billion multiply-adds;
        otherwise "float32".
    device : str
    count : callable, default=None
        Returns the multiply-adds of a batch; called only if the precision depends on them. None stands for few.

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
        pays_on_cpu = kind == "cpu" and count is not None and has_quick_bfloat16() and count() >= _LEAST_MULTIPLY_ADDS
        return "bfloat16" if kind == "cuda" or pays_on_cpu else "float32"
    if precision == "bfloat16" and kind == "cpu" and not has_quick_bfloat16():
        warn(
            'precision="bfloat16" is slower than "float32" on this processor, which lacks AMX, or AVX512-BF16 of AMD, '
            'or may not use it (ONEDNN_MAX_CPU_ISA); precision="auto" selects what is quicker.'
        )
    return precision


def has_quick_bfloat16():
    """Return whether the processor multiplies bfloat16 faster than float32, and may do so.

    AMX does, and so does AVX512-BF16 of AMD, with which ResNet18 trains 1.7 to 1.8 times as fast. AVX512-BF16 of Intel
    does not: with it alone, ResNet18 trained 0.85 and CRNN 0.81 times as fast as in float32.
    """
    allowed = os.environ.get("ONEDNN_MAX_CPU_ISA", os.environ.get("DNNL_MAX_CPU_ISA", "DEFAULT")).upper()
    everything = allowed in ("ALL", "DEFAULT") or "AMX" in allowed
    if everything and torch.cpu._is_amx_tile_supported():
        return True
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()  # not in old versions of PyTorch
    of_amd = capabilities.get("cpu_name", "").startswith("AMD") and capabilities.get("avx512_bf16", False)
    return of_amd and (everything or allowed in _WITH_AVX512_BF16)


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
    kind, in_bfloat16 = torch.device(device).type, precision == "bfloat16"
    with contextlib.ExitStack() as stack:
        stack.callback(torch.clear_autocast_cache)
        stack.enter_context(torch.autocast(kind, torch.bfloat16, enabled=in_bfloat16))
        if in_bfloat16 and kind == "cpu":
            stack.enter_context(QuickOperations())
        yield

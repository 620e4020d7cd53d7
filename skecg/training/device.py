"""The device of a network."""

import torch

from .distributed.launch import own_gpu


def resolve_device(device):
    """Check the device, or choose one for "auto": CUDA, else Apple's MPS, else the CPU.

    "cuda" is a separate GPU for each of the processes that share a fit.
    """
    if device != "auto":
        device = _check_device(device)
        return own_gpu() if device == "cuda" else device
    if torch.cuda.is_available():
        return own_gpu()
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _check_device(device):
    try:
        kind = torch.device(device).type
    except RuntimeError:
        raise ValueError(
            f'device must be "auto", "cpu", "cuda" or another device of PyTorch; got {device!r}.'
        ) from None
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError(f'device={device!r}, but PyTorch finds no CUDA here; device="auto" selects what is available.')
    return device

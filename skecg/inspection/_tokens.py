"""Outputs of the inner layers of a network, and the samples that their tokens look at."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

_N_PROBES = 16


def captured(network, module, *x, inputs=False):
    """Return the output, or the input, of a module inside a network for the input x (and covariates)."""
    kept = []

    def keep(module, args, output):
        kept.append(args[0] if inputs else output)

    handle = module.register_forward_hook(keep)
    try:
        network(*x)
    finally:
        handle.remove()
    return kept[-1]


def last_convolution(network, *x):
    """Return the outermost module that ends the convolutions of a network and keeps the time axis.

    Parameters
    ----------
    network : torch.nn.Module
    *x : Tensor of shape (1, n_leads, n_times), and covariates if the network takes any

    Returns
    -------
    module : torch.nn.Module
    """
    found, handles = [], []

    def note(module, args, output):
        if isinstance(output, torch.Tensor) and _tokens_last(output) is not None and _tokens_last(output).shape[2] > 1:
            found.append(module)

    inner = [module for module in network.modules() if module is not network and _convolves(module)]
    try:
        handles += [module.register_forward_hook(note) for module in inner]
        with torch.no_grad():
            network(*x)
    finally:
        for handle in handles:
            handle.remove()
    if not found:
        raise ValueError(
            f"Grad-CAM needs a convolutional network; {type(network).__name__} has no convolution with a time axis."
        )
    return found[-1]


def _convolves(module):
    return any(isinstance(part, nn.Conv1d | nn.Conv2d) for part in module.modules())


def _tokens_last(output):
    """Return the output of a convolution as (n_records, n_channels, n_tokens), or None for other shapes."""
    if output.ndim == 4 and output.shape[2] == 1:
        return output[:, :, 0]
    return output if output.ndim == 3 else None


def positions(network, n_leads, n_times, n_tokens, tokens_of):
    """Return the sample that each token looks at: the centre of gravity of the token's gradient.

    `positions` probes two tokens with noise and places the other tokens on the line through these
    two. Strides and paddings shift the tokens by half a token: 0.16 s for a ResNet at 100 Hz.

    Parameters
    ----------
    network : torch.nn.Module
    n_leads, n_times : int
        Shape of one record of the input.
    n_tokens : int
    tokens_of : callable
        Maps x to (n_records, n_channels, n_tokens).

    Returns
    -------
    centres : ndarray of shape (n_tokens,)
    """
    if n_tokens == n_times:
        return np.arange(n_times, dtype=float)
    if n_tokens < 8:
        return (np.arange(n_tokens) + 0.5) * n_times / n_tokens - 0.5
    device = next(network.parameters()).device
    x = torch.randn(_N_PROBES, n_leads, n_times, generator=torch.Generator().manual_seed(0), dtype=torch.float32)
    x = x.to(device).requires_grad_()
    tokens = tokens_of(x)
    probed = [n_tokens // 3, 2 * n_tokens // 3]
    centres = []
    for token in probed:
        (gradient,) = torch.autograd.grad(tokens[:, :, token].sum(), x, retain_graph=True)
        weight = gradient.abs().sum(dim=(0, 1)).cpu().numpy().astype(float)
        centres.append((weight * np.arange(n_times)).sum() / weight.sum() if weight.any() else np.nan)
    if not np.isfinite(centres).all() or centres[0] >= centres[1]:
        return (np.arange(n_tokens) + 0.5) * n_times / n_tokens - 0.5
    slope = (centres[1] - centres[0]) / (probed[1] - probed[0])
    return centres[0] + slope * (np.arange(n_tokens) - probed[0])


def spread(values, centres, n_times):
    """Interpolate values of tokens, (n, n_tokens), to samples, (n, n_times)."""
    return np.stack([np.interp(np.arange(n_times), centres, row) for row in values])

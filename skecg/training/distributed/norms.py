"""BatchNorm over the records of all processes, on CPUs and GPUs.

`torch.nn.SyncBatchNorm` computes the same, but on GPUs only, and the modules of the network would have to be replaced.
"""

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class SynchronisedNorms(TorchFunctionMode):
    """Let BatchNorm in training normalise by the mean and variance over the records of all processes.

    Parameters
    ----------
    processes : Together
    """

    def __init__(self, processes):
        super().__init__()
        self.processes = processes

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is F.batch_norm:
            return _batch_norm(self.processes, *args, **kwargs)
        return func(*args, **kwargs)


def _batch_norm(
    processes, x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Compute `torch.nn.functional.batch_norm` over all processes."""
    if not training:
        return F.batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    with torch.no_grad():
        mean, var, n = _statistics(processes, x.detach())
        if running_mean is not None:
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(var * (n / (n - 1)), momentum)
    weight = torch.ones_like(mean) if weight is None else weight
    bias = torch.zeros_like(mean) if bias is None else bias
    return _Normalise.apply(x, weight, bias, mean, var, n, eps, processes)


def _statistics(processes, x):
    """Return the mean and the variance of each channel over all processes, and the number of values of a channel."""
    zeros = torch.zeros(x.shape[1], device=x.device)
    mean, var = torch.batch_norm_update_stats(x, zeros, zeros.clone(), 0.0)
    n = mean.new_full((1,), x.numel() / x.shape[1])
    of_all = torch.stack(processes.gather_equal(torch.cat([n, mean, var])))
    counts, means, variances = of_all.split([1, len(mean), len(mean)], dim=1)
    share = counts / counts.sum()
    mean = (share * means).sum(dim=0)
    var = (share * (variances + (means - mean) ** 2)).sum(dim=0)
    return mean, var, counts.sum()


class _Normalise(torch.autograd.Function):
    """Normalisation whose mean and variance depend on the records of all processes."""

    @staticmethod
    def forward(ctx, x, weight, bias, mean, var, n, eps, processes):
        ctx.save_for_backward(x, weight, mean, var, n)
        ctx.eps, ctx.processes = eps, processes
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, eps)

    @staticmethod
    def backward(ctx, gradient):
        x, weight, mean, var, n = ctx.saved_tensors
        dx, dweight, dbias = torch.ops.aten.native_batch_norm_backward(
            gradient, x, weight, mean, var, None, None, False, ctx.eps, [True, True, True]
        )
        # What `mean` and `var` contribute: the gradients of scale and shift over all processes.
        of_scale, of_shift = ctx.processes.add(torch.stack([dweight, dbias])) / n
        inverse = torch.rsqrt(var + ctx.eps)
        slope = -weight * inverse**2 * of_scale
        offset = -weight * inverse * of_shift - slope * mean
        shape = 1, -1, *[1] * (x.ndim - 2)
        dx.addcmul_(x, slope.view(shape).to(x.dtype)).add_(offset.view(shape).to(x.dtype))
        return dx, dweight, dbias, None, None, None, None, None

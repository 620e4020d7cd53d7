"""The steps of a pipeline as torch modules, on signals (n_records, n_leads, n_times) of one length."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..networks.s4 import LinearSystem
from ..signal.scaling import CONSTANT, ROUNDING
from ..training.data.windows import window_starts


class AcrossTime(nn.Module):
    """A linear step along time as one matrix: a filter or a resampling, with its treatment of the edges."""

    def __init__(self, matrix):
        super().__init__()
        self.register_buffer("matrix", torch.from_numpy(matrix.astype(np.float32)))  # (n_times_in, n_times_out)

    def forward(self, x):
        return x @ self.matrix


class AcrossLeads(nn.Module):
    """A selection of leads, or weighted sums of leads."""

    def __init__(self, weights):
        super().__init__()
        self.register_buffer("weights", torch.from_numpy(weights.astype(np.float32)))  # (n_wanted, n_available)

    def forward(self, x):
        return self.weights @ x


class CutOut(nn.Module):
    """A part of the signal, zero-padded at its end."""

    def __init__(self, start, stop, n_zeros):
        super().__init__()
        self.start, self.stop, self.n_zeros = start, stop, n_zeros

    def forward(self, x):
        return F.pad(x[:, :, self.start : self.stop], (0, self.n_zeros))


class Scaled(nn.Module):
    """`skecg.preprocessing.Normalize`: statistics without padding and missing leads, which stay zero."""

    def __init__(self, operation):
        super().__init__()
        self.method, self.per = operation.method, operation.per
        if operation.scale is not None:
            self.register_buffer("location", torch.from_numpy(np.float32(operation.location))[:, None])
            self.register_buffer("scale", torch.from_numpy(np.float32(operation.scale))[:, None])

    def forward(self, x):
        if self.method == "none":
            return x
        if self.method == "log":
            return torch.log1p(x.abs())
        n_times = x.shape[2]
        times = torch.arange(1, n_times + 1, device=x.device, dtype=x.dtype)
        last = ((x.abs().amax(dim=1, keepdim=True) > 0) * times).amax(dim=2, keepdim=True)  # (n_records, 1, 1)
        length = torch.where((last > 0) & (last < n_times - 1), last, torch.full_like(last, n_times))
        inside = times <= length  # (n_records, 1, n_times)
        there = x.abs().amax(dim=2, keepdim=True) > 0
        there = there | ~there.any(dim=1, keepdim=True)  # (n_records, n_leads, 1); the leads of only zeros count
        if self.per in ("dataset", "dataset_lead"):
            location, scale = self.location, self.scale
        elif self.per == "record":
            flat = x.flatten(1).unsqueeze(1)
            n_there = there.to(x.dtype).sum(dim=1, keepdim=True)
            location, scale = self.statistics(flat, (inside & there).flatten(1).unsqueeze(1), length * n_there)
        else:
            location, scale = self.statistics(x, inside, length)
        constant = scale <= (ROUNDING * location.abs()).clamp(min=CONSTANT)
        factor = torch.where(
            constant, torch.zeros_like(scale), 1 / torch.where(constant, torch.ones_like(scale), scale)
        )
        return (x - location) * factor * (inside & there)

    def statistics(self, x, inside, n):
        """Return the value to subtract and the value to divide by, over the last axis."""
        if self.method == "minmax":
            low = torch.where(inside, x, torch.inf).amin(dim=2, keepdim=True)
            return low, torch.where(inside, x, -torch.inf).amax(dim=2, keepdim=True) - low
        if self.method == "robust":
            ordered = torch.where(inside, x, torch.inf).sort(dim=2).values
            first, median, third = (self.quantile(ordered, n, q) for q in (0.25, 0.5, 0.75))
            return median, third - first
        if self.method == "l2":
            norm = (x * x).sum(dim=2, keepdim=True).sqrt()
            return torch.zeros_like(norm), norm
        mean = (x * inside).sum(dim=2, keepdim=True) / n
        centred = (x - mean) * inside
        return mean, ((centred * centred).sum(dim=2, keepdim=True) / n).sqrt()

    def quantile(self, ordered, n, q):
        position = (q * (n - 1)).expand(-1, ordered.shape[1], 1)
        below = position.floor()
        low = ordered.gather(2, below.long())
        high = ordered.gather(2, torch.minimum(below + 1, (n - 1).expand_as(below)).long())
        return low + (high - low) * (position - below)


class Steps(nn.Sequential):
    """Steps of which the last takes the covariates too, if the network has any."""

    def forward(self, x, covariates=None):
        *steps, last = self
        for step in steps:
            x = step(x)
        return last(x) if covariates is None else last(x, covariates)


class Encoded(nn.Module):
    """Covariates as `skecg.training.data.covariates` encodes them, from one number for each column; NaN is missing."""

    def __init__(self, columns):
        super().__init__()
        self.columns = columns

    def forward(self, covariates):
        encode = {"numeric": self._number, "categorical": self._category}
        values = covariates.split(1, dim=1)  # each (n_records, 1)
        parts = [encode[column["kind"]](column, x) for column, x in zip(self.columns, values, strict=True)]
        return torch.cat(parts, dim=1)

    def _number(self, column, x):
        missing = x.isnan()
        standardised = torch.where(missing, torch.zeros_like(x), (x - column["mean"]) / column["scale"])
        return torch.cat([standardised, (~missing).to(x.dtype), missing.to(x.dtype)], dim=1)

    def _category(self, column, x):
        n_categories = len(column["categories"])
        chosen = (x == torch.arange(n_categories, dtype=x.dtype, device=x.device)).to(x.dtype)
        return torch.cat([chosen, 1 - chosen.sum(dim=1, keepdim=True)], dim=1)


class Probabilities(nn.Module):
    """A fitted classifier: the mean output of its network over the windows of a record."""

    def __init__(self, classifier, n_times):
        super().__init__()
        seen = classifier.window or max(n_times, classifier.length_)
        self.n_zeros = max(0, seen - n_times)
        self.starts = window_starts(n_times, seen, classifier.n_windows).tolist()
        self.seen = seen
        self.multilabel = isinstance(classifier.classes_, list)
        self.network = without_transforms(copy.deepcopy(classifier.net_.module_).cpu().eval(), seen)

        self.encoded = None if classifier.covariates_ is None else Encoded(classifier.covariates_)

    def forward(self, x, covariates=None):
        x = F.pad(x, (0, self.n_zeros))
        if len(self.starts) > 1:
            x = torch.stack([x[:, :, start : start + self.seen] for start in self.starts], dim=1).flatten(0, 1)
        else:
            x = x[:, :, self.starts[0] : self.starts[0] + self.seen]
        logits = self.network(x) if covariates is None else self.network(x, self._for_windows(covariates))
        p = logits.sigmoid() if self.multilabel else logits.softmax(dim=1)
        return p.unflatten(0, (-1, len(self.starts))).mean(dim=1) if len(self.starts) > 1 else p

    def _for_windows(self, covariates):
        return self.encoded(covariates).repeat_interleave(len(self.starts), dim=0)


class _Convolution(nn.Module):
    """A linear system at one length: its impulse responses, computed beforehand, as a convolution."""

    def __init__(self, space, n_times):
        super().__init__()
        past, *future = space.responses(n_times).detach()  # each (width, n_times)
        ahead = future[0][:, :-1] if future else torch.zeros_like(past[:, :-1])
        self.register_buffer("kernel", torch.cat([past.flip(1), ahead], dim=1).unsqueeze(1))
        self.register_buffer("skip", space.skip.detach())
        self.n_times = n_times

    def forward(self, u):
        y = F.conv1d(u, self.kernel, padding=self.n_times - 1, groups=u.shape[1])
        return y + self.skip * u


def without_transforms(network, n_times):
    """Replace layers that work in the frequency domain, which few runtimes support."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LinearSystem):
                setattr(parent, name, _Convolution(child, n_times))
    return network

"""Augmentations of a whole batch, computed on its device with torch's seeded generator.

Each function takes signals `(n_records, n_leads, n_times)` and returns new signals. Strengths are
relative, so that they mean the same before and after normalisation: amplitudes are multiples of the
standard deviation of each record, durations are shares of its length. Only `mixup` also changes
targets, weights and covariates.
"""

import inspect
import math

import numpy as np
import torch
from torch.nn.functional import interpolate

from ...networks._random import fit_generator, rand
from ...records import STANDARD_LEADS

_LIMB = STANDARD_LEADS[:6]
LEAD_SETS = (
    _LIMB,  # two limb leads give all six
    (*_LIMB, "V1"),  # monitors with five electrodes
    (*_LIMB, "V2"),  # the three and four leads of the challenge of 2021 (Reyna et al.)
    (*_LIMB, "V5"),  # monitors with five electrodes
    ("II", "V1"),  # Holter recorders with two channels, as in the MIT-BIH database
    ("II", "V5"),
    ("I",),  # watches and other hand-held recorders
    ("II",),  # patches and monitors
    ("V1",),
    ("V5",),
)


class Augmentation:
    """A chain of augmentations, each applied to a share of the records of every batch.

    Parameters
    ----------
    steps : None, str, (str, dict) or list of these
        Names from `AUGMENTATIONS`, alone or with their parameters. Each augmentation also accepts
        `probability`, the share of records that it changes.
    leads : sequence of str, default=STANDARD_LEADS
        Names of the leads of the signals, for "lead_subset".
    """

    def __init__(self, steps, leads=STANDARD_LEADS):
        steps = [] if steps is None else steps if isinstance(steps, list) else [steps]
        self.steps = [_parse(step) for step in steps]
        for name, params in self.steps:
            if name == "lead_subset":
                params.setdefault("leads", leads)
                _check_lead_subset(leads, **params)

    def __call__(self, x, *others):
        """Return the augmented signals and the other arrays, such as targets, which only mixup changes."""
        for name, params in self.steps:
            params = dict(params)
            probability = params.pop("probability", DEFAULT_PROBABILITY.get(name, 0.5))
            if name == "mixup":
                x, *others = mixup(x, *others, probability=probability, **params)
                continue
            chosen = rand((len(x), 1, 1), x.device) < probability
            x = torch.where(chosen, AUGMENTATIONS[name](x, **params), x)
        return x, *others


def _parse(step):
    name, params = (step, {}) if isinstance(step, str) else step
    if name not in AUGMENTATIONS:
        raise ValueError(f"augment has no {name!r}; choose from {sorted(AUGMENTATIONS)}.")
    own = inspect.signature(AUGMENTATIONS[name]).parameters.values()
    accepted = {"probability", *(parameter.name for parameter in own if parameter.kind is parameter.KEYWORD_ONLY)}
    if unknown := sorted(set(params) - accepted):
        raise ValueError(f"augment {name!r} has no parameters {unknown}; it has {sorted(accepted)}.")
    return name, dict(params)


def scale(x, *, low=0.25, high=1.0):
    """Multiply each record by a factor between `low` and `high` (Marques & Oliveira 2025)."""
    return x * _uniform(x, low, high)


def flip(x):
    """Invert the sign of all leads."""
    return -x


def sample_dropout(x, *, rate=0.1):
    """Set each sample to zero with probability `rate`, the same samples in all leads."""
    return x * (rand((len(x), 1, x.shape[2]), x.device) >= rate)


def lead_dropout(x, *, rate=0.2):
    """Set each lead to zero with probability `rate`."""
    return x * (rand((len(x), x.shape[1], 1), x.device) >= rate)


def lead_subset(x, *, leads=STANDARD_LEADS, sets=LEAD_SETS):
    """Keep one of the usual sets of leads of each record, drawn with equal probability, and set the others to zero.

    The augmentations that follow, such as "noise", also change leads that are zero, so this one comes after them.

    Parameters
    ----------
    x : Tensor of shape (n_records, n_leads, n_times)
        Signals.
    leads : sequence of str
        Names of the leads of `x`. By default, a classifier passes the leads that it fits.
    sets : sequence of sequence of str, default=LEAD_SETS
        Names in any case. Leads that `x` lacks do not count.

    References
    ----------
    M. Reyna et al., "Will two do? Varying dimensions in electrocardiography: the PhysioNet/Computing in
    Cardiology Challenge 2021", Computing in Cardiology 48 (2021).
    """
    masks = _lead_masks(leads, sets).to(x.device)
    drawn = torch.randint(0, len(masks), (len(x),), generator=fit_generator(), device=x.device)
    return x * masks[drawn]


def time_mask(x, *, share=0.2):
    """Set one stretch of up to `share` of the length to zero, the same stretch in all leads."""
    n_times = x.shape[2]
    width = _uniform(x, 0, share) * n_times
    start = _uniform(x, 0, 1) * (n_times - width)
    times = torch.arange(n_times, device=x.device)
    return x * ((times < start) | (times >= start + width))


def noise(x, *, strength=0.1):
    """Add white noise, whose standard deviation is `strength` times that of the record."""
    return x + strength * _spread(x) * torch.randn(x.shape, generator=fit_generator(), device=x.device, dtype=x.dtype)


def baseline_wander(x, *, strength=0.5, cycles=3.0):
    """Add a slow sine to each lead, with up to `strength` standard deviations and `cycles` cycles per record."""
    shape = (*x.shape[:2], 1)
    amplitude = strength * _spread(x) * rand(shape, x.device)
    return x + amplitude * torch.sin(_angle(x, _uniform(x, 0.1, cycles) / x.shape[2], rand(shape, x.device)))


def sine(x, *, low=0.25, high=1.0):
    """Add a sine of 0.001 to 0.02 cycles per sample and `low` to `high` standard deviations to all leads."""
    wave = torch.sin(_angle(x, _uniform(x, 0.001, 0.02), _uniform(x, 0, 1)))
    return x + _spread(x) * _uniform(x, low, high) * wave


def square_wave(x, *, low=0.005, high=0.02):
    """Add a square wave of 0.001 to 0.1 cycles per sample and `low` to `high` standard deviations to all leads."""
    wave = torch.sign(torch.sin(_angle(x, _uniform(x, 0.001, 0.1), _uniform(x, 0, 1))))
    return x + _spread(x) * _uniform(x, low, high) * wave


def time_warp(x, *, stretch=0.1):
    """Stretch or squeeze the batch in time by up to `stretch`; cut its end or fill it with the original samples."""
    n_times = x.shape[2]
    factor = 1 + stretch * (2 * rand((), "cpu").item() - 1)
    warped = interpolate(x, size=max(1, round(n_times * factor)), mode="linear", align_corners=False)[..., :n_times]
    return torch.cat([warped, x[..., warped.shape[2] :]], dim=2)


def seven_way(x):
    """Apply one of seven changes, drawn for each record (Marques & Oliveira 2025).

    The changes are none (twice), `flip`, `sample_dropout`, `lead_dropout`, `sine`, `square_wave`.
    """
    draw = torch.randint(0, 7, (len(x), 1, 1), generator=fit_generator(), device=x.device)
    out = x
    for i, change in enumerate((flip, sample_dropout, lead_dropout, sine, square_wave)):
        out = torch.where(draw == i, change(x), out)
    return out


def mixup(x, *others, alpha=0.3, probability=1.0):
    """Blend each record with another one, together with targets, weights and covariates (Zhang et al. 2018)."""
    order = torch.randperm(len(x), generator=fit_generator(), device=x.device)
    share = _beta(alpha, len(x)).to(x.device)
    share = torch.where(rand((len(x),), x.device) < probability, share, torch.ones_like(share))

    def blend(values):
        part = share.reshape(-1, *[1] * (values.ndim - 1))
        return part * values + (1 - part) * values[order]

    return tuple(map(blend, (x, *others)))


AUGMENTATIONS = {
    function.__name__: function
    for function in (
        baseline_wander,
        flip,
        lead_dropout,
        lead_subset,
        mixup,
        noise,
        sample_dropout,
        scale,
        seven_way,
        sine,
        square_wave,
        time_mask,
        time_warp,
    )
}
DEFAULT_PROBABILITY = {"seven_way": 1.0, "mixup": 1.0}  # 0.5 for the others


def _check_lead_subset(given, *, leads, sets=LEAD_SETS, probability=0.5):
    """Raise if `leads` does not name the given leads, or if "lead_subset" has nothing to draw."""
    if len(leads) != len(given):
        raise ValueError(f"augment 'lead_subset' needs the names of {len(given)} leads; got leads={list(leads)}.")
    if not len(_lead_masks(leads, sets)):
        raise ValueError(f"augment 'lead_subset' has no set that keeps some, but not all, of the leads {list(leads)}.")


def _lead_masks(leads, sets):
    """Return which leads each set keeps, with shape (n_sets, n_leads, 1), for sets that keep some, but not all."""
    leads = [lead.casefold() for lead in leads]
    sets = [{name.casefold() for name in ([chosen] if isinstance(chosen, str) else chosen)} for chosen in sets]
    kept = [[lead in chosen for lead in leads] for chosen in sets]
    return torch.tensor([row for row in kept if any(row) and not all(row)]).reshape(-1, len(leads), 1)


def _uniform(x, low, high):
    return low + (high - low) * rand((len(x), 1, 1), x.device)


def _beta(alpha, n):
    """Return `n` numbers of the beta distribution, drawn by NumPy: PyTorch's takes no generator."""
    seed = torch.randint(2**63 - 1, (), generator=fit_generator()).item()
    return torch.from_numpy(np.random.default_rng(seed).beta(alpha, alpha, n).astype(np.float32))


def _spread(x):
    return x.std(dim=(1, 2), correction=0, keepdim=True)


def _angle(x, frequency, phase):
    """Return the angle, at each sample, of a wave with `frequency` cycles per sample."""
    return 2 * math.pi * (frequency * torch.arange(x.shape[2], device=x.device) + phase)

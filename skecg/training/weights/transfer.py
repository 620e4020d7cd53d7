"""Fit trained weights into a new network."""

import contextlib

import numpy as np
import torch

from ..._warn import warn
from ...format.network import shapes_of
from ...networks._fusion import Fused
from ...networks._random import Building
from ...networks._stages import stages_of
from ...signal import resolve_leads
from ...signal.leads import plain_lead


def take_over(network, source, *, target, make):
    """Copy the weights of a source into a network of the same architecture.

    The head is copied only if the classes, the covariates with their mean, scale and categories, and the
    fusion are the same; otherwise it stays new. If
    the leads differ, the filters of the first layer are matched by lead name. The filter of a source
    lead that follows from leads of the target (III follows from I and II) is added to the filters of
    these leads, so that 12 leads become 8 without loss (if all leads have the same unit). Case, and
    "Lead" before a name, do not matter. A target lead without a match gets the mean filter. Without
    names, all leads get the mean filter, unless both sides have as many leads.

    Parameters
    ----------
    network : torch.nn.Module
        Its weights are replaced in place.
    source : Source
        The weights to copy, and their description.
    target : Source
        The description of the network, without weights.
    make : callable
        `make(n_leads)` builds the network without the fusion; only its shapes are used.

    Raises
    ------
    ValueError
        If the architectures differ, the target has more leads than the source, or no weights match.

    Warns
    -----
    UserWarning
        If the sampling rates differ, or leads get the mean filter.
    """
    if source.name is not None and source.name != target.name:
        raise ValueError(
            f"pretrained is a {source.name}, but this is a {target.name}: use {source.name}, or a source that is a "
            f"{target.name}."
        )
    if None not in (source.fs, target.fs) and source.fs != target.fs:
        warn(
            f"pretrained was fitted at {source.fs:g} Hz, but these records have {target.fs:g} Hz. "
            "Resample the records; otherwise the network sees another time scale.",
        )
    prefix = "backbone." if isinstance(network, Fused) else ""
    expected = network.state_dict()
    head = _head_names(network)
    found = dict(source.weights)
    if source.fusion is not None:
        found = {key.removeprefix("backbone."): value for key, value in found.items()}
    axes = _lead_axes(make, target.n_leads)
    new = {}
    for key, value in expected.items():
        if key not in head:
            plain = key.removeprefix(prefix)
            new[key] = _fit_in(plain, found.get(plain), value, axes.get(plain), source, target)
    n_source = next((found[key].shape[axis] for key, axis in axes.items() if prefix + key not in head), target.n_leads)
    _warn_of_unmatched_leads(source, target, n_source)
    if _same_head(source, target) and all(key in found and found[key].shape == expected[key].shape for key in head):
        new.update({key: found[key] for key in head})
    if not new:
        raise ValueError(f"pretrained has nothing for this {target.name} except a last layer that does not fit.")
    network.load_state_dict({**expected, **new})


def _fit_in(key, weights, wanted, axis, source, target):
    if weights is not None and axis is not None and weights.ndim == wanted.ndim:
        n_source, n_target = weights.shape[axis], wanted.shape[axis]
        if n_source < n_target:
            raise ValueError(f"pretrained has filters for {n_source} leads, but these records have {n_target}.")
        mixing = torch.from_numpy(_mixing(source.leads, target.leads, n_source, n_target)).to(weights.dtype)
        if not torch.equal(mixing, torch.eye(n_source, dtype=weights.dtype)):
            weights = torch.tensordot(weights, mixing, dims=([axis], [0])).movedim(-1, axis)
    if weights is None or weights.shape != wanted.shape:
        raise ValueError(_difference(key, weights, wanted, source, target))
    if weights.dtype.is_floating_point != wanted.dtype.is_floating_point:
        raise ValueError(f"pretrained holds {key} as {weights.dtype}, which cannot become {wanted.dtype}.")
    return weights


def _difference(key, weights, wanted, source, target):
    shared = set(source.params) & set(target.params)
    differ = {name for name in shared if source.params[name] != target.params[name]}
    theirs, ours = (", ".join(f"{name}={side.params[name]!r}" for name in sorted(differ)) for side in (source, target))
    shape = "missing" if weights is None else tuple(weights.shape)
    advice = f" Set {theirs}; make_ecg_pipeline(pretrained=...) does so." if differ else ""
    return (
        f"pretrained {source.name or 'weights'}({theirs}) and this {target.name}({ours}) are different networks: "
        f"{key} is {shape} in pretrained and {tuple(wanted.shape)} in this network.{advice}"
    )


def _mixing(source_leads, target_leads, n_source, n_target):
    """Return the factor of each source filter in each target filter, (n_source, n_target)."""
    if source_leads is None or target_leads is None:
        return np.eye(n_source) if n_source == n_target else np.full((n_source, n_target), 1 / n_target)
    mixing = _by_name(source_leads, target_leads)
    n_found = np.count_nonzero(mixing.any(axis=1))
    if n_found:
        mixing *= np.sqrt(n_source / n_found)  # keeps the variance if the leads are independent
    mixing[:, ~mixing.any(axis=0)] = 1 / n_source
    return mixing


def _by_name(source_leads, target_leads):
    """Return the factors that derive each source lead from the target leads, zeros where that is impossible."""
    mixing = np.zeros((len(source_leads), len(target_leads)))
    available = [plain_lead(lead) for lead in target_leads]
    for row, lead in enumerate(source_leads):
        with contextlib.suppress(ValueError):
            mixing[row] = resolve_leads(available, [plain_lead(lead)])[1][0]
    return mixing


def _warn_of_unmatched_leads(source, target, n_source):
    """Warn about leads that get the mean filter."""
    if None not in (source.leads, target.leads):
        matched = _by_name(source.leads, target.leads).any(axis=0)
        unmatched = [lead for lead, found in zip(target.leads, matched, strict=True) if not found]
        reason = f"pretrained has no filters for the leads {', '.join(unmatched)}; it has {', '.join(source.leads)}"
    else:
        unmatched = n_source != target.n_leads
        side = "pretrained was fitted on" if source.leads is None else "These are"
        reason = f"{side} leads without names; pretrained has {n_source} leads, these records have {target.n_leads}"
    if unmatched:
        warn(f"{reason}. Leads without a match get the mean of its filters.")


def _lead_axes(make, n_leads):
    """Return {name: axis} of the weights that have an axis of leads."""
    try:
        here, more = shapes_of(lambda: make(n_leads)), shapes_of(lambda: make(n_leads + 1))
    except RuntimeError:  # a network of the user that cannot be built on the meta device
        with Building(torch.Generator()):
            here, more = (
                {k: (tuple(v.shape),) for k, v in make(n).state_dict().items()} for n in (n_leads, n_leads + 1)
            )
    axes = {}
    for name, (shape, *_) in here.items():
        differ = [axis for axis, (n, m) in enumerate(zip(shape, more[name][0], strict=True)) if n != m]
        if len(differ) == 1 and shape[differ[0]] == n_leads:
            axes[name] = differ[0]
    return axes


def _head_names(network):
    head = {id(values) for values in _tensors(stages_of(network)[-1])}
    return [name for name, values in network.state_dict(keep_vars=True).items() if id(values) in head]


def _tensors(stage):
    return [*stage.parameters(), *stage.buffers()]


def _same_head(source, target):
    if type(source.classes) is not type(target.classes) or (source.covariates, source.fusion) != (
        target.covariates,
        target.fusion,
    ):
        return False
    return len(source.classes) == len(target.classes) and all(map(np.array_equal, source.classes, target.classes))

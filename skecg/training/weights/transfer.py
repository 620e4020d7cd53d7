"""Transfer of trained weights: read them from a source and fit them into a new network."""

import contextlib
import os
from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from ..._warn import warn
from ...estimators.model import UnsuitableModelError, network_of
from ...format import load_weights, read_file
from ...format.codec import Decoder
from ...format.network import shapes_of
from ...networks._fusion import Fused
from ...networks._random import Building
from ...networks._stages import stages_of
from ...signal import resolve_leads
from ...signal.leads import plain_lead

_HINT = "Pass a fitted classifier as FrozenEstimator(clf) (sklearn.frozen), or the path of a file saved by skecg.save."


@dataclass
class Source:
    """Weights and description of a trained network; None means that the source does not say."""

    weights: dict
    name: str | None = None
    params: dict = field(default_factory=dict)
    classes: object = None
    leads: tuple | None = None
    n_leads: int | None = None
    fs: float | None = None
    covariates: list | None = None
    fusion: str | None = None


def source_of(pretrained):
    """Read weights and their description from the parameter `pretrained`.

    Parameters
    ----------
    pretrained : path-like or FrozenEstimator
        A file, or a frozen fitted classifier, or a frozen model that ends in one.

    Returns
    -------
    source : Source

    Raises
    ------
    NotFittedError
        If the classifier is not fitted.
    TypeError
        If the model is not frozen, or does not end in one classifier of skecg.
    ValueError
        If the file is damaged, or does not hold one network.
    """
    if isinstance(pretrained, str | os.PathLike):
        return _from_file(pretrained)
    if not isinstance(pretrained, FrozenEstimator):
        name = type(pretrained).__name__
        raise TypeError(f"pretrained={name}(...) is not frozen; a search would clone it and lose its weights. {_HINT}")
    try:
        estimator = network_of(pretrained, "pretrained")
    except (NotFittedError, UnsuitableModelError) as error:
        raise type(error)(f"{error} {_HINT}") from None
    return Source(
        weights={key: value.detach().cpu() for key, value in estimator.net_.module_.state_dict().items()},
        name=type(estimator).__name__,
        params=estimator.get_params(deep=False),
        classes=estimator.classes_,
        leads=getattr(estimator, "leads_in_", None),
        fs=estimator.fs_,
        covariates=estimator.covariates_,
        fusion=estimator.fusion if estimator.covariates_ else None,
    )


def _from_file(path):
    document, tensors = read_file(path)
    if isinstance(document, dict) and document.get("kind") == "weights":
        weights, settings = load_weights(path)
        return Source(weights=weights, **_signals_of(settings, path))
    try:
        tree, decoder = _find_network(document), Decoder(tensors)
        fitted, params = tree["fitted"], _plain_params(tree["params"], decoder)
        fused = bool(fitted.get("covariates_"))
        return Source(
            weights={key: torch.from_numpy(decoder.take(name)) for key, name in tree["network"]["weights"].items()},
            name=tree["class"].rpartition(".")[2],
            params=params,
            classes=decoder.decode(fitted["classes_"]),
            leads=decoder.decode(fitted.get("leads_in_")),
            fs=fitted.get("fs_"),
            covariates=decoder.decode(fitted["covariates_"]) if fused else None,
            fusion=params["fusion"] if fused else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} holds no fitted classifier of skecg to take weights from ({error!r}).") from None


def _signals_of(settings, path):
    """Return the rate and the leads in the settings of weights, if the settings say them."""
    signals = settings.get("signals")
    if not isinstance(signals, dict):
        return {}
    fs, leads = signals.get("fs"), signals.get("leads")
    if not isinstance(fs, int | float | None) or not isinstance(leads, list | None):
        raise ValueError(f"{path} must say fs as a number and leads as a list; it says {signals}.")
    return {"fs": fs, "leads": None if leads is None else tuple(map(str, leads))}


def _plain_params(tree, decoder):
    """Decode the parameters, except those that hold an estimator, which no caller needs."""
    params = {}
    for key, value in tree.items():
        with contextlib.suppress(ValueError):
            params[key] = decoder.decode(value)
    return params


def _find_network(tree):
    """Return the first estimator with a network; if estimators are nested, the outermost."""
    if isinstance(tree, dict) and "network" in tree:
        return tree
    if isinstance(tree, dict) and isinstance(tree.get("fitted"), dict) and "estimators_" in tree["fitted"]:
        raise ValueError(f"{tree['class']} combines several estimators")
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return next(filter(None, map(_find_network, items)), None)


# -- weights into a network ----------------------------------------------------------------


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
        raise ValueError(f"pretrained is a {source.name}, but this is a {target.name}: the architectures differ.")
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
    return weights


def _difference(key, weights, wanted, source, target):
    shared = set(source.params) & set(target.params)
    differ = {name for name in shared if source.params[name] != target.params[name]}
    settings = [
        "(" + ", ".join(f"{name}={side.params[name]!r}" for name in sorted(differ)) + ")" for side in (source, target)
    ]
    shape = "missing" if weights is None else tuple(weights.shape)
    return (
        f"pretrained {source.name or 'weights'}{settings[0]} and this {target.name}{settings[1]} are different "
        f"networks: {key} is {shape} in pretrained and {tuple(wanted.shape)} in this network."
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

"""Weights from another fit: where they come from, how they are fitted in, which of them go on learning."""

import contextlib
import os
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from ...estimators.model import UnsuitableModelError, network_of
from ...format import load_weights, read_file
from ...format.codec import Decoder
from ...format.network import shapes_of
from ...networks._fusion import Fused
from ...networks._random import Building
from ...networks._stages import stages_of
from ...signal import resolve_leads
from ...signal.leads import plain_lead

_HINT = "Give a fitted classifier as FrozenEstimator(clf) (sklearn.frozen), or the path of a file by skecg.save."


@dataclass
class Source:
    """A trained network, and what is known of it; None is not known."""

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
    """Return the source of weights that the parameter `pretrained` stands for.

    Parameters
    ----------
    pretrained : path-like or FrozenEstimator
        A file, or a fitted classifier, or a model that ends in one.

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
        raise TypeError(f"pretrained={name}(...) would be cloned, and so lose its weights, in a search. {_HINT}")
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
        return Source(weights=load_weights(path)[0])
    try:
        tree, decoder = _find_network(document), Decoder(tensors)
        known, params = tree["fitted"], _plain_params(tree["params"], decoder)
        fused = bool(known.get("covariates_"))
        return Source(
            weights={key: torch.from_numpy(decoder.take(name)) for key, name in tree["network"]["weights"].items()},
            name=tree["class"].rpartition(".")[2],
            params=params,
            classes=decoder.decode(known["classes_"]),
            leads=decoder.decode(known.get("leads_in_")),
            fs=known.get("fs_"),
            covariates=decoder.decode(known["covariates_"]) if fused else None,
            fusion=params["fusion"] if fused else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} holds no fitted classifier of skecg to take weights from ({error!r}).") from None


def _plain_params(tree, decoder):
    """Return the parameters but those that hold an estimator, of which nobody asks here."""
    params = {}
    for key, value in tree.items():
        with contextlib.suppress(ValueError):
            params[key] = decoder.decode(value)
    return params


def _find_network(tree):
    """Return the first estimator with a network, the outermost where one holds another."""
    if isinstance(tree, dict) and "network" in tree:
        return tree
    if isinstance(tree, dict) and isinstance(tree.get("fitted"), dict) and "estimators_" in tree["fitted"]:
        raise ValueError(f"{tree['class']} combines several estimators")
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return next(filter(None, map(_find_network, items)), None)


# -- fitting the weights in -------------------------------------------------------------------


def take_over(network, source, *, target, make):
    """Give a network the weights of a source, as far as they are the same network's.

    The head is taken over where classes and covariates are the same, else it stays new. Where the
    leads differ, the filters of the first layer are carried over by the names of the leads: those
    that follow from I and II are counted in these, so that 12 leads become 8 without loss (of
    signals in common units). Names are compared regardless of case and of "Lead" before them. A
    lead that the source does not know gets the mean filter; without names all do, unless there
    are as many leads.

    Parameters
    ----------
    network : torch.nn.Module
        Is changed in place.
    source : Source
        Where the weights come from.
    target : Source
        The same of the network, without weights.
    make : callable
        `make(n_leads)` returns such a network without the fusion, for its shapes.

    Raises
    ------
    ValueError
        If the architectures differ, or the target has more leads than the source.

    Warns
    -----
    UserWarning
        If the rates differ, or leads get the mean filter.
    """
    if source.name is not None and source.name != target.name:
        raise ValueError(f"pretrained is a {source.name}, this is a {target.name}: another architecture.")
    if None not in (source.fs, target.fs) and source.fs != target.fs:
        warnings.warn(
            f"pretrained was fitted at {source.fs:g} Hz, these records have {target.fs:g} Hz; "
            "resample them, or the network sees another time scale.",
            stacklevel=2,
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
    _warn_of_unknown_leads(source, target, n_source)
    if _same_head(source, target) and all(key in found and found[key].shape == expected[key].shape for key in head):
        new.update({key: found[key] for key in head})
    if not new:
        raise ValueError(f"pretrained has nothing for this {target.name} but its last layer, which is another one.")
    network.load_state_dict({**expected, **new})


def _fit_in(key, weights, wanted, axis, source, target):
    if weights is not None and axis is not None and weights.ndim == wanted.ndim:
        n_source, n_target = weights.shape[axis], wanted.shape[axis]
        if n_source < n_target:
            raise ValueError(
                f"pretrained has {n_source} leads, these records have {n_target}: it has no filters for more."
            )
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
    shape = "nothing" if weights is None else tuple(weights.shape)
    return (
        f"pretrained {source.name or 'weights'}{settings[0]} and this {target.name}{settings[1]} are different "
        f"networks: {key} is {shape} there and {tuple(wanted.shape)} here."
    )


def _mixing(source_leads, target_leads, n_source, n_target):
    """Return what each source lead's filter adds to that of each target lead, (n_source, n_target)."""
    if source_leads is None or target_leads is None:
        return np.eye(n_source) if n_source == n_target else np.full((n_source, n_target), 1 / n_target)
    mixing = _by_name(source_leads, target_leads)
    n_found = np.count_nonzero(mixing.any(axis=1))
    if n_found:
        mixing *= np.sqrt(n_source / n_found)  # of independent leads, this keeps the variance
    mixing[:, ~mixing.any(axis=0)] = 1 / n_source
    return mixing


def _by_name(source_leads, target_leads):
    """Return how the source's leads follow from those of the target, zeros where they do not."""
    mixing = np.zeros((len(source_leads), len(target_leads)))
    available = [plain_lead(lead) for lead in target_leads]
    for row, lead in enumerate(source_leads):
        with contextlib.suppress(ValueError):
            mixing[row] = resolve_leads(available, [plain_lead(lead)])[1][0]
    return mixing


def _warn_of_unknown_leads(source, target, n_source):
    """Name the leads that get the mean filter."""
    if None not in (source.leads, target.leads):
        known = _by_name(source.leads, target.leads).any(axis=0)
        unknown = [lead for lead, found in zip(target.leads, known, strict=True) if not found]
        reason = f"pretrained does not know the leads {', '.join(unknown)}; it knows {', '.join(source.leads)}"
    else:
        unknown = n_source != target.n_leads
        side = "pretrained was fitted on" if source.leads is None else "These are"
        reason = f"{side} leads without names, and pretrained has {n_source} leads, these records have {target.n_leads}"
    if unknown:
        warnings.warn(f"{reason}. They get the mean of its filters.", stacklevel=3)


def _lead_axes(make, n_leads):
    """Return {name: axis} of the weights that have an axis of leads."""
    try:
        here, more = shapes_of(lambda: make(n_leads)), shapes_of(lambda: make(n_leads + 1))
    except RuntimeError:  # a network of the user's that cannot be made without memory
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

"""Read trained weights, and what is known of them, from a file or a fitted model."""

import contextlib
import os
from dataclasses import dataclass, field

import torch
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from ...estimators.errors import UnsuitableModelError
from ...estimators.model import network_path
from ...format import load_weights, read_file
from ...format.codec import Decoder
from ...pretrained import path_of
from .digests import digests_in

_HINT = "Pass a fitted classifier as FrozenEstimator(clf) (sklearn.frozen), or a file saved by skecg.save."


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
    digests: list | None = None


def source_of(pretrained):
    """Read weights and their description from the parameter `pretrained`.

    Parameters
    ----------
    pretrained : path-like or FrozenEstimator
        A file, the name of a packaged model, a frozen fitted classifier, or a frozen model that ends in one.

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
    check_frozen(pretrained)
    try:
        path = network_path(pretrained, "pretrained")
    except (NotFittedError, UnsuitableModelError) as error:
        raise type(error)(f"{error} {_HINT}") from None
    estimator, contract = path.predictor, path.contract
    return Source(
        weights={key: value.detach().cpu() for key, value in estimator.net_.module_.state_dict().items()},
        name=type(estimator).__name__,
        params=estimator.get_params(deep=False),
        classes=estimator.classes_,
        leads=getattr(estimator, "leads_in_", None),
        fs=estimator.fs_,
        covariates=estimator.covariates_,
        fusion=estimator.fusion if estimator.covariates_ else None,
        digests=digests_in(
            getattr(contract, "training", None),
            getattr(contract, "leads", None),
            getattr(estimator, "source_digests_", None),
        ),
    )


def check_frozen(pretrained):
    """Raise TypeError if `pretrained` is neither a path or name nor frozen."""
    if not isinstance(pretrained, str | os.PathLike | FrozenEstimator):
        name = type(pretrained).__name__
        raise TypeError(f"pretrained={name}(...) is not frozen; a search would clone it and lose its weights. {_HINT}")


def _from_file(path):
    path = path_of(path)
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
            digests=_digests_in(document, fitted, decoder),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} holds no fitted classifier of skecg to take weights from ({error!r}).") from None


def _digests_in(document, fitted, decoder):
    """Return the digests of all records that the model of a file, and its sources, were trained on."""
    contract = document.get("contract")
    params = contract["estimator"]["params"] if contract else {}
    training, leads = (decoder.decode(params.get(key)) for key in ("training", "leads"))
    return digests_in(training, leads, decoder.decode(fitted.get("source_digests_")))


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

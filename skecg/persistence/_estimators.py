"""Estimators as plain data, and back."""

import inspect
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from .. import networks
from ..classifiers import ECGClassifier
from ..classifiers._base import BaseECGClassifier
from ..estimators.errors import UnsuitableModelError
from ..features import AutoencoderFeatures
from ..features._lstm import ReconstructionLoss
from ..format.codec import Decoder, Encoder
from ..format.network import build_network, learned_names, weights_of
from ..model_selection import TunedClassWeights
from ..model_selection._out_of_fold_labels import OutOfFoldLabels
from ..training.data.augment import Augmentation
from ..training.device import resolve_device
from ..training.loop.net import ECGNet
from ..training.targets.losses import WeightedLoss
from ._agreement import check_estimator
from ._fitted import fitted_of, set_fitted
from ._out_of_fold import metric_of, name_of_metric
from ._places import FOLDERS
from ._registry import class_of, name_of
from ._tuning import without_tuning

_TRAINED = (BaseECGClassifier, AutoencoderFeatures)  # these have a network


class EstimatorEncoder(Encoder):
    """An encoder that also takes estimators: class name, parameters, fitted attributes and network.

    Parameters
    ----------
    digests : bool, default=True
        Whether classifiers keep the digests of the records that their sources were trained on.

    Attributes
    ----------
    learned : list of str
        The names of the arrays that are learned parameters of networks.
    version : int
        The first version of the format that reads what was encoded.
    """

    def __init__(self, digests=True):
        super().__init__()
        self.digests = digests
        self.learned = []
        self.version = 1
        self._frozen = []  # cloning keeps these, so that a model may hold one of them several times

    def encode(self, value, where):
        if not isinstance(value, BaseEstimator) or isinstance(value, type):
            return super().encode(value, where)
        shared = next((i for i, frozen in enumerate(self._frozen) if frozen is value), None)
        if shared is not None:
            self.version = 2
            return {"shared": shared}
        value = _saved_form(value, where)
        name = name_of(type(value))
        params = value.get_params(deep=False)
        tree = {"class": name, "params": {}, "fitted": {}}
        for key, param in params.items():
            tree["params"][key] = self._param(type(value), key, param)
        for key, attribute in fitted_of(value).items():
            if key == "source_digests_" and not self.digests:
                attribute = None
            tree["fitted"][key] = self.encode(attribute, f"{type(value).__name__}.{key}")
        if isinstance(value, _TRAINED) and hasattr(value, "net_"):
            tree["network"] = self._network(value)
        try:
            check_estimator(value)
        except ValueError as error:
            raise ValueError(f"{where} cannot be saved: {str(error).rstrip('.')}.") from error
        if isinstance(value, FrozenEstimator):
            self._frozen.append(value)
        return {"estimator": tree}

    def _param(self, cls, key, param):
        where = f"The parameter {key} of {cls.__name__}"
        if key in FOLDERS:
            return None
        if key == "pretrained" and not isinstance(param, BaseEstimator):
            return None  # the path of a file of this machine
        if key == "module" and cls is ECGClassifier:
            return f"{getattr(param, '__module__', '?')}.{getattr(param, '__qualname__', type(param).__name__)}"
        if cls is TunedClassWeights and callable(param) and key == "scoring":
            return name_of_metric(param)
        try:
            return self.encode(param, where)
        except TypeError as error:
            if key != "net_params":
                raise
            raise TypeError(f"{error} A fitted model predicts without it: set_params({key}=None).") from None

    def _network(self, classifier):
        network = classifier.net_.module_
        weights = weights_of(network)
        start = f"{sum('.network.' in name for name in self.tensors)}.network."
        names = {name: self.put(values, start + name) for name, values in weights.items()}
        self.learned += [names[name] for name in learned_names(network) if weights[name].dtype == np.float32]
        return {"n_leads": classifier.n_leads_in_, "weights": names}


def _saved_form(model, where):
    """Return a model without its tuning, or raise a TypeError if the tuning is not fitted."""
    try:
        return without_tuning(model)
    except (NotFittedError, UnsuitableModelError) as error:
        raise TypeError(
            f"{where} holds {type(model).__name__}, which cannot be saved: {error} If it is a template inside a fitted "
            "model, put the tuning around that model, or give it the tuned estimator."
        ) from error


class EstimatorDecoder(Decoder):
    """A decoder that also makes estimators of the closed list; `module` is the network of an `ECGClassifier`."""

    kinds = (*Decoder.kinds, "estimator", "shared")

    def __init__(self, tensors, module=None):
        super().__init__(tensors)
        self.module = module
        self._frozen = []

    def _decode_shared(self, place):
        if type(place) is not int or not 0 <= place < len(self._frozen):
            raise ValueError(f"{place!r:.50} is not the place of a frozen estimator")
        return self._frozen[place]

    def _decode_estimator(self, tree):
        cls = class_of(tree["class"])
        unknown = sorted(set(tree["params"]) - set(cls._get_param_names()))
        if unknown:
            raise ValueError(f"{cls.__name__} has no parameter {unknown[0]!r:.50}; a later version may: update skecg")
        params = {key: self.decode(value) for key, value in tree["params"].items()}
        params = {key: value for key, value in params.items() if not _is_unset(cls, key, value)}
        if hasattr(cls, "_with_earlier_defaults"):
            params = cls._with_earlier_defaults(params)
        if any(params.get(key) is not None for key in FOLDERS):
            raise ValueError("a cache or a checkpoint is none that a file may name")
        if cls is ECGClassifier:
            params["module"] = self._module(params["module"])
        if cls is TunedClassWeights and "scoring" in params:
            params["scoring"] = metric_of(params["scoring"])
        if not isinstance(params.get("pretrained"), BaseEstimator | None):
            params["pretrained"] = None  # version 0.1.0 kept the path of a file of its machine
        estimator = cls(**params)
        set_fitted(estimator, {key: self.decode(value) for key, value in tree["fitted"].items()})
        if isinstance(estimator, OutOfFoldLabels) and "pos_label_" not in tree["fitted"] and tree["fitted"]:
            estimator._name_positive_class()  # version 0.1.0 always took the second class
        check_estimator(estimator)
        if "network" in tree:
            _add_later_attributes(estimator, tree["network"]["n_leads"])
            self._attach_network(estimator, tree["network"])
            check_estimator(estimator)
        if isinstance(estimator, FrozenEstimator):
            self._frozen.append(estimator)
        return estimator

    def _module(self, name):
        if self.module is not None:
            return self.module
        for network in map(networks.__dict__.get, networks.__all__):
            if name == f"{network.__module__}.{network.__qualname__}":
                return network
        raise ValueError(
            f"it holds an ECGClassifier with the network {name!r}; a file imports no code, so pass the "
            "class or function yourself, as in load(path, module=MyNetwork)"
        )

    def _attach_network(self, classifier, tree):
        if not isinstance(classifier, _TRAINED):
            raise ValueError(f"{type(classifier).__name__} has no network")
        if tree["n_leads"] not in (classifier.n_features_in_, 1) or type(tree["n_leads"]) is not int:
            raise ValueError(f"n_leads={tree['n_leads']!r} contradicts n_features_in_={classifier.n_features_in_}")
        weights = {name: self.take(tensor) for name, tensor in tree["weights"].items()}
        network = build_network(_maker(classifier, tree["n_leads"]), weights)
        classifier.net_ = _net(classifier, network)


def _is_unset(cls, key, value):
    """Return whether a parameter holds scikit-learn's word for "not set", which other versions do not know."""
    unset = isinstance(value, str) and value == "deprecated"
    return unset and inspect.signature(cls).parameters[key].default != value


def _add_later_attributes(trained, n_leads):
    """Add the fitted attributes that the version of an older file did not write."""
    trained.__dict__.setdefault("n_leads_in_", n_leads)
    if isinstance(trained, BaseECGClassifier):
        trained.__dict__.setdefault("covariates_", None)
        trained.__dict__.pop("leads_", None)  # duplicates leads_in_


def _maker(classifier, n_leads):
    if isinstance(classifier, AutoencoderFeatures):
        return partial(classifier._build, n_leads)
    return partial(classifier._build, n_leads, len(classifier.classes_), classifier.window or classifier.length_)


class _NoOptimizer:
    """Takes the place of an optimizer in a net that does not train: those of PyTorch import its compiler."""

    def __init__(self, parameters, lr):
        pass


def _net(classifier, network):
    """Return a net in the state after `fit`, on the device of the classifier if this machine has the device."""
    if isinstance(classifier, AutoencoderFeatures):
        loss = ReconstructionLoss()
    else:
        loss = WeightedLoss(classifier.loss, isinstance(classifier.classes_, list), classifier.loss_params)
    try:
        device = resolve_device(classifier.device)
    except ValueError:  # this machine lacks the device of the training
        device = "cpu"
    settings = {"augment": Augmentation(None), "predict_nonlinearity": None, "optimizer": _NoOptimizer, "verbose": 0}
    net = ECGNet(network, criterion=loss, device=device, **settings).initialize()
    net.trim()
    return net

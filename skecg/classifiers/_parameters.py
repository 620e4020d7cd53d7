"""The parameters that all classifiers share, and what each may be."""

import os
from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from ..networks._fusion import FUSIONS


class SharedParameters(BaseEstimator, metaclass=ABCMeta):
    """Everything about a classifier that is not architecture, as parameters."""

    _parameter_constraints: dict = {
        "window": [None, Interval(Integral, 1, None, closed="left")],
        "n_windows": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "augment": [None, str, tuple, list],
        "covariates": [None, tuple, list],
        "fusion": [StrOptions(set(FUSIONS))],
        "loss": [StrOptions({"auto", "cross_entropy", "bce", "focal", "asymmetric"})],
        "loss_params": [None, dict],
        "class_weight": [None, StrOptions({"balanced"}), dict, list],
        "balanced_batches": ["boolean"],
        "pretrained": [None, str, os.PathLike, BaseEstimator],
        "fine_tune": [StrOptions({"all", "head"}), Interval(Integral, 1, None, closed="left")],
        "layer_decay": [None, Interval(Real, 0, 1, closed="right")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "lr_schedule": [StrOptions({"onecycle", "constant"})],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "gradient_clip": [None, Interval(Real, 0, None, closed="neither")],
        "ema_decay": [None, Interval(Real, 0, 1, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "checkpoint": [None, str, os.PathLike],
        "checkpoint_every": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "net_params": [None, dict],
    }

    @abstractmethod
    def __init__(
        self,
        *,
        window,
        n_windows,
        augment,
        covariates,
        fusion,
        loss,
        loss_params,
        class_weight,
        balanced_batches,
        pretrained,
        fine_tune,
        layer_decay,
        max_epochs,
        batch_size,
        learning_rate,
        lr_schedule,
        weight_decay,
        gradient_clip,
        ema_decay,
        early_stopping,
        validation_fraction,
        n_iter_no_change,
        checkpoint,
        checkpoint_every,
        device,
        random_state,
        verbose,
        net_params,
    ):
        self.window = window
        self.n_windows = n_windows
        self.augment = augment
        self.covariates = covariates
        self.fusion = fusion
        self.loss = loss
        self.loss_params = loss_params
        self.class_weight = class_weight
        self.balanced_batches = balanced_batches
        self.pretrained = pretrained
        self.fine_tune = fine_tune
        self.layer_decay = layer_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.ema_decay = ema_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.net_params = net_params

    def _architecture(self):
        """Return the parameters that a leaf adds to the shared ones."""
        shared = SharedParameters._parameter_constraints
        return {name: value for name, value in self.get_params(deep=False).items() if name not in shared}

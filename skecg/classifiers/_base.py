"""What all classifiers share: everything that is not architecture."""

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)

from ..preprocessing._validation import check_records
from ..records import ECGRecords
from ..training._losses import WeightedLoss
from ..training._net import resolve_device, seeded, train
from ..training._predict import average_over_windows
from ..training._targets import encode, loss_weights, patients, validation_split
from ..training._windows import FixedWindows, RandomWindows


class BaseECGClassifier(
    ClassifierMixin, TransformerMixin, BaseEstimator, metaclass=ABCMeta, auto_wrap_output_keys=None
):
    """A network as a scikit-learn classifier; a leaf adds its architecture.

    A leaf declares the constraints of its own parameters, lists them and the shared ones in
    `__init__`, and builds its network in `_make_network`.
    """

    _parameter_constraints: dict = {
        "window": [None, Interval(Integral, 1, None, closed="left")],
        "n_windows": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "augment": [None, str, tuple, list],
        "loss": [StrOptions({"auto", "cross_entropy", "bce", "focal", "asymmetric"})],
        "loss_params": [None, dict],
        "class_weight": [None, StrOptions({"balanced"}), dict, list],
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
        loss,
        loss_params,
        class_weight,
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
        device,
        random_state,
        verbose,
        net_params,
    ):
        self.window = window
        self.n_windows = n_windows
        self.augment = augment
        self.loss = loss
        self.loss_params = loss_params
        self.class_weight = class_weight
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
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.net_params = net_params

    @abstractmethod
    def _make_network(self, n_leads, n_outputs, n_times):
        """Return the untrained network; `n_times` is what it will see in training."""

    def _embeds(self):
        """Tell whether the network has `forward_features`, as all of ours have."""
        return True

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, *, sample_weight=None, groups=None):
        """Train the network on labelled records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals in mV, usually filtered, cropped and normalised by the steps before.
            A 2-D array is one lead.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            Classes of any type, or a 0/1 indicator of labels, of which a record may have many.
        sample_weight : array-like of shape (n_records,), default=None
            Weight of each record in the loss.
        groups : array-like of shape (n_records,), default=None
            Patients. Early stopping keeps all records of one on the same side of its
            split. By default `metadata["patient_id"]` of the records, if there.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the input holds NaN or infinity, is empty, or has not one label a record;
            if there is one class only; if the records differ in their sampling rate.
        KeyboardInterrupt
            If interrupted; the estimator is then unfitted.
        """
        self.__dict__.pop("net_", None)  # an interrupted fit leaves no half-trained network
        X = check_records(self, X, reset=True)
        if self.ema_decay is not None and self.early_stopping:
            raise ValueError("ema_decay and early_stopping=True each choose the weights at the end; set one of them.")
        self.classes_, target = encode(y, type(self).__name__)
        check_consistent_length(X, target)
        self._remember_rate(X)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if not weight.any():
            raise ValueError("sample_weight is zero for every record: there is nothing to learn from.")
        signals = _signals(X)
        self.length_ = max(signal.shape[1] for signal in signals)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        weight = loss_weights(target, weight, self.class_weight, self.classes_)
        self._train(signals, target, weight, patients(X, groups), seed)
        return self

    def predict_proba(self, X):
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, prepared as those of `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
            float32; the mean over the windows of a record.
        """
        check_is_fitted(self)
        last = torch.nn.Sigmoid() if self._is_multilabel() else torch.nn.Softmax(dim=1)
        return self._average(X, lambda x: last(self.net_.module_(x).double()))

    def predict(self, X):
        """Return the most probable class, or all labels with a probability above 0.5.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, prepared as those of `fit`.

        Returns
        -------
        y : ndarray of shape (n_records,) or (n_records, n_labels)
            Classes as they were given to `fit`, or a 0/1 indicator.
        """
        probabilities = self.predict_proba(X)
        if self._is_multilabel():
            return (probabilities > 0.5).astype(np.int64)
        return self.classes_[probabilities.argmax(axis=1)]

    @available_if(lambda self: self._embeds())
    def transform(self, X):
        """Return the embedding: what the network hands to its last layer.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, prepared as those of `fit`.

        Returns
        -------
        features : ndarray of shape (n_records, n_features)
            float32; the mean over the windows of a record.

        Notes
        -----
        As a step of a pipeline, wrap the fitted classifier into
        `sklearn.frozen.FrozenEstimator`, or cloning would unfit it.
        """
        check_is_fitted(self)
        return self._average(X, lambda x: self.net_.module_.forward_features(x).double())

    @available_if(lambda self: self._embeds())
    def fit_transform(self, X, y, **fit_params):
        """Fit, then return the embedding of the same records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            Classes, or an indicator of labels.
        **fit_params
            `sample_weight` and `groups`, as in `fit`.

        Returns
        -------
        features : ndarray of shape (n_records, n_features)
            float32.
        """
        return self.fit(X, y, **fit_params).transform(X)

    # -- the steps of fit ---------------------------------------------------------------------

    def _train(self, signals, target, weight, groups, seed):
        """Build the network and train it; `target` is one-hot, or the indicator of the labels."""
        device = resolve_device(self.device)
        loss = WeightedLoss(self.loss, self._is_multilabel(), self.loss_params)
        rows, validation = np.arange(len(target)), None
        if self.early_stopping:
            rows, held_out = validation_split(
                target, groups, self.validation_fraction, seed, multilabel=self._is_multilabel()
            )
            validation = self._fixed_windows(
                [signals[i] for i in held_out], target=target[held_out], weight=weight[held_out]
            )
        n_times = self.window or self.length_
        rng = np.random.default_rng(seed)
        training = [signals[i] for i in rows]
        dataset = RandomWindows(training, target[rows], weight[rows], length=n_times, rng=rng)
        with seeded(seed, device):
            network = self._make_network(len(signals[0]), target.shape[1], n_times)
            net, self.history_ = train(network, dataset, validation, self, loss=loss, device=device, seed=seed)
        self.n_iter_ = len(self.history_)
        self.net_ = net

    def _average(self, X, compute):
        """Check X and average what `compute` makes of its windows."""
        X = check_records(self, X, reset=False)
        self._check_rate(X)
        device = next(self.net_.module_.parameters()).device
        return average_over_windows(compute, self._fixed_windows(_signals(X)), self.batch_size, device)

    # -- small questions ----------------------------------------------------------------------

    def _fixed_windows(self, signals, **known):
        return FixedWindows(signals, length=self.length_, window=self.window, n_windows=self.n_windows, **known)

    def _is_multilabel(self):
        return isinstance(self.classes_, list)

    def _remember_rate(self, X):
        self.fs_ = None
        if isinstance(X, ECGRecords):
            rates = np.unique(X.fs)
            if len(rates) > 1:
                raise ValueError(
                    f"The records have different sampling rates, {rates.tolist()} Hz, which a network "
                    "cannot see; bring them to one with ECGResample."
                )
            self.fs_ = float(rates[0])

    def _check_rate(self, X):
        if isinstance(X, ECGRecords) and self.fs_ is not None and (X.fs != self.fs_).any():
            raise ValueError(
                f"{type(self).__name__} was fitted on records at {self.fs_:g} Hz, got {np.unique(X.fs).tolist()} Hz; "
                "resample them with ECGResample."
            )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        tags.transformer_tags.preserves_dtype = []  # always float32
        return tags


def _signals(X):
    """Return X as a sequence of arrays (n_leads, n_times)."""
    if isinstance(X, ECGRecords):
        return X.signals
    X = X.astype(np.float32, copy=False)
    return X if X.ndim == 3 else X[:, None, :]

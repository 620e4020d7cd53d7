"""What all classifiers share: everything that is not architecture."""

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    assert_all_finite,
    check_array,
    check_consistent_length,
    check_is_fitted,
)

from ..preprocessing._validation import check_records
from ..records import ECGRecords
from ..training._net import TrainingSettings, resolve_device, seeded, train
from ..training._predict import predict_probabilities
from ..training._targets import loss_weights, validation_split
from ..training._windows import FixedWindows, RandomWindows


class BaseECGClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """A network as a scikit-learn classifier; a leaf adds its architecture.

    A leaf declares the constraints of its own parameters, lists them and the shared ones in
    `__init__`, and builds its network in `_make_network`.
    """

    _parameter_constraints: dict = {
        "window": [None, Interval(Integral, 1, None, closed="left")],
        "n_windows": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "class_weight": [None, StrOptions({"balanced"}), dict, list],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "lr_schedule": [StrOptions({"onecycle", "constant"})],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "gradient_clip": [None, Interval(Real, 0, None, closed="neither")],
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
        class_weight,
        max_epochs,
        batch_size,
        learning_rate,
        lr_schedule,
        weight_decay,
        gradient_clip,
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
        self.class_weight = class_weight
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
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
        target = self._encode(y)
        check_consistent_length(X, target)
        self._remember_rate(X)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if not weight.any():
            raise ValueError("sample_weight is zero for every record: there is nothing to learn from.")
        signals = _signals(X)
        self.length_ = max(signal.shape[1] for signal in signals)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        self._train(signals, target, weight, _patients(X, groups), seed)
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
        X = check_records(self, X, reset=False)
        self._check_rate(X)
        return predict_probabilities(
            self.net_.module_,
            self._fixed_windows(_signals(X)),
            multilabel=self._is_multilabel(),
            batch_size=self.batch_size,
        )

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

    # -- the steps of fit ---------------------------------------------------------------------

    def _encode(self, y):
        """Check the labels, set `classes_`, and return them as the loss wants them."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        y = check_array(y, ensure_2d=False, dtype=None, ensure_all_finite=False, input_name="y")
        if y.dtype.kind in "fc":
            assert_all_finite(y, input_name="y")
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            self.classes_ = [np.array([0, 1]) for _ in range(y.shape[1])]
            return np.asarray(y, np.float32)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class only, {self.classes_[0]!r}; a classifier needs at least two.")
        return target.astype(np.int64)

    def _train(self, signals, target, weight, groups, seed):
        settings = self._training_settings()
        weight = loss_weights(target, weight, self.class_weight, self.classes_)
        rows, validation = np.arange(len(target)), None
        if self.early_stopping:
            rows, held_out = validation_split(target, groups, self.validation_fraction, seed)
            validation = self._fixed_windows(
                [signals[i] for i in held_out], target=target[held_out], weight=weight[held_out]
            )
        n_times = self.window or self.length_
        dataset = RandomWindows(
            [signals[i] for i in rows],
            target[rows],
            weight[rows],
            length=n_times,
            rng=np.random.default_rng(seed),
        )
        with seeded(seed, settings.device):
            network = self._make_network(len(signals[0]), len(self.classes_), n_times)
            net, self.history_ = train(
                network, dataset, validation, settings, multilabel=self._is_multilabel(), seed=seed
            )
        self.n_iter_ = len(self.history_)
        self.net_ = net

    def _training_settings(self):
        return TrainingSettings(
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            lr_schedule=self.lr_schedule,
            weight_decay=self.weight_decay,
            gradient_clip=self.gradient_clip,
            n_iter_no_change=self.n_iter_no_change,
            device=resolve_device(self.device),
            verbose=self.verbose,
            net_params=self.net_params or {},
        )

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
        return tags


def _signals(X):
    """Return X as a sequence of arrays (n_leads, n_times)."""
    if isinstance(X, ECGRecords):
        return X.signals
    X = X.astype(np.float32, copy=False)
    return X if X.ndim == 3 else X[:, None, :]


def _patients(X, groups):
    if groups is not None:
        groups = column_or_1d(groups)
        check_consistent_length(X, groups)
        return groups
    if not (isinstance(X, ECGRecords) and "patient_id" in X.metadata):
        return None
    groups, _ = X.metadata["patient_id"].factorize()
    unknown = np.flatnonzero(groups < 0)
    groups[unknown] = len(groups) + unknown  # an unknown patient is nobody else
    return groups

"""Base class of all classifiers: everything except the architecture."""

import functools

import numpy as np
import torch
from sklearn.base import ClassifierMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._scikit_learn import _fit_context
from ..estimators.containers import TakesContainer, numbered_table
from ..estimators.model import NetworkClassifier
from ..networks._fusion import Fused
from ..networks._summary import LayerTable, list_layers
from ..records import ECGRecords
from ..records.checks import check_records
from ..training.data.batches import resolve_batch_size
from ..training.data.covariates import encode_covariates, learn_covariates, rounded_for_few, sizes_of
from ..training.data.windows import longest_of, signals_of
from ..training.loop.fit import Examples, fit_network
from ..training.loop.memory import memory_advice
from ..training.loop.predict import average_over_windows, trained_network
from ..training.loop.progress import CallbackSupportMixin, fit_task
from ..training.targets.encoding import encode, encode_soft
from ..training.targets.validation import patients
from ..training.targets.weighting import drop_zero_weights, expected_loss
from ..training.weights.source import Source, source_of
from ..training.weights.transfer import take_over
from ._parameters import SharedParameters
from ._prediction import WindowedPrediction


class BaseECGClassifier(
    TakesContainer,
    CallbackSupportMixin,
    WindowedPrediction,
    NetworkClassifier,
    ClassifierMixin,
    TransformerMixin,
    SharedParameters,
    auto_wrap_output_keys=None,
):
    """Wrap a network as a scikit-learn classifier.

    A subclass is a keyword-only dataclass. Its fields are the parameters of its network, with their
    constraints. Its attribute `_network` is the class of the network, which `_make_network` calls.
    """

    _steps_to_learn = 15  # measured at the default learning rate on 40 records whose classes differ clearly

    def _make_network(self, n_leads, n_outputs, n_times):
        """Return the untrained network; training passes `n_times` samples to the network."""
        return self._network(n_leads, n_outputs, **self._architecture())

    def _embeds(self):
        """Return whether the network has `forward_features`, as all networks of skecg do."""
        return True

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, *, sample_weight=None, groups=None, soft_target=None):
        """Train the network on labelled records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals in mV, usually filtered, cropped and normalised by earlier steps.
            A 2-D array holds one lead per record.
        y : array-like of shape (n_records,) or (n_records, n_labels)
            Classes of any type, or a 0/1 indicator of labels; a record may have several labels.
        sample_weight : array-like of shape (n_records,), default=None
            Weight of each record in the loss, in `class_weight="balanced"`, and in the mean and spread
            of covariates. With `balanced_batches`, a weight sets how often its record is drawn, and the
            loss does not use it. BatchNorm does not use weights. A record of weight zero counts as absent.
        groups : array-like of shape (n_records,), default=None
            Patients. Early stopping does not split the records of a patient. By default,
            `metadata["patient_id"]` of the records is used if present.
        soft_target : array-like of shape (n_records, n_classes) or (n_records, n_labels), default=None
            Probabilities that the network learns in place of `y`, such as those of a teacher (Hinton et al. 2015),
            alone or mixed with `y`. The columns are in the order of `classes_`, as in `predict_proba`. The loss
            becomes its mean over labels drawn with these probabilities, each with its class weight. Records held out
            for early stopping are scored in the same way. `y` still sets the classes, "balanced" class weights,
            the draw of `balanced_batches`, and the stratification of the held-out records. Augmentation with
            "mixup" and `label_smoothing` change soft targets as they change `y`. A sampler of imbalanced-learn in front
            of the classifier draws other rows, but not of `soft_target`, so do not combine the two.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the input is empty, holds NaN or infinity, or does not have one label per record; if
            `y` holds one class only; if `soft_target` has another shape, names of rows or columns in another order,
            values outside 0 to 1, or rows of classes that do not sum to 1; if the records differ in sampling rate or
            lack a covariate; if `pretrained` has another architecture, or fewer leads than the records.
        NotFittedError, TypeError
            If `pretrained` is not fitted, or not frozen.
        MemoryError
            If there is not enough memory; the message says what to change.
        KeyboardInterrupt
            If the user interrupts; the estimator is then unfitted.
        """
        self.__dict__.pop("net_", None)  # an interrupted fit leaves no half-trained network
        sample_weight, X, y, groups, soft_target = drop_zero_weights(sample_weight, X, y, groups, soft_target)
        X = check_records(self, X, reset=True)
        self._check_combinations()
        self.classes_, labels = encode(y, type(self).__name__)
        check_consistent_length(X, labels)
        target = labels if soft_target is None else encode_soft(soft_target, labels, self.classes_, y)
        self._set_sampling_rate(X)
        target, weight = expected_loss(target, labels, sample_weight, self.class_weight, self.classes_)
        signals = signals_of(X)
        self.length_ = longest_of(signals, self.window)
        self.covariates_ = rounded_for_few(learn_covariates(X, self.covariates, sample_weight), X)
        examples = Examples(signals, labels, target, weight, encode_covariates(X, self.covariates_), sample_weight)
        form = len(signals[0]), labels.shape[1], self.window or self.length_
        source = None if self.pretrained is None else source_of(self.pretrained)
        self.source_digests_ = None if source is None else source.digests
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        with fit_task(self, X=X, y=y, metadata=metadata) as watchers, memory_advice(self, form[2]):
            make = functools.partial(self._initial_network, *form, source)
            self.net_, self.history_, self.fine_tune_ = fit_network(
                make,
                examples,
                self,
                groups=patients(X, groups),
                length=self.length_,
                multilabel=self._is_multilabel(),
                seed=seed,
                watchers=watchers,
            )
            self.n_iter_ = len(self.history_)
            self.precision_ = self.net_.precision
        return self

    def predict_proba(self, X):
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, preprocessed as the signals of `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_records, n_classes) or (n_records, n_labels)
            float32; the mean over the windows of each record.
        """
        check_is_fitted(self)
        last = torch.nn.Sigmoid() if self._is_multilabel() else torch.nn.Softmax(dim=1)
        return self._average(X, lambda network, *inputs: last(network(*inputs).double()))

    @available_if(lambda self: self._embeds())
    def transform(self, X):
        """Return the embedding: the input of the last layer of the network.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, preprocessed as the signals of `fit`.

        Returns
        -------
        features : ndarray of shape (n_records, n_features), or DataFrame
            float32; the mean over the windows of each record. A DataFrame after `set_output(transform="pandas")`.

        Notes
        -----
        To use a fitted classifier as a step of a pipeline, wrap it in `sklearn.frozen.FrozenEstimator`.
        Otherwise the pipeline clones the classifier, and the clone is not fitted.
        """
        check_is_fitted(self)
        values = self._average(X, lambda network, *inputs: network.forward_features(*inputs).double())
        return numbered_table(values, X, self)

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
            `sample_weight`, `groups` and `soft_target`, as in `fit`.

        Returns
        -------
        features : ndarray of shape (n_records, n_features)
            float32.
        """
        return self.fit(X, y, **fit_params).transform(X)

    # -- the network --------------------------------------------------------------------------

    def _build(self, n_leads, n_outputs, n_times):
        """Return the untrained network, fused with the covariates that `fit` learnt."""
        network = self._make_network(n_leads, n_outputs, n_times)
        if self.covariates_ is None:
            return network
        return Fused(network, sizes_of(self.covariates_), n_outputs, fusion=self.fusion)

    def _initial_network(self, n_leads, n_outputs, n_times, source):
        """Return the network before training, with the weights of `source` if it is not None."""
        network = self._build(n_leads, n_outputs, n_times)
        if source is not None:
            target = Source(
                weights={},
                name=type(self).__name__,
                params=self._architecture(),
                classes=self.classes_,
                leads=getattr(self, "leads_in_", None),
                n_leads=n_leads,
                fs=self.fs_,
                covariates=self.covariates_,
                fusion=self.fusion if self.covariates_ else None,
            )
            take_over(network, source, target=target, make=lambda n: self._make_network(n, n_outputs, n_times))
        return network

    def _average(self, X, compute):
        """Check X and average the output of `compute` over the windows of each record."""
        windows = self._windows_of(X)
        with memory_advice(self, windows.lengths.max()):
            return average_over_windows(compute, trained_network(self), windows, resolve_batch_size(self.batch_size))

    # -- in a notebook ------------------------------------------------------------------------

    def _repr_html_inner(self):
        return super()._repr_html_inner() + self._network_html()

    def _repr_mimebundle_(self, **kwargs):
        shown = super()._repr_mimebundle_(**kwargs)
        if "text/html" in shown:
            shown["text/html"] += self._network_html()
        return shown

    def _network_html(self):
        """Return the fitted network as a table of its layers."""
        if not hasattr(self, "net_"):
            return ""
        network, shape = self.net_.module_, (self.n_leads_in_, self.window or self.length_)
        return LayerTable(type(network).__name__, shape, list_layers(network, shape))._repr_html_()

    def _check_combinations(self):
        if self.ema_decay is not None and self.early_stopping:
            raise ValueError("ema_decay and early_stopping=True each choose the weights at the end; set one of them.")
        if self.checkpoint is not None and self.random_state is None:
            raise ValueError("checkpoint needs a random_state, which identifies the fit to resume.")

    def _set_sampling_rate(self, X):
        self.fs_ = None
        if isinstance(X, ECGRecords):
            rates = np.unique(X.fs)
            if len(rates) > 1:
                what = f"The records have different sampling rates, {rates.tolist()} Hz, which a network cannot see"
                raise ValueError(f"{what}; resample them to one rate with ECGResample.")
            self.fs_ = float(rates[0])

    def __setstate__(self, state):
        state.pop("leads_", None)  # version 0.1.0 kept leads_in_ under this name too
        super().__setstate__(state)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        tags.transformer_tags.preserves_dtype = []  # always float32
        return tags

"""Shared parameters of the classifiers: defaults, constraints and documentation."""

import inspect
import os
from abc import ABCMeta
from dataclasses import dataclass, fields
from numbers import Integral, Real

from sklearn.base import BaseEstimator

from .._placeholders import fill_placeholders, sections_of
from .._scikit_learn import Interval, StrOptions
from ..networks._fusion import FUSIONS
from ..training.precision import PRECISIONS


class _OwnParametersFirst:
    """Show the parameters of a class before the shared parameters in its signature.

    A dataclass puts inherited fields first. All are keyword-only, so that the order only helps readers.
    """

    def __get__(self, instance, owner):
        shared = {field.name for field in fields(SharedParameters)}
        _, *parameters = inspect.signature(owner.__init__).parameters.values()
        return inspect.Signature(sorted(parameters, key=lambda parameter: parameter.name in shared))


@dataclass(kw_only=True, eq=False, repr=False)
class SharedParameters(BaseEstimator, metaclass=ABCMeta):
    """Parameters that all classifiers share: everything except the architecture.

    A subclass is also a dataclass, and adds the architecture as fields. In its docstring, `**training`
    is replaced by the parameters below, `**fitted` by the attributes, and `**defaults` by the notes.

    Parameters
    ----------
    window : int, default=None
        Number of samples that the network sees at once. Training draws one random window per
        record and epoch; prediction averages the probabilities of several windows. None uses the
        whole record, zero-padded at its end to the longest record of `fit`. `fit` warns if no record fills the window.
    n_windows : int or "auto", default="auto"
        Number of windows per record in prediction. "auto" overlaps the windows by at least half; 1
        takes the window in the centre.
    augment : None, str, (str, dict) or list of these, default=None
        Augmentations that training applies to the signals, in the order given: "seven_way" (one of
        seven changes, Marques & Oliveira 2025), "lead_dropout", "sample_dropout", "time_mask", "scale",
        "flip", "baseline_wander", "noise", "sine", "square_wave", "time_warp", "mixup", "lead_subset". A dict
        gives parameters: `("noise", {"strength": 0.2, "probability": 0.3})`. Prediction
        never augments. "lead_subset" prepares a network for records of fewer leads: it keeps the limb
        leads, with or without V1, V2 or V5, or II and V1, or II and V5, or one of I, II, V1 and V5, and sets
        the others to zero; its `sets` are other leads to keep, such as `[["I"], ["I", "II", "III"]]`. It
        goes by the names of the leads: those of `ECGRecords`, the standard ones of an array of twelve
        leads, or its `leads`.
    covariates : tuple of str, default=None
        Metadata columns of `ECGRecords` fed to the network together with the signal, such
        as `("age", "sex")`. Numbers are standardised; text, booleans and pandas categories are
        embedded. A missing value has a separate embedding; training hides one value in ten, so
        that this embedding is learnt. A category that `fit` did not see counts as missing, with a
        warning.
    fusion : {"concat", "film", "cross_attention"}, default="concat"
        How covariates and signal are combined. "concat" concatenates their embeddings before the
        last layer. "film" scales and shifts the features before the last layer (Perez et al.
        2018). "cross_attention" lets the covariates attend to the tokens of the signal, and the
        tokens to the covariates (Deng et al. 2025).
    loss : {"auto", "cross_entropy", "bce", "focal", "asymmetric"}, default="auto"
        "auto" is "cross_entropy" for classes and "bce", the binary cross-entropy, for labels.
        "focal" (Lin et al. 2017) and "asymmetric" (Ridnik et al. 2021) work with both.
    loss_params : dict, default=None
        Parameters of the loss: `label_smoothing` of "cross_entropy" and "bce"; `gamma` and,
        for labels, `alpha` of "focal"; `gamma_positive`, `gamma_negative` and `margin` of
        "asymmetric".
    class_weight : None, "balanced", dict or list of dict, default=None
        Weights of the classes. For labels, a dict `{0: ..., 1: ...}` applies to each label, and a
        list holds one dict per label.
    balanced_batches : bool, default=False
        Draw the batches so that all classes are about equally frequent in each batch. For labels, the
        records of each label, and the records without a label, are about equally frequent.
    pretrained : None, path-like or FrozenEstimator, default=None
        Source of the initial weights: a file saved by `skecg.save`, the name of a packaged model
        (`skecg.pretrained.list_models`), or a fitted classifier (or a pipeline that ends in one) in
        `sklearn.frozen.FrozenEstimator`. The architecture must be the same. The last layer is copied if the
        classes (for labels, their number), the covariates with their statistics and the fusion are the same;
        otherwise the last layer is new. The records may have fewer leads than the source: filters are
        matched by lead name if both have names.
    fine_tune : "auto", "all", "head" or int, default="all"
        With `pretrained`, the part that learns: all weights, only the last layer, or this number of
        last stages. "auto" is "head" for fewer than 400 training records, without those held out for
        early stopping, and "all" from 400 on. The other stages keep their weights and BatchNorm statistics, and have no
        dropout. "head" without `augment` computes the frozen part only once per record; with
        `window`, training then draws one of the half-overlapping windows of a record.
    layer_decay : float, default=None
        The learning rate of each stage is `layer_decay` times that of the next stage; None uses one
        learning rate.
    max_epochs : int, default=30
        Number of passes over the training records.
    batch_size : int or "auto", default="auto"
        Number of records in a training step. "auto" is 64, or fewer if an epoch would have fewer than
        8 steps, but at least 8. A single record left over joins the previous batch. Processes that share a
        fit (under `torchrun`) share every batch: `batch_size` is the total.
    learning_rate : float, default=2e-3
        Learning rate of AdamW; with "onecycle", the highest learning rate.
    lr_schedule : {"onecycle", "constant"}, default="onecycle"
        With "onecycle", the learning rate rises for 30 % of the steps and falls to about zero at the
        last.
    weight_decay : float, default=1e-2
        Decoupled weight decay of AdamW.
    gradient_clip : float, default=1.0
        Largest norm of the gradient; None turns clipping off.
    ema_decay : float, default=None
        Decay per step of an exponential moving average of the weights, which is used for prediction.
        None turns averaging off.
    early_stopping : bool, default=False
        Whether to hold out records, stop when the loss on these records no longer falls, and restore
        the best weights.
    validation_fraction : float, default=0.1
        Share held out for early stopping: of the patients if `groups` or `metadata["patient_id"]`
        are given, else of the records.
    n_iter_no_change : int, default=10
        Number of epochs without a better loss before early stopping.
    checkpoint : path-like, default=None
        A folder for the state of the training. If a `fit` was interrupted or killed, the same `fit`,
        with the same records, parameters and `random_state`, resumes from this state, and gives the
        same weights as a `fit` that was not interrupted. A complete `fit` removes the state.
    checkpoint_every : int, default=1
        Number of epochs between two saved states.
    device : str, default="auto"
        "cpu", "cuda", "mps", ...; "auto" takes the fastest device available.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Numbers in which training computes. "bfloat16" has three significant digits and is several times as
        fast where the processor multiplies it in hardware; weights, sums and losses are float32.
        "auto" is "bfloat16" on CUDA, and on a CPU with AMX, or an AMD with AVX512-BF16, if a batch needs a
        billion multiply-adds and all modules of the network are of skecg or PyTorch; otherwise "float32".
        Predictions are always computed in float32.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches, windows and dropout. The same seed, precision and number of threads and
        processes give the same weights on the same kind of CPU.
    verbose : int, default=0
        1 shows a progress bar.
    net_params : dict, default=None
        Further parameters of `skorch.NeuralNet`, such as callbacks or another optimizer.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The classes; for labels, a list with `array([0, 1])` for each.
    covariates_ : list of dict or None
        What `fit` learnt about each covariate; None without covariates.
    fine_tune_ : "all", "head" or int
        The part that learned; "all" without `pretrained`.
    fs_ : float or None
        Sampling rate of the training records in Hz; None for plain arrays.
    history_ : list of dict
        Losses and seconds of each epoch.
    leads_in_ : tuple of str
        Lead names of the training records; other records must have the same leads. Set only if `fit`
        got `ECGRecords`.
    length_ : int
        Number of samples of the longest training record.
    n_features_in_ : int
        Number of leads, or of samples if X has two dimensions.
    n_iter_ : int
        Number of epochs trained.
    net_ : skorch.NeuralNet
        The trained net; the network itself is `net_.module_`.
    precision_ : {"float32", "bfloat16"}
        Precision of the training.
    source_digests_ : list of dict or None
        Digests of the records that `pretrained`, and the sources of `pretrained`, were trained on, by the leads that
        count; None if they keep none. `skecg.save` stores them, unless `digests=False`.

    Notes
    -----
    The defaults of the window and training parameters are ours: the one-cycle AdamW recipe with
    weight decay 1e-2, with which ResNet18 reached a macro-AUC of .93 on PTB-XL. Batch size and
    learning rate are smaller here, to suit cohorts of a few hundred records.
    """

    window: int | None = None
    n_windows: int | str = "auto"
    augment: str | tuple | list | None = None
    covariates: tuple | list | None = None
    fusion: str = "concat"
    loss: str = "auto"
    loss_params: dict | None = None
    class_weight: str | dict | list | None = None
    balanced_batches: bool = False
    pretrained: str | os.PathLike | BaseEstimator | None = None
    fine_tune: str | int = "all"
    layer_decay: float | None = None
    max_epochs: int = 30
    batch_size: int | str = "auto"
    learning_rate: float = 2e-3
    lr_schedule: str = "onecycle"
    weight_decay: float = 1e-2
    gradient_clip: float | None = 1.0
    ema_decay: float | None = None
    early_stopping: bool = False
    validation_fraction: float = 0.1
    n_iter_no_change: int = 10
    checkpoint: str | os.PathLike | None = None
    checkpoint_every: int = 1
    device: str = "auto"
    precision: str = "auto"
    random_state: object = None
    verbose: int = 0
    net_params: dict | None = None

    __signature__ = _OwnParametersFirst()

    # No annotation: a dataclass would treat an annotated attribute as a parameter.
    _parameter_constraints = {
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
        "fine_tune": [StrOptions({"auto", "all", "head"}), Interval(Integral, 1, None, closed="left")],
        "layer_decay": [None, Interval(Real, 0, 1, closed="right")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 2, None, closed="left")],
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
        "precision": [StrOptions(set(PRECISIONS))],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "net_params": [None, dict],
    }

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if SharedParameters.__doc__ and "__doc__" in vars(cls):  # python -OO removes docstrings
            shared = sections_of(SharedParameters.__doc__)
            texts = {"training": shared["Parameters"], "fitted": shared["Attributes"], "defaults": shared["Notes"]}
            cls.__doc__ = fill_placeholders(cls.__doc__, texts)

    def _architecture(self):
        """Return the parameters that a subclass adds to the shared parameters."""
        shared = {field.name for field in fields(SharedParameters)}
        return {name: value for name, value in self.get_params(deep=False).items() if name not in shared}

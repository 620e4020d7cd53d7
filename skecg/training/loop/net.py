"""The training loop: a skorch net that is reproducible and fast, and does not catch KeyboardInterrupt."""

import torch
from skorch import NeuralNet
from skorch.helper import predefined_split
from skorch.utils import to_device
from torch.utils.data import DataLoader

from ...preprocessing.form import leads_of
from ..data.augment import Augmentation
from ..distributed.processes import ALONE
from ..precision import computing_in
from .callbacks import AveragedWeights, StopTraining, callbacks_of_fit, callbacks_of_user, stopped_early
from .checkpoint import Checkpoint
from .identity import fingerprint
from .statistics import StatisticsPass, recompute_statistics


class ECGNet(NeuralNet):
    """A skorch net that augments its training batches, and computes in a chosen precision.

    Parameters
    ----------
    *args, **kwargs
        As in `skorch.NeuralNet`.
    augment : Augmentation
        Changes each training batch, on the device.
    plan : Plan, default=None
        Which weights learn, and at which rates; by default, all weights at one rate.
    forward_part : callable, default=None
        Computes the logits in place of the network, as `forward_part(network, ...)`, if the batches are
        embeddings.
    statistics : StatisticsPass, default=None
        Decides when BatchNorm statistics are recomputed, and over which batches; by default, never.
    precision : {"float32", "bfloat16"}, default="float32"
        Of the network in training and validation.
    processes : Alone, default=ALONE
        The processes that share the fit.
    """

    def __init__(
        self,
        *args,
        augment,
        plan=None,
        forward_part=None,
        statistics=None,
        precision="float32",
        processes=ALONE,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.augment = augment
        self.plan = plan
        self.forward_part = forward_part
        self.statistics = statistics
        self.precision = precision
        self.processes = processes

    def train_step_single(self, batch, **fit_params):
        """Augment the batch, then compute loss and gradients."""
        if self.augment.steps:
            inputs, (target, weight) = to_device(batch, self.device)
            if isinstance(inputs, dict):
                x, target, weight, covariates = self.augment(inputs["x"], target, weight, inputs["covariates"])
                batch = {"x": x, "covariates": covariates}, (target, weight)
            else:
                x, target, weight = self.augment(inputs, target, weight)
                batch = x, (target, weight)
        with self.processes.normalising():
            step = super().train_step_single(batch, **fit_params)
        self.processes.add_gradients(self.module_.parameters())
        return step

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the loss of the whole batch, of which this process may have computed a share."""
        logits, *y_true = self.processes.gather(y_pred, *(values.to(y_pred.device) for values in y_true))
        self.whole_size_ = len(logits)
        return super().get_loss(logits, tuple(y_true), X=X, training=training)

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        """Record the number of records in the whole batch, by which the losses of an epoch are averaged."""
        self.history.record_batch("train_batch_size" if training else "valid_batch_size", self.whole_size_)

    def infer(self, x, **fit_params):
        """Return the logits in float32."""
        with computing_in(self.precision, self.device):
            if self.forward_part is None:
                return super().infer(x, **fit_params).float()
            inputs = to_device(x, self.device)
            inputs = inputs.values() if isinstance(inputs, dict) else [inputs]
            return self.forward_part(self.module_, *inputs).float()

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run an epoch; before validation, recompute the statistics that prediction would use."""
        if iterator is not None and not training:
            self.fit_statistics(self.module_, n_epochs=len(self.history))
        super().run_single_epoch(iterator, training, prefix, step_fn, **fit_params)

    def fit_statistics(self, network, *, n_epochs, averaged=False):
        """Recompute the BatchNorm statistics of a network if its running statistics do not fit its weights.

        Parameters
        ----------
        network : torch.nn.Module
            The network in training, or a copy of it.
        n_epochs : int
            Number of epochs trained.
        averaged : bool, default=False
            Whether the weights are averages, which running statistics never fit.
        """
        if self.statistics is None or not self.statistics.is_due(n_epochs, averaged):
            return
        frozen = {id(module) for stage in self.plan.frozen for module in stage.modules()}
        kept = {name for name, module in self.module_.named_modules() if id(module) in frozen}
        with self.processes.normalising():
            recompute_statistics(network, self.statistics.batches(), forward=self.forward_part, kept=kept)

    def _set_training(self, training=True):
        if self.forward_part is not None:  # the rest of the network is not called any more
            for stage in self.plan.learning:
                stage.train(training)
            return
        super()._set_training(training)
        for stage in self.plan.frozen if self.plan else ():
            stage.eval()

    def get_params_for_optimizer(self, prefix, named_parameters):
        """Return the weights that learn, in groups if their learning rates differ."""
        learning = [(name, weights) for name, weights in named_parameters if weights.requires_grad]
        args, kwargs = super().get_params_for_optimizer(prefix, learning)
        if self.plan and self.plan.groups:
            args = ([{"params": weights, "lr": factor * self.lr} for weights, factor in self.plan.groups],)
        return args, kwargs

    def trim(self):
        """Remove everything that only training needs."""
        self.module_.requires_grad_(True)
        self.plan = self.forward_part = self.statistics = None
        self.processes = ALONE
        self.trim_for_prediction()
        self.module_.eval()


def train(
    network,
    dataset,
    validation,
    settings,
    *,
    sampler,
    loss,
    device,
    precision,
    seed,
    plan,
    forward_part=None,
    watchers=(),
    processes=ALONE,
):
    """Train a network with skorch.

    Parameters
    ----------
    network : torch.nn.Module
        Takes (batch, n_leads, n_times), returns logits.
    dataset : RandomWindows or EmbeddedWindows
        The training records.
    validation : FixedWindows, EmbeddedWindows or None
        Records for early stopping; None trains all epochs.
    settings : object
        Has the training parameters of a classifier as attributes.
    sampler : ShuffledBatches or BalancedBatches
        Draws the batches.
    loss : torch.nn.Module
        Takes logits and (target, weight).
    device : str
    precision : {"float32", "bfloat16"}
    seed : int
        Seed of the data loader, which draws nothing itself.
    plan : Plan
        Which weights learn.
    forward_part : callable, default=None
        Computes the logits of embeddings.
    watchers : list of (str, skorch.callbacks.Callback), default=()
        Callbacks that run after all others.
    processes : Alone, default=ALONE
        The processes that share the fit.

    Returns
    -------
    net : skorch.NeuralNet
        In evaluation mode, without optimizer, callbacks and data.
    history : list of dict
        Losses and seconds of each epoch.
    """
    generator = torch.Generator().manual_seed(seed)  # else a DataLoader draws from the global generator
    params = {
        "criterion": loss,
        "optimizer": torch.optim.AdamW,
        "optimizer__weight_decay": settings.weight_decay,
        "optimizer__fused": device != "mps",
        "lr": settings.learning_rate,
        "max_epochs": settings.max_epochs,
        "batch_size": sampler.batch_size,
        "iterator_train": _loader,
        "iterator_train__batch_sampler": sampler,
        "iterator_train__generator": generator,
        "iterator_valid": _loader,
        "iterator_valid__generator": generator,
        "train_split": predefined_split(validation) if validation is not None else None,
        "predict_nonlinearity": None,
        "device": device,
        "augment": Augmentation(settings.augment, leads_of(settings)),
        "plan": plan,
        "forward_part": forward_part,
        "statistics": StatisticsPass(
            dataset, batch_size=sampler.batch_size, steps_per_epoch=len(sampler), seed=seed, device=device
        ),
        "precision": precision,
        "processes": processes,
        "verbose": 0,
        "callbacks__print_log": None,
    }
    extra = dict(settings.net_params or {})
    callbacks = callbacks_of_fit(settings, len(sampler), plan, stops=validation is not None, shows=processes.is_main)
    callbacks += callbacks_of_user(extra.pop("callbacks", None))
    checkpoint = None
    if settings.checkpoint is not None:
        name = fingerprint(network, dataset, validation, settings, seed, precision, plan.fine_tune, processes.count)
        checkpoint = _prepared_checkpoint(name, settings, dataset, sampler, generator, processes)
        callbacks.append(("skecg_checkpoint", checkpoint))
    net = ECGNet(network, **{**params, **extra}, callbacks=[*callbacks, *watchers]).initialize()
    history = _run(net, dataset, checkpoint)
    net.trim()
    return net, history


def _prepared_checkpoint(name, settings, dataset, sampler, generator, processes):
    """Return the checkpoint of a training; raise if its folder cannot be written to."""
    rngs = {"windows": dataset.rng, "batches": sampler.rng}
    checkpoint = Checkpoint(settings.checkpoint, name, settings.checkpoint_every, rngs, generator, processes)
    checkpoint.prepare()
    return checkpoint


def _run(net, dataset, checkpoint):
    """Train all epochs that are left, and return the history without its batches."""
    net.notify("on_train_begin", X=dataset, y=None)
    n_done = checkpoint.resume(net) if checkpoint else 0
    for _ in range(n_done, net.max_epochs):
        if any(net.processes.collect(_ends_with_epoch(net, dataset))):  # a callback may stop one process alone
            break
    net.notify("on_train_end", X=dataset, y=None)
    averaged = any(isinstance(callback, AveragedWeights) for _, callback in net.callbacks_)
    net.fit_statistics(net.module_, n_epochs=len(net.history), averaged=averaged)
    net.processes.copy_state(net.module_)
    net.history_ = net.processes.agree(net.history_)
    if checkpoint:
        checkpoint.remove()
    return [{key: value for key, value in epoch.items() if key != "batches"} for epoch in net.history]


def _ends_with_epoch(net, dataset):
    """Train an epoch, and return whether a callback ended the training."""
    try:
        net.fit_loop(dataset, epochs=1)
    except StopTraining:
        return True
    except KeyboardInterrupt:
        if not stopped_early(net):
            raise
        return True
    return False


def _loader(dataset, *, batch_size, batch_sampler=None, generator):
    """Return a DataLoader that fetches each batch in one call."""
    if batch_sampler is not None:
        return DataLoader(dataset, batch_sampler=batch_sampler, collate_fn=_as_is, generator=generator)
    return DataLoader(dataset, batch_size=batch_size, collate_fn=_as_is, generator=generator)


def _as_is(batch):
    return batch

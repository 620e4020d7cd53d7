"""Callbacks of a fit: progress bar, early stopping, averaged weights, and a check for divergence."""

import copy
import math

import torch
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EarlyStopping,
    EpochScoring,
    GradientNormClipping,
    InputShapeSetter,
    LRScheduler,
)
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm

_UNSUITABLE = (EpochScoring, BatchScoring, InputShapeSetter)


class EpochBar(Callback):
    """Progress bar over all epochs, with the latest losses after the bar."""

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        self.bar_ = tqdm(total=net.max_epochs, desc="fit", unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        """Show the losses of the epoch."""
        latest = net.history[-1]
        losses = {key: f"{latest[key]:.4f}" for key in ("train_loss", "valid_loss") if key in latest}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update(len(net.history) - self.bar_.n)  # a resumed fit does not start at zero

    def on_train_end(self, net, **kwargs):
        """Close the bar."""
        self.bar_.close()


class StopTraining(Exception):  # noqa: N818 - not an error
    """Raised to end the training early, on purpose."""


def stopped_early(net):
    """Return whether early stopping raised the KeyboardInterrupt that ended the training, and not the user."""
    stoppings = (callback for _, callback in net.callbacks_ if isinstance(callback, EarlyStopping))
    return any(callback.misses_ >= callback.patience for callback in stoppings)


def callbacks_of_user(given):
    """Return copies of the callbacks that a user passes in `net_params`.

    Training changes a callback. The copies keep the parameters of the estimator as they are.

    Parameters
    ----------
    given : None, or sequence of skorch.callbacks.Callback, (str, skorch.callbacks.Callback) or their classes
        The forms that skorch accepts, except for "disable".

    Raises
    ------
    ValueError
        If the callbacks are not a list, or if a callback needs arrays of signals and classes. The batches of
        skecg hold windows with targets and weights instead.
    """
    if given is None:
        return []
    if not isinstance(given, list | tuple):
        raise ValueError(
            f"net_params['callbacks'] must be a list of callbacks of skorch, or of (name, callback); got {given!r}."
        )
    for item in given:
        callback = item[1] if isinstance(item, tuple) else item
        kind = callback if isinstance(callback, type) else type(callback)
        if issubclass(kind, _UNSUITABLE):
            raise ValueError(
                f"net_params['callbacks'] holds {kind.__name__}, which needs X and y as arrays. For a score after each "
                "epoch, write a subclass of skorch.callbacks.Callback whose on_epoch_end(net, **kwargs) computes it "
                "with net.module_; with early_stopping=True, history_ has the loss on held-out records."
            )
    return [copy.deepcopy(item) for item in given]


class AveragedWeights(Callback):
    """Exponential moving average of the weights, which replaces the weights when training ends."""

    def __init__(self, decay):
        self.decay = decay

    def on_train_begin(self, net, **kwargs):
        """Start the average."""
        self.average_ = AveragedModel(net.module_, multi_avg_fn=get_ema_multi_avg_fn(self.decay), use_buffers=True)

    def on_batch_end(self, net, training, **kwargs):
        """Add the weights of this step."""
        if training:
            self.average_.update_parameters(net.module_)

    def on_train_end(self, net, **kwargs):
        """Replace the weights by the average."""
        net.module_.load_state_dict(self.average_.module.state_dict())


class FiniteLoss(Callback):
    """Raise an error after an epoch in which the loss or a weight became NaN or infinite."""

    def on_epoch_end(self, net, **kwargs):
        """Check the loss and the weights."""
        loss, epoch = net.history[-1, "train_loss"], len(net.history)
        if not math.isfinite(loss):
            self._fail(net, f"the loss of epoch {epoch} is not finite ({loss})")
        if not all(weights.isfinite().all() for weights in net.module_.parameters()):
            self._fail(net, f"after epoch {epoch} a weight is not finite")

    def _fail(self, net, what):
        raise ValueError(
            f"Training diverged: {what}. Try a smaller learning_rate than {net.lr:g}, or a gradient_clip; "
            "check whether all signals are flat."
        )


def callbacks_of_fit(settings, n_batches, plan, *, stops, shows):
    """Return the callbacks that the parameters of a classifier ask for.

    Parameters
    ----------
    settings : object
        Has the training parameters of a classifier as attributes.
    n_batches : int
        Number of batches in an epoch.
    plan : Plan
        Its groups of weights have their own learning rates.
    stops : bool
        Whether there are records for early stopping.
    shows : bool
        Whether this process may show a progress bar.

    Returns
    -------
    callbacks : list of (str, skorch.callbacks.Callback)
    """
    callbacks = [("skecg_finite_loss", FiniteLoss())]
    if settings.gradient_clip is not None:
        callbacks.append(("skecg_gradient_clip", GradientNormClipping(settings.gradient_clip)))
    if settings.lr_schedule == "onecycle":
        schedule = LRScheduler(
            torch.optim.lr_scheduler.OneCycleLR,
            max_lr=[factor * settings.learning_rate for _, factor in plan.groups or [(None, 1.0)]],
            total_steps=settings.max_epochs * n_batches,
            step_every="batch",
        )
        callbacks.append(("skecg_lr_schedule", schedule))
    if settings.ema_decay is not None:
        callbacks.append(("skecg_averaged_weights", AveragedWeights(settings.ema_decay)))
    if stops:
        stopping = EarlyStopping(patience=settings.n_iter_no_change, load_best=True, sink=_silent)
        callbacks.append(("skecg_early_stopping", stopping))
    if settings.verbose and shows:
        callbacks.append(("skecg_progress", EpochBar()))
    return callbacks


def _silent(message):
    """Discard what skorch would print."""

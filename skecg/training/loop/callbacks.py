"""What watches a fit: the progress bar, early stopping, averaged weights, and the guard against divergence."""

import math

from skorch.callbacks import Callback, EarlyStopping
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm


class EpochBar(Callback):
    """One bar over all epochs, with the latest losses after it."""

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
    """Ends the training early, on purpose."""


class BestWeights(EarlyStopping):
    """skorch's early stopping, but with `StopTraining`: skorch raises KeyboardInterrupt, as a user's Ctrl-C does."""

    def on_epoch_end(self, net, **kwargs):
        """Stop the training where the loss no longer falls."""
        try:
            super().on_epoch_end(net, **kwargs)
        except KeyboardInterrupt:
            raise StopTraining from None


class AveragedWeights(Callback):
    """Keep an exponential moving average of the weights, and put it in place when training ends."""

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
        """Put the average in place of the weights."""
        net.module_.load_state_dict(self.average_.module.state_dict())


class FiniteLoss(Callback):
    """Raise as soon as an epoch ends with a loss, or a weight, of NaN or infinity."""

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
            "look whether all signals are flat."
        )

"""What watches a fit: the progress bar, early stopping, and the guard against divergence."""

import math

from skorch.callbacks import Callback, EarlyStopping
from tqdm.auto import tqdm


class EpochBar(Callback):
    """One bar over all epochs, with the latest losses beside it."""

    def on_train_begin(self, net, **kwargs):
        self.bar_ = tqdm(total=net.max_epochs, desc="fit", unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        latest = net.history[-1]
        losses = {key: f"{latest[key]:.4f}" for key in ("train_loss", "valid_loss") if key in latest}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()


class StopTraining(Exception):  # noqa: N818 - not an error
    """Ends the training early, on purpose."""


class BestWeights(EarlyStopping):
    """skorch's early stopping, told apart from a user who interrupts: both raise KeyboardInterrupt there."""

    def on_epoch_end(self, net, **kwargs):
        try:
            super().on_epoch_end(net, **kwargs)
        except KeyboardInterrupt:
            raise StopTraining from None


class FiniteLoss(Callback):
    """Raise as soon as an epoch ends with a loss of NaN or infinity."""

    def on_epoch_end(self, net, **kwargs):
        loss = net.history[-1, "train_loss"]
        if not math.isfinite(loss):
            raise ValueError(
                f"Training diverged: the loss of epoch {len(net.history)} is not finite ({loss}). "
                f"Try a smaller learning_rate than {net.lr:g}, or a gradient_clip."
            )

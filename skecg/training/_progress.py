"""The progress bar of a fit."""

from skorch.callbacks import Callback
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

"""scikit-learn's callbacks: a fit is a task, and each of its epochs is a subtask.

scikit-learn has callbacks since version 1.9; only this module handles older versions.
"""

import contextlib
import copy
from types import SimpleNamespace

from skorch.callbacks import Callback, EarlyStopping

from .callbacks import AveragedWeights, StopTraining

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Replacement for older versions of scikit-learn, without callbacks."""


@contextlib.contextmanager
def fit_task(estimator, **seen):
    """Notify the callbacks of an estimator, if it supports any, that its fit begins and ends.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        Has `max_epochs` and `net_params`.
    **seen
        The `X`, `y` and `metadata` of the fit, passed to the callbacks.

    Yields
    ------
    watchers : list of (str, skorch.callbacks.Callback)
        Notify the callbacks of each epoch. If a callback asks to stop, training ends after the epoch.
    """
    if not hasattr(estimator, "set_callbacks"):
        yield []
        return
    max_epochs = (estimator.net_params or {}).get("max_epochs", estimator.max_epochs)
    task = estimator._init_callback_context(max_subtasks=max_epochs)
    task.call_on_fit_task_begin(estimator=estimator, **seen)
    yield [("skecg_epoch_tasks", EpochTasks(task, estimator, seen))]
    task.call_on_fit_task_end(estimator=estimator, **seen, reconstruction_attributes={})


class EpochTasks(Callback):
    """Callback of skorch that notifies scikit-learn's callbacks that an epoch begins and ends.

    It must be the last callback, because it may end the training. If another callback ends the
    training, the task of the epoch is still open, and `on_train_end` ends the task.
    """

    def __init__(self, fit_task, estimator, seen):
        self.fit_task = fit_task
        self.estimator = estimator
        self.seen = seen

    def on_epoch_begin(self, net, **kwargs):
        """Begin the task of the epoch."""
        self.task_ = self.fit_task.subcontext(task_name="epoch")
        self.task_.call_on_fit_task_begin(estimator=self.estimator, **self.seen)

    def on_epoch_end(self, net, **kwargs):
        """End the task of the epoch, and the training if a callback asks for it."""
        if self._end(net):
            raise StopTraining

    def on_train_end(self, net, **kwargs):
        """End the task of an epoch that another callback has cut short."""
        if getattr(self, "task_", None) is not None:
            self._end(net)

    def _end(self, net):
        task, self.task_ = self.task_, None
        return task.call_on_fit_task_end(
            estimator=self.estimator,
            **self.seen,
            reconstruction_attributes=lambda: {"net_": _as_if_ended(net), "n_iter_": len(net.history)},
        )


def _as_if_ended(net):
    """Return an object that predicts as the net would if training ended now."""
    network = copy.deepcopy(net.module_).eval()
    averaged = False
    for _, callback in net.callbacks_:
        if isinstance(callback, AveragedWeights):
            network.load_state_dict(callback.average_.module.state_dict())
            averaged = True
        if isinstance(callback, EarlyStopping) and callback.best_model_weights_ is not None:
            network.load_state_dict(callback.best_model_weights_)
    net.fit_statistics(network, n_epochs=len(net.history), averaged=averaged)
    return SimpleNamespace(module_=network)

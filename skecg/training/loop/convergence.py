"""Warning about a fit with too few training steps to learn."""

import math

from sklearn.exceptions import ConvergenceWarning

from ..._warn import warn

_RATE = 2e-3  # the learning rate at which `_steps_to_learn` was measured


def warn_of_few_steps(estimator, batches):
    """Warn if training ended before the network could learn anything.

    AdamW moves a weight by about the learning rate in a step. A fit can therefore move a weight by
    about the number of steps times the learning rate.

    Parameters
    ----------
    estimator : BaseECGClassifier
        Has the training parameters, and `_steps_to_learn` for the default learning rate.
    batches : ShuffledBatches
        The batches of an epoch.

    Warns
    -----
    ConvergenceWarning
        If the steps are too few. A fit that starts from trained weights, or whose `net_params` set
        `optimizer`, `lr` or `max_epochs`, needs another number of steps and causes no warning.
    """
    params = estimator.net_params or {}
    if estimator.pretrained is not None or params.keys() & {"optimizer", "lr", "max_epochs"}:
        return
    n_steps = estimator.max_epochs * len(batches)
    needed = math.ceil(estimator._steps_to_learn * _RATE / estimator.learning_rate)
    if n_steps < needed:
        warn(
            f"{type(estimator).__name__} made {n_steps} training steps, max_epochs={estimator.max_epochs} with "
            f"{len(batches)} batch(es) of up to {batches.batch_size} records each; it needs about {needed} to learn at "
            f"learning_rate={estimator.learning_rate:g}. Set max_epochs={math.ceil(needed / len(batches))} or more, "
            "or a smaller batch_size.",
            ConvergenceWarning,
        )

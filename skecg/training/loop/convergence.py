"""The warning where a fit makes too few steps to learn."""

import math
import warnings

from sklearn.exceptions import ConvergenceWarning

_RATE = 2e-3  # the learning rate at which the steps that a network needs were counted


def warn_of_few_steps(estimator, batches):
    """Warn where training ends before the network can have learnt anything.

    AdamW moves a weight by about the learning rate in a step. The distance that a fit can cover is
    therefore the number of its steps times the rate, whichever of the two is changed.

    Parameters
    ----------
    estimator : BaseECGClassifier
        Has the training parameters, and `_steps_to_learn` at the default learning rate.
    batches : ShuffledBatches
        The batches of an epoch.

    Warns
    -----
    ConvergenceWarning
        If the steps are too few. Fits that start from trained weights, or that have an optimizer of
        their own, need another number, and cause no warning.
    """
    params = estimator.net_params or {}
    if estimator.pretrained is not None or params.keys() & {"optimizer", "lr", "max_epochs"}:
        return
    n_steps = estimator.max_epochs * len(batches)
    needed = math.ceil(estimator._steps_to_learn * _RATE / estimator.learning_rate)
    if n_steps < needed:
        warnings.warn(
            f"{type(estimator).__name__} made {n_steps} training steps, max_epochs={estimator.max_epochs} with "
            f"{len(batches)} batch(es) of up to {batches.batch_size} records each; it needs about {needed} to learn at "
            f"learning_rate={estimator.learning_rate:g}. Set max_epochs={math.ceil(needed / len(batches))} or more, "
            "or a smaller batch_size.",
            ConvergenceWarning,
            stacklevel=2,
        )

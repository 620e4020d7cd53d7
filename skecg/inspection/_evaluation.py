"""Tests of explanations: deletion of samples, and randomised weights."""

from __future__ import annotations

import copy

import numpy as np
import torch
from sklearn.utils import Bunch, check_random_state

from ..estimators.model import network_of
from ..records import ECGRecords
from ..records.buffer import as_floats
from ._follow import Followed, fill_parameters, shapes_of, signals_of, with_signals
from ._score import batches, targets_of


@fill_parameters
def deletion_curve(
    estimator, X, attribution, *, target=None, fractions=(0.0, 0.05, 0.1, 0.2, 0.4), smooth=1, random_state=None
):
    """Delete the samples that an explanation calls important, and measure the fall of the log-odds.

    For each share, `deletion_curve` replaces the samples of X with the highest attribution by
    straight lines between the remaining samples, and computes the log-odds of the target again.
    An explanation is useful if the log-odds fall faster than when the same number of samples is
    deleted at random places. The random places come from the same attribution, shifted by a random
    time in each record and with its leads permuted.

    Parameters
    ----------
    **estimator
    **X
    attribution : array-like of the shape of X, or list of ndarray of shape (n_leads, n_times)
        The explanation to test, computed with `space="input"`.
    target : class, int or array-like of shape (n_records,), default=None
        The target of the explanation. By default the most probable class or label of each record.
    fractions : sequence of float, default=(0.0, 0.05, 0.1, 0.2, 0.4)
        Shares of the samples to delete.
    smooth : int, default=1
        Number of samples of a moving average over the attribution before the deletion. Gradients
        are noisy, and a line that replaces a single sample hardly changes the signal.
    random_state : int, RandomState instance or None, default=None
        Seed of the random places.

    Returns
    -------
    curve : Bunch
        fractions : ndarray of shape (n_fractions,)
            Shares of the samples that were deleted.
        log_odds : ndarray of shape (n_records, n_fractions)
            Log-odds of the target after the important samples were deleted.
        random : ndarray of shape (n_records, n_fractions)
            Log-odds of the target after as many samples were deleted at random places.

    Raises
    ------
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If the attribution does not have the shape of X, or X does not fit the estimator.

    References
    ----------
    Petsiuk, Das, Saenko 2018, "RISE", arXiv 1806.07421, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import deletion_curve, saliency
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 200)), [0, 1] * 4
    >>> clf = CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> deletion_curve(clf, X, saliency(clf, X), random_state=0).log_odds.shape
    (8, 5)
    """
    rng = check_random_state(random_state)
    X = X if isinstance(X, ECGRecords) else as_floats(X)
    values = [np.atleast_2d(np.asarray(value, np.float64)) for value in attribution]
    if [value.shape for value in values] != shapes_of(X):
        raise ValueError(
            f"attribution must have the shape of X; record 0 has shape {shapes_of(X)[0]}, "
            f"its attribution has {values[0].shape}."
        )
    values = [_smoothed(value, smooth) for value in values]
    moved = [np.roll(rng.permutation(value), rng.randint(value.shape[1]), axis=1) for value in values]
    target = targets_of(Followed(estimator, X), target)
    curves = [
        np.stack([_log_odds(estimator, _deleted(X, order, share), target) for share in fractions], axis=1)
        for order in (values, moved)
    ]
    return Bunch(fractions=np.asarray(fractions, float), log_odds=curves[0], random=curves[1])


def _smoothed(value, width):
    if width == 1:
        return value
    return np.stack([np.convolve(row, np.ones(width) / width, "same") for row in value])


def _deleted(X, order, share):
    """Return X with lines in place of the given share of samples, those with the highest values of `order`."""
    signals = []
    for signal, rank in zip(signals_of(X), order, strict=True):
        n_gone = round(share * rank.size)
        gone = np.zeros(rank.size, bool)
        gone[np.argsort(-rank, axis=None, kind="stable")[:n_gone]] = True
        signals.append(_bridged(signal, gone.reshape(rank.shape)))
    return with_signals(X, signals)


def _bridged(signal, gone):
    """Replace samples by a line between their neighbours, and a lead without remaining samples by its median."""
    out = np.array(signal, np.float32)
    times = np.arange(signal.shape[1])
    for values, row in zip(out, gone, strict=True):
        if row.all():
            values[:] = np.median(values)
        elif row.any():
            values[row] = np.interp(times[row], times[~row], values[~row])
    return out


def _log_odds(estimator, X, target):
    """Return the log-odds of the target of each record."""
    followed, out = Followed(estimator, X), np.empty(len(target))
    with torch.no_grad():
        for rows, x, arguments, score in batches(followed, target):
            out[rows] = score(x, *arguments).cpu().numpy()
    return out


@fill_parameters
def randomize_weights(estimator, *, random_state=None):
    """Return a copy of a fitted model with shuffled weights.

    `randomize_weights` shuffles the values inside each weight tensor of the network. If an
    explanation stays the same after the shuffling, then the explanation depends on the signal and
    not on the model.

    Parameters
    ----------
    **estimator
    random_state : int, RandomState instance or None, default=None
        Seed of the shuffling.

    Returns
    -------
    estimator : estimator
        A deep copy, with shuffled weights.

    Raises
    ------
    TypeError
        If the last step is not a classifier of skecg.

    References
    ----------
    Adebayo et al. 2018, "Sanity checks for saliency maps", arXiv 1810.03292.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import randomize_weights
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 200)), [0, 1] * 4
    >>> clf = CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> shuffled = randomize_weights(clf, random_state=0)
    >>> bool(np.allclose(shuffled.predict_proba(X), clf.predict_proba(X)))
    False
    """
    rng = check_random_state(random_state)
    estimator = copy.deepcopy(estimator)
    network = network_of(estimator, "randomize_weights").net_.module_
    with torch.no_grad():
        for weights in network.parameters():
            order = torch.from_numpy(rng.permutation(weights.numel())).to(weights.device)
            weights.copy_(weights.flatten()[order].reshape(weights.shape))
    return estimator

"""The score that is explained: the log-odds of a class or label, averaged over the windows of a record."""

from __future__ import annotations

import contextlib

import numpy as np
import torch
from torch import Tensor, nn

from ..training.data.batches import resolve_batch_size
from ..training.data.covariates import encode_covariates
from ..training.data.windows import window_starts
from ..training.loop.predict import trained_network


class LogOdds(nn.Module):
    """The log-odds of one class against all others, or of one label: (n_windows, n_leads, n_times) to (n_windows,).

    Adding a constant to all logits changes no probability. The constant would change a single
    logit, but not the log-odds.
    """

    def __init__(self, network, multilabel):
        super().__init__()
        self.network, self.multilabel = network, multilabel

    def forward(self, x: Tensor, target: Tensor, *covariates: Tensor) -> Tensor:
        logits = self.network(x, *covariates).float()
        own = logits.gather(1, target[:, None])
        if self.multilabel:
            return own[:, 0]
        others = logits.scatter(1, target[:, None], -torch.inf)
        return own[:, 0] - others.logsumexp(dim=1)


class RecordScore(nn.Module):
    """The mean log-odds over the windows of whole records, (n_records, n_leads, n_times) to (n_records,)."""

    def __init__(self, classifier, n_times):
        super().__init__()
        self.log_odds = LogOdds(trained_network(classifier), classifier._is_multilabel())
        self.starts, self.length = windows_of(classifier, n_times)

    def cut(self, x: Tensor) -> Tensor:
        """Return the windows, record after record: (n_records x n_windows, n_leads, length)."""
        x = nn.functional.pad(x, (0, max(0, self.length - x.shape[2])))
        windows = torch.stack([x[..., start : start + self.length] for start in self.starts], dim=1)
        return windows.flatten(0, 1)

    def repeat(self, arguments: tuple) -> tuple:
        """Repeat the target and covariates of each record once for each window of the record."""
        return tuple(values.repeat_interleave(len(self.starts), dim=0) for values in arguments)

    def forward(self, x: Tensor, target: Tensor, *covariates: Tensor) -> Tensor:
        values = self.log_odds(self.cut(x), *self.repeat((target, *covariates)))
        return values.unflatten(0, (len(x), -1)).mean(dim=1)


def windows_of(classifier, n_times):
    """Return the starts and the length of the windows of a record in prediction."""
    if classifier.window is None:
        return [0], max(n_times, classifier.length_)
    return window_starts(n_times, classifier.window, classifier.n_windows).tolist(), classifier.window


def batches(followed, target):
    """Yield (rows, x, arguments, score) of records of one length, on the device of the network.

    Parameters
    ----------
    followed : Followed
    target : ndarray of int, shape (n_records,)

    Yields
    ------
    rows : ndarray of int
        Numbers of the records.
    x : Tensor of shape (n_rows, n_leads, n_times)
    arguments : tuple of Tensor
        The arguments of `score` after x: the target, and covariates if the network takes any.
    score : RecordScore
    """
    classifier, signals = followed.classifier, followed.signals
    device = device_of(classifier)
    lengths = np.array([signal.shape[1] for signal in signals])
    covariates = encode_covariates(followed.seen, classifier.covariates_)
    arguments = [target] if covariates is None else [target, covariates]
    for n_times in np.unique(lengths):
        score = RecordScore(classifier, int(n_times))
        rows = np.flatnonzero(lengths == n_times)
        at_once = max(1, resolve_batch_size(classifier.batch_size) // len(score.starts))
        for some in np.split(rows, range(at_once, len(rows), at_once)):
            x = torch.from_numpy(np.stack([signals[i] for i in some])).to(device)
            yield some, x, tuple(torch.from_numpy(values[some]).to(device) for values in arguments), score


def device_of(classifier):
    """Return the device of the network."""
    return next(classifier.net_.module_.parameters()).device


def targets_of(followed, target):
    """Return the number of the output to explain for each record.

    Parameters
    ----------
    followed : Followed
    target : None, class, int or array-like of these
        None is the most probable class or label of each record.

    Returns
    -------
    target : ndarray of int64, shape (n_records,)
    """
    classifier = followed.classifier
    if target is None:
        return classifier.predict_proba(followed.seen).argmax(axis=1).astype(np.int64)
    return outputs_of(target, classifier.classes_, len(followed.signals), multilabel=classifier._is_multilabel())


def outputs_of(target, classes, n_records, *, multilabel):
    """Return for each record the number of the output that belongs to a class, or to the number of a label."""
    wanted = np.asarray(target)
    if wanted.ndim > 1 or (wanted.ndim == 1 and len(wanted) != n_records):
        raise ValueError(
            f"target must be one class, or one for each of {n_records} records; got an array of shape {wanted.shape}."
        )
    names = np.arange(len(classes)) if multilabel else classes
    codes = (wanted[..., None] == names).argmax(axis=-1)
    if not (names[codes] == wanted).all():
        what = "numbers of labels" if multilabel else "classes"
        raise ValueError(f"target {target!r} is not among the {what} {names.tolist()}.")
    return np.broadcast_to(codes, n_records).astype(np.int64).copy()


@contextlib.contextmanager
def differentiable():
    """Let gradients be computed in float32 inside the block, whatever modes the user has set.

    The block turns cuDNN off, because cuDNN cannot differentiate recurrent layers in evaluation mode.
    """
    cudnn = torch.backends.cudnn.flags(enabled=False)
    autocast = [torch.autocast(kind, enabled=False) for kind in ("cpu", "cuda")]
    with cudnn, torch.inference_mode(False), torch.enable_grad(), autocast[0], autocast[1]:
        yield


def import_captum():
    """Return `captum.attr`, or raise an error that says how to install captum."""
    try:
        import captum.attr
    except ImportError as error:
        raise ImportError("This explanation needs captum: pip install skecg[explain].") from error
    return captum.attr

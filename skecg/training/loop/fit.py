"""One fit of a network: validation split, windows, batches, and the stages that learn."""

import functools
from dataclasses import dataclass

import numpy as np

from ...records.buffer import Signals
from ..data.batches import BalancedBatches, ShuffledBatches, resolve_batch_size
from ..data.embedded import EmbeddedWindows, split_at_head
from ..data.windows import FixedWindows, RandomWindows
from ..device import resolve_device
from ..distributed.launch import processes_of_fit
from ..precision import multiply_adds_of, resolve_precision
from ..targets.losses import WeightedLoss
from ..targets.validation import validation_split
from ..weights.plan import plan_training
from .convergence import warn_of_few_steps
from .identity import check_agreement
from .isolation import is_foreign, isolated
from .net import train


@dataclass
class Examples:
    """Training records with their targets, weights and covariates, one row per record.

    Attributes
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    labels : ndarray of shape (n_records, n_outputs)
        One-hot, or the indicator of the labels, by which records are split and drawn.
    target, weight : ndarray of shape (n_records, ...)
        What the loss compares the outputs with: the labels, or probabilities of a teacher.
    covariates : ndarray of shape (n_records, n_values) or None
    sample_weight : ndarray of shape (n_records,) or None
        The part of the weight that the user gave.
    """

    signals: object
    labels: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    covariates: np.ndarray | None = None
    sample_weight: np.ndarray | None = None

    def __len__(self):
        return len(self.labels)

    def take(self, rows):
        """Return the examples of some rows."""
        covariates, sample_weight = (
            values if values is None else values[rows] for values in (self.covariates, self.sample_weight)
        )
        signals = self.signals.take(rows) if isinstance(self.signals, Signals) else [self.signals[i] for i in rows]
        labels, target, weight = (values[rows] for values in (self.labels, self.target, self.weight))
        return Examples(signals, labels, target, weight, covariates, sample_weight)

    def windowed(self, kind, *, sample_weight=True, **settings):
        """Return windows of a kind over these records.

        Parameters
        ----------
        kind : type
            RandomWindows or FixedWindows.
        sample_weight : bool, default=True
            Whether the loss uses the weights of the user. False if the batches are drawn with these weights,
            because a weight must count only once.
        **settings
            Further arguments of `kind`.
        """
        weight = self.weight
        if not sample_weight and self.sample_weight is not None:
            share = self.sample_weight.reshape(-1, *[1] * (weight.ndim - 1))
            weight = (weight / share).astype(np.float32)
        return kind(self.signals, target=self.target, weight=weight, covariates=self.covariates, **settings)


def fit_network(make, examples, settings, *, groups, length, multilabel, seed, watchers=()):
    """Build a network and train it.

    Parameters
    ----------
    make : callable
        Returns the network, with its initial weights.
    examples : Examples
        The records of fit.
    settings : BaseECGClassifier
        Has the training parameters as attributes. Without `pretrained`, all weights learn and
        `fine_tune` has no effect, so that one grid can hold both cases.
    groups : ndarray of shape (n_records,) or None
        Patients, which the validation split does not divide.
    length : int
        Number of samples in the longest record.
    multilabel : bool
        Whether each output is a separate label.
    seed : int
    watchers : list of (str, skorch.callbacks.Callback), default=()
        Further callbacks of the training.

    Returns
    -------
    net : ECGNet
    history : list of dict
    fine_tune : "all", "head" or int
        The part that learned.
    """
    device = resolve_device(settings.device)
    with processes_of_fit(device) as processes:
        seed = processes.agree(seed)
        check_agreement(processes, settings, examples)
        examples, held_out = _split(examples, settings, groups, seed, multilabel)
        loss = WeightedLoss(settings.loss, multilabel, settings.loss_params)
        fit = functools.partial(_fit, make, examples, held_out, settings, length=length, loss=loss, device=device)
        return fit(seed=seed, watchers=watchers, processes=processes)


def _fit(make, examples, held_out, settings, *, length, loss, device, seed, watchers, processes):
    """Build a network and train it in this process, and in those that share the fit."""
    rng = np.random.default_rng(seed)
    sampler = _sampler(examples, settings, seed, processes.count)
    with isolated(seed, device, foreign=is_foreign(settings), rank=processes.rank) as build:
        network = build(make)
        seen = settings.window or length
        count = functools.partial(multiply_adds_of, network, (len(examples.signals[0]), seen), sampler.batch_size)
        precision = processes.agree(resolve_precision(settings.precision, device, count))
        processes.copy_state(network)
        fine_tune = settings.fine_tune if settings.pretrained is not None else "all"
        plan = plan_training(network, fine_tune, settings.layer_decay, len(examples))
        in_loss = not settings.balanced_batches
        fixed = functools.partial(_fixed_windows, settings=settings, length=length, share=processes.share)
        dataset = examples.windowed(RandomWindows, sample_weight=in_loss, length=seen, rng=rng, share=processes.share)
        validation = held_out and fixed(held_out, n_windows=settings.n_windows)
        forward_part = None
        if plan.fine_tune in ("head", 1) and not settings.augment:
            windows = fixed(examples, n_windows="auto", sample_weight=in_loss)
            trunk, forward_part = split_at_head(network, windows)
            if trunk is not None:
                embed = _embedder(network.to(device), trunk, sampler.batch_size, device, precision, processes)
                dataset, validation = embed(windows, rng=rng), validation and embed(validation)
        net, history = train(
            network,
            dataset,
            validation,
            settings,
            sampler=sampler,
            loss=loss,
            device=device,
            precision=precision,
            seed=seed,
            plan=plan,
            forward_part=forward_part,
            watchers=watchers,
            processes=processes,
        )
    if processes.is_main:
        warn_of_few_steps(settings, sampler)
    return net, history, plan.fine_tune


def _split(examples, settings, groups, seed, multilabel):
    """Return the records to train on, and those held out for early stopping, or None without it."""
    if not settings.early_stopping:
        return examples, None
    fraction = settings.validation_fraction
    rows, held_out = validation_split(
        examples.labels, groups, fraction, seed, multilabel=multilabel, signals=examples.signals
    )
    return examples.take(rows), examples.take(held_out)


def _sampler(examples, settings, seed, n_processes):
    """Return the sampler that draws the batches of an epoch, which the processes share."""
    batch_size = resolve_batch_size(settings.batch_size, len(examples))
    if min(batch_size, len(examples)) < n_processes:
        raise ValueError(
            f"{n_processes} processes cannot share batches of {batch_size} of {len(examples)} records; set batch_size "
            f"to {n_processes} or more, or start fewer processes."
        )
    rng = np.random.default_rng(seed)
    if settings.balanced_batches:
        return BalancedBatches(examples.labels, batch_size, rng, examples.sample_weight, n_processes)
    return ShuffledBatches(len(examples), batch_size, rng, n_processes)


def _fixed_windows(examples, *, settings, length, n_windows, share, sample_weight=True):
    return examples.windowed(
        FixedWindows,
        sample_weight=sample_weight,
        length=length,
        window=settings.window,
        n_windows=n_windows,
        share=share,
    )


def _embedder(network, trunk, batch_size, device, precision, processes):
    settings = {"batch_size": batch_size, "device": device, "precision": precision, "processes": processes}

    def embed(windows, rng=None):
        network.eval()
        return EmbeddedWindows(trunk, windows, rng=rng, **settings)

    return embed

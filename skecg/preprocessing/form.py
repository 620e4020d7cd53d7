"""Descriptions of what a step does to signals, for code that does not run the step."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..records.buffer import lead_names


@dataclass(frozen=True)
class Form:
    """The leads, the length and the rate of a signal.

    None stands for an unknown value, such as the rate of a plain array.

    Parameters
    ----------
    leads : tuple of str, default=None
        Names of the leads, in order.
    n_times : int, default=None
        Number of samples.
    fs : float, default=None
        Sampling rate in Hz.

    Examples
    --------
    >>> from skecg.preprocessing import ECGResample
    >>> from skecg.preprocessing.form import Form
    >>> ECGResample(target_fs=100).form_out(Form(("I", "II"), 5000, 500.0))
    Form(leads=('I', 'II'), n_times=1000, fs=100.0)
    """

    leads: tuple[str, ...] | None = None
    n_times: int | None = None
    fs: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """What a step does to a signal of one form.

    Sample i of the output corresponds to sample `start + stride * i` of the input.

    Parameters
    ----------
    start : float, default=0.0
        Position in the input of the first sample of the output.
    stride : float, default=1.0
        Number of input samples from one sample of the output to the next.
    """

    start: float = 0.0
    stride: float = 1.0

    def sources(self, n_leads):
        """Return the index of the input lead of each output lead, -1 for a mixture, and -2 for a missing lead."""
        return np.arange(n_leads)


@dataclass(frozen=True, kw_only=True, eq=False)
class OverTime(Operation):
    """A linear function of time that is the same for all leads, such as a filter.

    Parameters
    ----------
    apply : callable
        Function from an array of shape (n_records, n_leads, n_times) to one of
        shape (n_records, n_leads, n_times_out), for any number of leads.
    start, stride : float
        As in `Operation`.
    """

    apply: Callable


@dataclass(frozen=True, kw_only=True, eq=False)
class OverLeads(Operation):
    """A step whose output leads are weighted sums of input leads.

    Parameters
    ----------
    weights : ndarray of shape (n_leads_out, n_leads)
        Weight of each input lead in each output lead.
    """

    weights: np.ndarray

    def sources(self, n_leads):
        """Return the index of the input lead of each output lead, -1 for a mixture, and -2 for a missing lead."""
        n_used = (self.weights != 0).sum(axis=1)
        return np.select([n_used == 1, n_used == 0], [self.weights.argmax(axis=1), -2], -1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut(Operation):
    """A step that keeps one part of the signal and zero-pads it at its end.

    Parameters
    ----------
    start, stop : int
        The first sample to keep, and the first sample after the kept part.
    n_zeros : int, default=0
        Number of zeros after the kept part.
    """

    start: int
    stop: int
    n_zeros: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Scale(Operation):
    """The scaling of `skecg.preprocessing.Normalize`.

    Parameters
    ----------
    method, per : str
        As in `Normalize`.
    location, scale : ndarray of shape (1,) or (n_leads,), default=None
        Statistics of the data set of `fit`, if `per` needs them.
    """

    method: str
    per: str
    location: np.ndarray | None = None
    scale: np.ndarray | None = None


def form_after(step, form):
    """Return the form of signals after a step, which is unchanged if the step has no `form_out`."""
    return step.form_out(form) if hasattr(step, "form_out") else form


def operation_of(step, form):
    """Return what a step does to signals of a form, or None if the step has no `operation`."""
    return step.operation(form) if hasattr(step, "operation") else None


def leads_of(step):
    """Return the names of the leads that a fitted step takes; make up names if it stores only their number."""
    if hasattr(step, "leads_in_"):
        return step.leads_in_
    return lead_names(None, step.n_leads_in_) if hasattr(step, "n_leads_in_") else None


def takes_any_rate(step):
    """Return whether a step gives signals of any rate the same rate."""
    return form_after(step, Form(leads_of(step))).fs is not None


def length_kept(step):
    """Return the number of samples to which a step cuts long signals, or None if it does not cut them."""
    return form_after(step, Form(leads_of(step))).n_times


def rate_before(steps, fs):
    """Return the rate in Hz that signals have before some steps if they have the rate `fs` after them.

    None of the steps may satisfy `takes_any_rate`.
    """
    for step in reversed(steps) if fs is not None else ():
        after = form_after(step, Form(leads_of(step), fs=fs)).fs
        fs = fs if after is None else fs * (fs / after)
    return fs

"""What a step does to signals, described for those who follow a signal without running the step."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..records.buffer import lead_names


@dataclass(frozen=True)
class Form:
    """The form of a signal: its leads, its length and its rate.

    None stands for a value that is not known, such as the rate of a plain array.

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

    Sample i of the output lies at sample `start + stride * i` of the input.

    Parameters
    ----------
    start : float, default=0.0
        Where the first sample of the output lies in the input.
    stride : float, default=1.0
        Samples of the input from one sample of the output to the next.
    """

    start: float = 0.0
    stride: float = 1.0

    def sources(self, n_leads):
        """Return the number of the input lead that each output lead is, -1 for a mixture of several."""
        return np.arange(n_leads)


@dataclass(frozen=True, kw_only=True, eq=False)
class OverTime(Operation):
    """A linear function of time, the same for all leads, such as a filter.

    Parameters
    ----------
    apply : callable
        Turns an array of shape (n_records, n_leads, n_times) into one of
        shape (n_records, n_leads, n_times_out), for any number of leads.
    start, stride : float
        As in `Operation`.
    """

    apply: Callable


@dataclass(frozen=True, kw_only=True, eq=False)
class OverLeads(Operation):
    """Leads as weighted sums of leads.

    Parameters
    ----------
    weights : ndarray of shape (n_leads_out, n_leads)
        Weight of each input lead in each output lead.
    """

    weights: np.ndarray

    def sources(self, n_leads):
        """Return the number of the input lead that each output lead is, -1 for a mixture of several."""
        return np.where((self.weights != 0).sum(axis=1) == 1, self.weights.argmax(axis=1), -1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut(Operation):
    """A part of the signal, zero-padded at its end.

    Parameters
    ----------
    start, stop : int
        The first sample that is kept, and the first after it that is not.
    n_zeros : int, default=0
        Zeros behind the part that is kept.
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
        Those of `Normalize`.
    location, scale : ndarray of shape (1,) or (n_leads,), default=None
        Statistics of the data set of `fit`, if `per` asks for them.
    """

    method: str
    per: str
    location: np.ndarray | None = None
    scale: np.ndarray | None = None


def form_after(step, form):
    """Return the form of signals after a step; a step without `form_out` is taken to keep it."""
    return step.form_out(form) if hasattr(step, "form_out") else form


def operation_of(step, form):
    """Return what a step does to signals of a form, or None if the step does not say."""
    return step.operation(form) if hasattr(step, "operation") else None


def leads_of(step):
    """Return the names of the leads that a fitted step takes, made up if it knows only their number."""
    if hasattr(step, "leads_in_"):
        return step.leads_in_
    return lead_names(None, step.n_leads_in_) if hasattr(step, "n_leads_in_") else None


def takes_any_rate(step):
    """Tell whether signals have the same rate after a step, whatever rate they had before."""
    return form_after(step, Form(leads_of(step))).fs is not None


def length_kept(step):
    """Return the number of samples to which a step cuts long signals, or None if it does not."""
    return form_after(step, Form(leads_of(step))).n_times


def rate_before(steps, fs):
    """Return the rate in Hz of signals that have the rate `fs` after some steps, none of which takes any rate."""
    for step in reversed(steps) if fs is not None else ():
        after = form_after(step, Form(leads_of(step), fs=fs)).fs
        fs = fs if after is None else fs * (fs / after)
    return fs

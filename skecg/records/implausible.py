"""Warn, once in each fit, of signals that are no ECGs in mV."""

from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

import numpy as np

from .._warn import warn
from ..signal.faults import TOO_LARGE, TOO_SMALL, look_transposed, spans
from .blocks import iter_blocks

_LEAST_SAMPLES = 50  # half a second at 100 Hz; what is shorter may be a table
_FITTED = WeakValueDictionary()
_SAID = ContextVar("said", default=None)


@contextmanager
def one_fit():
    """Give each warning once, though an estimator fits several others inside."""
    token = _SAID.set(set() if _SAID.get() is None else _SAID.get())
    try:
        yield
    finally:
        _SAID.reset(token)


def looked_at(X):
    """Remember that X is what a step made in a fit, so that the next step does not look at it; return X."""
    _FITTED[id(X)] = X
    return X


def is_raw(X):
    """Return whether no step made X in a fit; the answer holds once."""
    return _FITTED.pop(id(X), None) is not X


class Watch:
    """Looks at the raw signals of a fit, block by block.

    Parameters
    ----------
    n_leads, n_times : int or None
        Leads, and samples of the longest record; None if nothing is to be said of the axes.
    n_records : int
    """

    def __init__(self, n_leads, n_times, n_records):
        self.shape = n_leads, n_times
        self.spans = np.full(n_records, np.nan)

    def look(self, rows, block):
        """Measure a block without NaN, (n_block, n_leads, n_times)."""
        with np.errstate(over="ignore"):  # a span beyond float32 is infinite, and too large
            self.spans[rows] = np.median(spans(block), axis=1)

    def warn(self):
        """Warn of turned axes, or else of signals in another unit, at the line of the user.

        The messages do not count records, so that the folds inside of an estimator give one text.
        """
        n_leads, n_times = self.shape
        if look_transposed(n_leads, n_times):
            _warn(
                f"X has {n_leads} leads of {n_times} samples; its axes are read as (n_records, n_leads, n_times). "
                "If they are transposed, X.swapaxes(1, 2) corrects them."
            )
        elif n_times >= _LEAST_SAMPLES:
            self.warn_of_unit()

    def warn_of_unit(self):
        """Warn of signals in another unit than mV."""
        for wrong, least, what in (
            (self.spans > TOO_LARGE, 0, f"span more than {TOO_LARGE:g} mV, as microvolts do"),
            ((self.spans > 0) & (self.spans < TOO_SMALL), 0.5, f"span less than {TOO_SMALL:g} mV, as volts do"),
        ):
            if wrong.mean() > least:  # loose electrodes explain some records without a voltage
                which = "All" if wrong.all() else "Most" if wrong.mean() > 0.5 else "Some"
                _warn(f"{which} records of X {what}, but signals must be in mV; skecg.datasets.describe names them.")


def warn_of_unit(X):
    """Warn if records that were checked seem to be in another unit than mV."""
    watch = Watch(None, None, len(X))
    for rows, block, _ in iter_blocks(X):
        watch.look(rows, block)
    watch.warn_of_unit()


def _warn(message):
    said = _SAID.get()
    if said is not None:
        if message in said:
            return
        said.add(message)
    warn(message)

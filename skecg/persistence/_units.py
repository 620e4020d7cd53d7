"""Signals that are too large or too small to be in millivolts."""

import numpy as np

from ..signal.faults import TOO_LARGE, TOO_SMALL


def wrong_units(signals, training):
    """Find signals that are too large or too small for mV, unless the training records had such a span.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    training : dict or None
        The summary of the training records, with the median span of their leads, `span_mV`, if it is known.

    Returns
    -------
    large, small : ndarray of bool, shape (n_records,)
    """
    usual = (training.get("span_mV") or 0) if isinstance(training, dict) else 0
    spans = np.array([_span(signal) for signal in signals])
    large = (spans > TOO_LARGE) & (usual <= TOO_LARGE)
    small = (spans > 0) & (spans < TOO_SMALL) & (not 0 < usual < TOO_SMALL)
    return large, small & (2 * small.sum() > len(small))  # loose electrodes explain a few


def is_signals(X, n_leads):
    """Return whether an array holds signals of a number of leads; other arrays are tables."""
    signals = isinstance(X, np.ndarray) and (X.ndim == 3 or (X.ndim == 2 and n_leads == 1))
    return signals and X.size > 0 and X.dtype.kind in "iuf"


def _span(signal):
    with np.errstate(invalid="ignore"):
        return np.median(signal.max(axis=1) - signal.min(axis=1)) if signal.size else 0.0

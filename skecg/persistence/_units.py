"""Signals that are too large or too small to be in millivolts."""

import numpy as np

# mV from lowest to highest value, as `describe` has them: leads of adults span 0.2 to 10
TOO_SMALL, TOO_LARGE = 0.01, 50.0


def wrong_units(signals, usual):
    """Find signals that are too large or too small for mV, unless the training records had such a span.

    Parameters
    ----------
    signals : sequence of ndarray of shape (n_leads, n_times)
    usual : float
        Median span of the leads of the training records in mV; 0 if it is not known.

    Returns
    -------
    large, small : ndarray of bool, shape (n_records,)
    """
    spans = np.array([_span(signal) for signal in signals])
    large = (spans > TOO_LARGE) & (usual <= TOO_LARGE)
    small = (spans > 0) & (spans < TOO_SMALL) & (not 0 < usual < TOO_SMALL)
    return large, small & (2 * small.sum() > len(small))  # loose electrodes explain a few


def _span(signal):
    with np.errstate(invalid="ignore"):
        return np.median(signal.max(axis=1) - signal.min(axis=1)) if signal.size else 0.0

"""What the steps of a fitted model tell of the signals that it needs."""

import numpy as np

from ..preprocessing.form import length_kept, rate_before, takes_any_rate
from ..records import ECGRecords


def input_of(paths, X):
    """Return what a fitted model needs of its input, as parameters of `SignalContract`.

    Parameters
    ----------
    paths : list of Path
        The ways of a signal through the model, all of which were fitted on the same records.
    X : ECGRecords or ndarray or None
        The training records.

    Returns
    -------
    params : dict
        `fs`, `leads` and `n_leads` of the first path that knows them; `length` and `window` where all paths agree.
    """
    known = [_input_of(path, X) for path in paths]
    first = {key: next((each[key] for each in known if each[key] is not None), None) for key in known[0]}
    agreed = {key for key in first if all(each[key] == first[key] for each in known)}
    return {key: value for key, value in first.items() if key in agreed | {"fs", "leads", "n_leads"}}


def _input_of(path, X):
    steps = [step for _, step in path.signal_steps]
    first, last = steps[0], steps[-1]
    leads = getattr(first, "leads_in_", None)
    counts = (step.n_leads_in_ for step in (first, last) if hasattr(step, "n_leads_in_"))
    return {
        "fs": rate_of(steps, X),
        "leads": None if leads is None else list(leads),
        "n_leads": next(counts, getattr(first, "n_features_in_", None)),
        "length": getattr(last, "length_", None),
        "window": getattr(last, "window", None),
    }


def shared_transformers(paths):
    """Return the transformers that the signal passes on every path, without an input contract."""
    steps = [step for _, step in paths[0].signal_steps[:-1]]
    return [step for step in steps if all(any(step is other for other in path.transformers) for path in paths)]


def rate_of(steps, X):
    """Return the rate that the model needs in Hz, or None where it takes any or nobody knows."""
    trained = np.unique(X.fs).tolist() if isinstance(X, ECGRecords) else []
    for i, step in enumerate(steps):
        if getattr(step, "fs", None) is not None:
            return rate_before(steps[:i], float(step.fs))
        if takes_any_rate(step):
            return None
        if length_kept(step) is not None and len(trained) == 1:  # it counts samples, whatever comes after it
            return trained[0]
    return rate_before(steps[:-1], getattr(steps[-1], "fs_", None))

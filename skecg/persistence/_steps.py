"""Requirements of a fitted model on its input signals, derived from its steps."""

from itertools import takewhile

import numpy as np

from ..estimators.checked import CheckedTransformer
from ..preprocessing import SelectLeads
from ..preprocessing.form import length_kept, rate_before, takes_any_rate
from ..records import ECGRecords


def input_of(paths, X):
    """Return the requirements of a fitted model on its input, as parameters of `SignalContract`.

    Parameters
    ----------
    paths : list of Path
        The paths of a signal through the model, all fitted on the same records.
    X : ECGRecords or ndarray or None
        The training records.

    Returns
    -------
    params : dict
        `fs`, `leads` and `n_leads` of the first path that has each of them; `length`, `window` and
        `missing_leads` if all paths agree.
    """
    inputs = [_input_of(path, X) for path in paths]
    first = {key: next((each[key] for each in inputs if each[key] is not None), None) for key in inputs[0]}
    agreed = {key for key in first if all(each[key] == first[key] for each in inputs)}
    return {key: value for key, value in first.items() if key in agreed | {"fs", "leads", "n_leads"}}


def _input_of(path, X):
    steps = [step for _, step in path.signal_steps]
    first, last = steps[0], steps[-1]
    taking = takewhile(lambda step: isinstance(step, CheckedTransformer) and step._takes_other_leads(), steps)
    leads = getattr(first, "leads_in_", None)
    counts = (step.n_leads_in_ for step in (first, last) if hasattr(step, "n_leads_in_"))
    return {
        "fs": rate_of(steps, X),
        "leads": None if leads is None else list(leads),
        "n_leads": next(counts, getattr(first, "n_features_in_", None)),
        "length": getattr(last, "length_", None),
        "window": getattr(last, "window", None),
        "missing_leads": "zeros" if any(isinstance(step, SelectLeads) for step in taking) else "raise",
    }


def shared_transformers(paths):
    """Return the transformers that the signal passes on every path, except input contracts."""
    steps = [step for _, step in paths[0].signal_steps[:-1]]
    return [step for step in steps if all(any(step is other for other in path.transformers) for path in paths)]


def rate_of(steps, X):
    """Return the rate in Hz that the model needs, or None if the model takes any rate or the rate is unknown."""
    trained = np.unique(X.fs).tolist() if isinstance(X, ECGRecords) else []
    for i, step in enumerate(steps):
        if getattr(step, "fs", None) is not None:
            return rate_before(steps[:i], float(step.fs))
        if takes_any_rate(step):
            return None
        if length_kept(step) is not None and len(trained) == 1:  # the step counts samples, so the training rate matters
            return trained[0]
    return rate_before(steps[:-1], getattr(steps[-1], "fs_", None))

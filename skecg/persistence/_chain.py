"""What the steps of a pipeline, and the contract in front of it, must agree on."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from sklearn.pipeline import FeatureUnion

from ..classifiers._base import BaseECGClassifier
from ..estimators.checked import CheckedTransformer
from ..estimators.model import unwrap
from ..preprocessing.form import Form, form_after, leads_of
from ..records.checks import folded
from ._contract import SignalContract
from ._fitted import refuse
from ._kinds import is_number
from ._summary import check_summary


def check_steps(pipeline):
    """Raise an error if a pipeline could not be fitted with its steps.

    Parameters
    ----------
    pipeline : Pipeline
    """
    steps = pipeline.steps
    pairs = isinstance(steps, list) and all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in steps)
    if not (pairs and steps and all(isinstance(name, str) for name, _ in steps)):
        refuse(pipeline, "steps", steps, "a list of steps with names")
    for name, step in steps:
        if not (step is None or step == "passthrough" or hasattr(step, "get_params")):
            refuse(pipeline, "steps", step, f"an estimator as the step {name!r}")
    pipeline._validate_steps()
    for (_, step), (_, behind) in pairwise(pair for pair in steps if hasattr(pair[1], "get_params")):
        given, taken = _n_columns(step), getattr(behind, "n_features_in_", None)
        if None not in (given, taken) and given != taken:
            refuse(behind, "n_features_in_", taken, f"the {given} columns that {type(step).__name__} gives")


def _n_columns(step):
    """Return the number of columns that a fitted step gives, or None if it gives no table or is not fitted."""
    try:
        return len(step.get_feature_names_out())
    except (AttributeError, ValueError):
        return None


def check_contract(contract, model):
    """Raise ValueError if a contract is not that of a fitted model.

    Parameters
    ----------
    contract : SignalContract
    model : estimator
        A fitted classifier.

    Notes
    -----
    Contracts of version 0.1.0 lack what models that combine several estimators need, and give the threshold of
    the first class where `pos_label` named it.
    """
    contract._validate_params()
    expected = SignalContract.of(model, pos_label=contract.pos_label)
    check_summary(contract)
    _check_labels(contract, model, expected)
    training = contract.training if isinstance(contract.training, dict) else {}
    rates = training.get("fs") or []
    expected.fs = contract.fs if expected.fs is None and rates == [contract.fs] else expected.fs
    combined = unwrap(model)[0].combiner is not None
    for key in ("leads", "n_leads", "length", "window", "fs", "missing_leads"):
        found, wanted = getattr(contract, key), getattr(expected, key)
        found = list(found) if isinstance(found, tuple) else found
        numbers = key == "fs" and wanted is not None
        missing = combined and found is None and not (numbers and rates and not np.isclose(wanted, rates).any())
        same = np.isclose(found, wanted) if numbers and found is not None else found == wanted
        if not (same or missing):
            refuse(contract, key, found, f"{wanted}, as the model has")
    if contract.leads is not None and contract.n_leads not in (None, len(contract.leads)):
        refuse(contract, "n_leads", contract.n_leads, f"{len(contract.leads)}, the number of leads")
    if not all(isinstance(step, str) for step in contract.preprocessing or []):
        refuse(contract, "preprocessing", contract.preprocessing, "a list of texts")
    for path in unwrap(model):
        check_signals(path, contract.fs)


def _check_labels(contract, model, expected):
    """Compare labels and thresholds with the outputs of the model."""
    if contract.multilabel != expected.multilabel:
        refuse(contract, "multilabel", contract.multilabel, f"{expected.multilabel}, as the model has")
    labels, named = contract.labels, not expected.multilabel and np.asarray(model.classes_).dtype.kind not in "biuf"
    plain = isinstance(labels, list | tuple) and all(isinstance(label, str | bool | int | float) for label in labels)
    if not plain or len(set(labels)) != len(labels) or len(labels) != len(expected.labels):
        refuse(contract, "labels", labels, f"{len(expected.labels)} distinct labels, as the model has")
    if named and list(labels) != expected.labels:
        refuse(contract, "labels", labels, f"{expected.labels}, the classes of the model")
    if not _same_numbers(contract.class_weights, expected.class_weights):
        refuse(contract, "class_weights", contract.class_weights, f"{expected.class_weights}, as the model has")
    found, wanted = contract.thresholds, expected.thresholds
    if (found is None) != (wanted is None) or np.shape(found) != np.shape(wanted):
        refuse(contract, "thresholds", found, f"{wanted}, as the model has")
    if wanted is not None and not any(np.allclose(found, each) for each in (wanted, 1 - np.asarray(wanted))):
        refuse(contract, "thresholds", found, f"{wanted}, as the model has")


def _same_numbers(found, wanted):
    if found is None or wanted is None:
        return found is wanted
    return len(found) == len(wanted) and all(map(is_number, found)) and bool(np.allclose(found, wanted))


def check_signals(path, fs):
    """Raise ValueError if the steps on the way of a signal through a fitted model contradict each other.

    Parameters
    ----------
    path : Path
    fs : float or None
        Rate in Hz that the model needs, if it needs one.
    """
    form, named = Form(fs=fs), False
    for _, step in path.signal_steps:
        for part in [part for _, part in step.transformer_list] if isinstance(step, FeatureUnion) else [step]:
            _check_signal(part, form, named)
        if not isinstance(step, CheckedTransformer | BaseECGClassifier):
            return  # the step returns no signals
        if (leads := leads_of(step)) is None:
            return
        named = hasattr(step, "leads_in_")
        form = form_after(step, replace(form, leads=leads))


def _check_signal(step, form, named):
    """Compare a step with the signals that come to it, if it takes signals."""
    if not isinstance(step, CheckedTransformer | BaseECGClassifier):
        return
    _compare(step, form, named)
    rate = form.fs if getattr(step, "fs", None) is None else step.fs
    if isinstance(step, CheckedTransformer) and rate is not None:
        step._check_rate(rate)


def _compare(step, form, named):
    """Compare what a step was fitted on with the form of the signals that come to it."""
    leads_in = getattr(step, "leads_in_", None)
    if form.leads is not None and hasattr(step, "n_leads_in_") and step.n_leads_in_ != len(form.leads):
        refuse(step, "n_leads_in_", step.n_leads_in_, f"{len(form.leads)}, which the steps before give")
    if named and leads_in is not None and folded(leads_in) != folded(form.leads):
        refuse(step, "leads_in_", leads_in, f"{form.leads}, which the steps before give")
    for key in ("fs_", "fs"):
        rate = getattr(step, key, None)
        if None not in (rate, form.fs) and not np.isclose(rate, form.fs):
            refuse(step, key, rate, f"{form.fs:g} Hz, which the steps before give")

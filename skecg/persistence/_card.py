"""A model card: a page about the training data, the scores and the limits of a model."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._warn import warn
from ..estimators.model import unwrap
from ..metrics import ScoreInterval
from ..metrics._positive import positive_class
from ..metrics._report import report
from ..model_selection._folds import positive_probabilities
from ..records import ECGRecords
from ._contract import SignalContract
from ._decide import decision_settings
from ._files import _take_apart
from ._places import without_places
from ._seen import seen_in_training, sources_of, warning_of
from ._summary import check_training_data
from ._tuning import without_tuning

_SCORES = {"AUROC": "auroc", "average precision": "average_precision", "F1": "f1"}
_SCORES |= {"sensitivity": "sensitivity", "specificity": "specificity"}
_LIMITS = """- A research model, not a medical device: no regulator has approved the model, and no decision about a
  patient should depend on the model alone.
- The model was trained on certain kinds of records. Other recorders, filters or ages, or another share of patients with
  the disease, can change the scores; measure the scores again on records of the place where you use the model.
- The probabilities follow the training set, and may not be calibrated."""


def model_card(
    estimator,
    *,
    X=None,
    y=None,
    groups=None,
    target_names=None,
    title=None,
    pos_label=None,
    limits=None,
    random_state=0,
):
    """Write a model card in Markdown.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, pipeline or search. Best is a model that `skecg.load` returned, which holds a summary of
        its training data.
    X : ECGRecords or ndarray, default=None
        Records that the model has not seen, for its scores.
    y : array-like of shape (n_records,) or (n_records, n_labels), default=None
        Labels of X.
    groups : array-like of shape (n_records,), default=None
        Patients of X, for intervals by patient; by default `metadata["patient_id"]`, if this column exists.
    target_names : sequence of str, default=None
        Names of the columns of an indicator.
    title : str, default=None
        Title of the page; by default the name of the classifier.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes, which the scores are about; by default the one that the model names,
        else the second of two numbers.
    limits : str, default=None
        Further uses for which the model is not meant; added to the general limits.
    random_state : int, RandomState instance or None, default=0
        Seed of the bootstrap.

    Returns
    -------
    card : str
        Markdown: signals, training data, scores with 95 % intervals, parameters, limits.

    Raises
    ------
    ValueError
        If only one of X and y is given, if X, y and the model do not fit together, or if there are two classes
        that are texts, and neither `pos_label` nor the model names the one to detect.

    Warns
    -----
    UserWarning
        If records of X are training records, which the model knows by the digests in its file.

    Examples
    --------
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, random_state=0)
    >>> model = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data[:20], ecgs.target[:20])
    >>> card = skecg.model_card(model, X=ecgs.data[20:], y=ecgs.target[20:], pos_label="LBBB")
    >>> card.splitlines()[0]
    '# EEGNetClassifier'
    """
    estimator = without_tuning(estimator)
    check_is_fitted(estimator)
    if (X is None) != (y is None):
        raise ValueError("Scores need both X and y; only one of them was given.")
    check_training_data(estimator, X, y)
    contract, model = _take_apart(estimator)
    contract = contract or SignalContract.of(model, target_names=target_names, pos_label=pos_label)
    names = list(contract.labels if target_names is None else target_names)
    parts = [f"# {title or name_of(model)}", "", "## Signals\n\n" + _table(signal_rows(contract)), _training(contract)]
    if X is not None:
        pos_label = contract.pos_label if pos_label is None else pos_label
        parts.append(_scores(estimator, contract, X, np.asarray(y), groups, names, pos_label, random_state))
        message = warning_of(seen_in_training(contract, X, sources_of(model)), len(X))
        if message:
            warn(message)
            parts.append(f"**{message}**\n")
    all_limits = [_LIMITS, *([f"- {limits}"] if limits else [])]
    parts += ["## Model", "", "```", repr(without_places(model)), "```", "", "## Limits", "", *all_limits, ""]
    return "\n".join(parts)


def name_of(model):
    """Return the name of the class of the predictor, or of the estimator that combines several predictors."""
    path, *_ = unwrap(model)
    return type(path.predictor).__name__ if path.combiner is None else path.combiner.name


def signal_rows(contract):
    """Return the signals that a model needs, by name; None where there is nothing to say."""
    return {
        "leads": ", ".join(contract.leads) if contract.leads else contract.n_leads,
        "rate": "any" if contract.fs is None else f"{contract.fs:g} Hz",
        "unit": "mV",
        "length the network saw": None if contract.length is None else f"{contract.length} samples",
        "window": None if contract.window is None else f"{contract.window} samples",
        "labels": ", ".join(map(str, contract.labels or [])),
        "class to detect": contract.pos_label,
        "decided from": _rounded(contract.thresholds),
        "weights of the classes": _rounded(contract.class_weights),
        "preprocessing": ", ".join(f"`{step}`" for step in contract.preprocessing or []) or "none",
    }


def training_rows(contract):
    """Return the summary of the training records, by name; an empty dict if the model has none."""
    summary = contract.training
    if not summary:
        return {}
    return {
        "records": summary.get("n_records"),
        "patients": summary.get("n_patients"),
        "rate": _join_numbers(summary.get("fs"), " Hz"),
        "duration, shortest and longest": _join_numbers(summary.get("duration_s"), " s"),
        "median span of a lead": _join_numbers([summary["span_mV"]] if "span_mV" in summary else None, " mV"),
        "age, 5 %, median, 95 %": _join_numbers(summary.get("age_years"), " years"),
        "sex": _join_counts(summary.get("sex")),
        "labels": _join_counts(summary.get("labels")),
        "digests": None if "digests" not in summary else "kept, so that training records are recognised",
    }


def _training(contract):
    rows = training_rows(contract)
    return "## Training data\n\n" + (_table(rows) if rows else "Not given.\n")


def _scores(estimator, contract, X, y, groups, names, pos_label, random_state):
    """Return a table of the main scores of `skecg.reporting.report`, each with its interval by patient."""
    if groups is None and isinstance(X, ECGRecords) and "patient_id" in X.metadata:
        groups = X.metadata["patient_id"]
    if len(names) == 2 and y.ndim == 1:
        pos_label = positive_class(names, pos_label)  # raises, while scores that cannot be computed are only named
    settings = {"labels": names, "pos_label": pos_label, "groups": groups, "random_state": random_state}
    settings |= decision_settings(contract, pos_label)
    try:
        table = report(y, positive_probabilities(estimator, X), **settings).loc["all"]
    except ValueError as error:
        return f"## Scores\n\nScores are not available: {error}\n"
    label = table.index[0][0]
    rows = {name: _with_interval(table.loc[(label, score)]) for name, score in _SCORES.items()}
    n_groups = len(np.unique(groups)) if groups is not None else None
    whose = f"{len(y)} records" + (f" of {n_groups} patients" if n_groups else ", each treated as its own patient")
    what = "Macro averages" if label == "macro" else f"Scores of {label}"
    return f"## Scores\n\n{what} on {whose}; in brackets 95 % intervals by patient.\n\n" + _table(rows)


def _with_interval(row):
    score = ScoreInterval(row["estimate"], row["low"], row["high"])
    return "not available: undefined for these records" if np.isnan(score).any() else score


def _table(rows):
    lines = [f"| {key} | {value} |" for key, value in rows.items() if value is not None]
    return "\n".join(["| | |", "|---|---|", *lines, ""])


def _rounded(thresholds):
    """Return several thresholds with three digits each, and a single one as it is."""
    several = isinstance(thresholds, list) and len(thresholds) > 1
    return ", ".join(f"{threshold:.3g}" for threshold in thresholds) if several else thresholds


def _join_numbers(values, unit):
    return None if not values else ", ".join(f"{value:.4g}" for value in values) + unit


def _join_counts(counts):
    return None if not counts else ", ".join(f"{name} {n}" for name, n in counts.items())

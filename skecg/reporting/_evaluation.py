"""A model, the records that it is scored on, and what it said of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..metrics._positive import positive_class
from ..metrics._prepared import prepare
from ..model_selection._folds import positive_probabilities
from ..model_selection._groups import resolve_groups
from ..persistence import SignalContract
from ..persistence._decide import check_positive, decision_settings
from ..persistence._files import _take_apart
from ..persistence._summary import check_training_data
from ..records import ECGRecords


@dataclass(frozen=True)
class Evaluation:
    """Truth, probabilities and decisions for each label that the report is about.

    Parameters
    ----------
    model : estimator
    contract : SignalContract
    records : ECGRecords or ndarray
    groups : ndarray of shape (n_records,) or None
        The patient of each record.
    y, p : ndarray
        Target and probabilities as `report` takes them.
    settings : dict
        `labels`, `pos_label`, `threshold` and `class_weights`, as `report` takes them.
    kind : {"two classes", "classes", "labels"}
    """

    model: object
    contract: SignalContract
    records: object
    groups: object
    y: np.ndarray
    p: np.ndarray
    settings: dict
    kind: str
    truth: np.ndarray = field(init=False)
    proba: np.ndarray = field(init=False)
    decided: np.ndarray = field(init=False)
    names: list = field(init=False)

    def __post_init__(self):
        parts = prepare(self.y, self.p, **self.settings)
        for name, part in zip(("truth", "proba", "decided", "names"), parts, strict=True):
            object.__setattr__(self, name, part)

    def __len__(self):
        return len(self.truth)

    @property
    def positive(self):
        """The class to detect, of two classes; else None."""
        return self.names[0] if self.kind == "two classes" else None

    @property
    def unit(self):
        """What an interval resamples."""
        return "record" if self.groups is None else "patient"

    @property
    def defined(self):
        """The numbers of the labels that some records have and others lack."""
        return np.flatnonzero(self.truth.any(axis=0) & ~self.truth.all(axis=0))

    def threshold_of(self, label):
        """Return the lowest probability at which a label is decided, or None for several classes."""
        if self.kind == "classes":
            return None
        return float(np.broadcast_to(self.settings["threshold"], len(self.names))[label])


def evaluate(estimator, X, y, *, groups=None, target_names=None, pos_label=None):
    """Apply a model to records.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, pipeline or search.
    X : ECGRecords or ndarray
    y : array-like of shape (n_records,) or (n_records, n_labels)
    groups : array-like of shape (n_records,), default=None
    target_names : sequence of str, default=None
    pos_label : object, default=None

    Returns
    -------
    evaluation : Evaluation

    Raises
    ------
    ValueError
        If X, y, groups and the model do not fit together, no one of two classes is named, or a probability is not
        finite.
    """
    check_is_fitted(estimator)
    if not len(X):
        raise ValueError("There is no record to report on.")
    check_training_data(estimator, X, y)
    contract, model = _take_apart(estimator)
    contract = contract or SignalContract.of(model, target_names=target_names)
    y = np.asarray(y)
    if (y.ndim == 2) != contract.multilabel:
        gives = "several labels, so y must be an indicator" if contract.multilabel else "one class, so y must be 1-D"
        raise ValueError(f"The model gives {gives}; got y of shape {y.shape}.")
    settings = _settings(contract, y, target_names, pos_label)
    kind = "labels" if y.ndim == 2 else "two classes" if len(settings["labels"]) == 2 else "classes"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*of doubtful quality")  # the page names these records
        p = positive_probabilities(estimator, X)
    _check_finite(p, X)
    return Evaluation(estimator, contract, X, resolve_groups(X, groups), y, p, settings, kind)


def _check_finite(p, X):
    """Raise ValueError with the names of the records whose probabilities are not finite."""
    wrong = np.flatnonzero(~np.isfinite(p).reshape(len(X), -1).all(axis=1))
    if len(wrong):
        names = X.metadata.index[wrong].tolist() if isinstance(X, ECGRecords) else wrong.tolist()
        listed = ", ".join(map(str, names[:10])) + (", ..." if len(names) > 10 else "")
        raise ValueError(f"The model gives no finite probability for {len(names)} records; leave them out: {listed}.")


def _settings(contract, y, target_names, pos_label):
    """Return `labels`, `pos_label`, `threshold` and `class_weights` for `report`."""
    labels, positive = list(contract.labels), None
    if pos_label is not None:
        check_positive(contract, pos_label)
    if y.ndim == 2:
        names = labels if target_names is None else list(target_names)
        if len(names) != len(labels):
            raise ValueError(f"target_names names {len(names)} labels; the model predicts {len(labels)}.")
        labels = names
    elif len(labels) == 2:
        positive = positive_class(labels, contract.pos_label if pos_label is None else pos_label)
    return {"labels": labels, "pos_label": positive, **decision_settings(contract, positive)}

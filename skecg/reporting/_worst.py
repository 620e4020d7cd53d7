"""The records that a model got most wrong, as ECG sheets."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from ..inspection import saliency
from ..records import ECGRecords
from ._figures import draw_sheet

_LONGEST = 10.0  # seconds on a sheet: A4 in landscape


class Sheet(NamedTuple):
    """One ECG of a report."""

    title: str
    verdict: str
    text: str
    svg: str
    reasons: list


def most_wrong(evaluation, n_records):
    """Return the records whose wrong decision was the most certain, and the label of this decision.

    Parameters
    ----------
    evaluation : Evaluation
    n_records : int
        The largest number of records.

    Returns
    -------
    rows, labels : ndarray of int
        The worst miss and the worst false alarm of each label come first, then the second ones, and so on.
    """
    distance = np.abs(evaluation.truth - evaluation.proba)
    missed, false = evaluation.truth & ~evaluation.decided, ~evaluation.truth & evaluation.decided
    found = []
    for wrong in (missed, false):
        for label in range(wrong.shape[1]):
            rows = np.flatnonzero(wrong[:, label])
            rows = rows[np.argsort(-distance[rows, label], kind="stable")][:n_records]
            found += [(rank, -distance[row, label], row, label) for rank, row in enumerate(rows)]
    label_of = {}
    for _, _, row, label in sorted(found):
        label_of.setdefault(row, label)
    rows = list(label_of)[:n_records]
    return np.array(rows, int), np.array([label_of[row] for row in rows], int)


def sheets_of(evaluation, faults, n_records):
    """Draw the records that the model got most wrong.

    Parameters
    ----------
    evaluation : Evaluation
    faults : list of list of (str, str)
    n_records : int

    Returns
    -------
    sheets : list of Sheet
    note : str
        What the colours mean, or why there are none.
    """
    rows, labels = most_wrong(evaluation, n_records)
    if not len(rows):
        return [], ""
    if not isinstance(evaluation.records, ECGRecords):
        return [], "The records came as an array, without a rate and names of leads, so no sheet can be drawn."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the contract has said of all records what it converts
        records = evaluation.contract.transform(evaluation.records[rows])
    tints, note = _explain(evaluation, records, labels)
    sheets = []
    for i, (row, label, record) in enumerate(zip(rows, labels, records, strict=True)):
        start = _start(record, tints[i])
        verdict = _verdict(evaluation, row, label) + _excerpt(record, start)
        title = str(evaluation.records.metadata.index[row])
        text = f"ECG of record {title}. {verdict}"
        svg = draw_sheet(record, i, text, attribution=tints[i], start=start, duration=_LONGEST)
        sheets.append(Sheet(title, verdict, text, svg, [reason for _, reason in faults[row]]))
    return sheets, note


def _start(record, tint):
    """Return the start of the ten seconds in which the explanation is strongest, in whole seconds."""
    last = int(record.duration - _LONGEST)
    if tint is None or last < 1:
        return 0.0
    strength = np.append(0, np.cumsum(np.abs(tint).sum(axis=0)))
    starts = np.arange(last + 1)
    first, end = (np.round((starts + shift) * record.fs).astype(int) for shift in (0, _LONGEST))
    return float((strength[end] - strength[first]).argmax())


def _excerpt(record, start):
    if record.duration <= _LONGEST:
        return ""
    return f" Seconds {start:g} to {start + _LONGEST:g} of {record.duration:.1f}."


def _verdict(evaluation, row, label):
    name, p = evaluation.names[label], evaluation.proba[row, label]
    what = f"{name} was missed" if evaluation.truth[row, label] else f"False alarm of {name}"
    threshold = evaluation.threshold_of(label)
    if threshold is None:
        said = evaluation.names[evaluation.decided[row].argmax()]
        true = evaluation.names[evaluation.truth[row].argmax()]
        return f"{true} was taken for {said}; P({name}) = {p:.3f}."
    return f"{what}: P({name}) = {p:.3f}, decided from {threshold:.3f}."


def _explain(evaluation, records, labels):
    """Return the saliency of each record for its label, or None, and what the colours mean."""
    nothing = [None] * len(records)
    target = labels if evaluation.kind == "labels" else _classes_of(evaluation, labels)
    try:
        tints = saliency(evaluation.model, records, target=target)
    except ImportError:
        return nothing, "Without captum (the extra explain) there is no explanation."
    except (TypeError, ValueError) as error:
        return nothing, f"There is no explanation: {error}"
    return list(tints), (
        "Red marks where a small change of the signal changes the answer most (saliency, Simonyan et al. 2013). The "
        "colours say where the model looked. They do not say why, nor whether it was right."
    )


def _classes_of(evaluation, labels):
    if evaluation.positive is not None:
        return evaluation.settings["pos_label"]
    return np.asarray(evaluation.settings["labels"])[labels]

"""What decisions of a model cost: thresholds, and confusion of labels."""

from __future__ import annotations

import numpy as np

from ._layout import DASH, Table, number, share

_SENSITIVITIES = (0.99, 0.95, 0.9, 0.8, 0.7)
_SPECIFICITIES = (0.9, 0.95, 0.99)


def threshold_table(evaluation, label):
    """Return what each threshold of a label costs in false alarms and missed records.

    Parameters
    ----------
    evaluation : Evaluation
    label : int

    Returns
    -------
    table : Table
        The threshold of the model, and those that reach some sensitivities and specificities.
    """
    name, y, p = evaluation.names[label], evaluation.truth[:, label], evaluation.proba[:, label]
    used = evaluation.threshold_of(label)
    chosen = {} if used is None else {"in use": used}
    chosen |= {f"sensitivity {wanted:g}": _reaching(p[y], wanted) for wanted in _SENSITIVITIES}
    chosen |= {f"specificity {wanted:g}": _sparing(p[~y], wanted) for wanted in _SPECIFICITIES}
    rows = [[reason, *_costs(y, p, threshold)] for reason, threshold in chosen.items()]
    columns = [
        "Chosen for",
        f"P({name}) from",
        "Sensitivity",
        "Specificity",
        "False alarms per 100 records",
        f"{name} missed per 100 records",
        "Right of 100 alarms",
    ]
    return Table(f"Thresholds of {name}", columns, rows)


def _reaching(positives, sensitivity):
    """Return the highest threshold with at least this sensitivity."""
    ordered = np.sort(positives)[::-1]
    return ordered[max(int(np.ceil(sensitivity * len(ordered) - 1e-9)), 1) - 1]


def _sparing(negatives, specificity):
    """Return the lowest threshold with at least this specificity."""
    ordered = np.sort(negatives)
    allowed = int((1 - specificity) * len(ordered) + 1e-9)  # the number of negatives that may be alarms
    return np.nextafter(ordered[len(ordered) - 1 - allowed], 2) if allowed < len(ordered) else ordered[0]


def _costs(y, p, threshold):
    alarm = p >= threshold
    hits, false, missed = (alarm & y).sum(), (alarm & ~y).sum(), (~alarm & y).sum()
    return [
        number(threshold),
        number(hits / y.sum()),
        number(1 - false / (~y).sum()),
        number(100 * false / len(y), 1),
        number(100 * missed / len(y), 1),
        number(100 * hits / (hits + false), 0) if hits + false else DASH,
    ]


def confusion_of_labels(evaluation):
    """Return hits, misses and false alarms of each label as a table."""
    rows = []
    for name, y, said in zip(evaluation.names, evaluation.truth.T, evaluation.decided.T, strict=True):
        n_has, n_lacks = int(y.sum()), int((~y).sum())
        counts = [(said & y, n_has), (~said & y, n_has), (said & ~y, n_lacks), (~said & ~y, n_lacks)]
        rows.append([name, *(share(int(part.sum()), whole) for part, whole in counts)])
    columns = ["Label", "Found (sensitivity)", "Missed", "False alarm", "Correctly rejected (specificity)"]
    return Table("Decisions of each label", columns, rows)


def confusion_of_classes(evaluation):
    """Return the table of true against predicted classes, or None if a record may have several labels."""
    if evaluation.kind != "classes":
        return None
    names, true, said = evaluation.names, evaluation.truth.argmax(axis=1), evaluation.decided.argmax(axis=1)
    rows = []
    for i, name in enumerate(names):
        counts = np.bincount(said[true == i], minlength=len(names))
        rows.append([name, *(share(int(n), int(counts.sum())) for n in counts)])
    return Table("True classes (rows) against predicted classes", ["True", *names], rows)

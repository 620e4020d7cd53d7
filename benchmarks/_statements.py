"""Scores of a model of all 71 statements of PTB-XL on the six tasks of the benchmark."""

import numpy as np

from skecg.datasets import describe_statements

GROUPS = ("diagnostic", "form", "rhythm")
LEVELS = {"subdiagnostic": "subclass", "superdiagnostic": "superclass"}


def by_task(task, y, p, names):
    """Yield the name, labels and probabilities of a task; of "all", of each task, for the records that have its labels.

    The probability of a superclass or subclass is that of at least one of its statements, as if they were independent.
    """
    if task != "all":
        yield task, y, p
        return
    statements = describe_statements().loc[list(names)]
    groups = {"all": np.full(len(names), True)} | {group: statements[group].to_numpy(bool) for group in GROUPS}
    for group, chosen in groups.items():
        yield group, *_labelled(y[:, chosen], p[:, chosen])
    for coarser, level in LEVELS.items():
        members = [statements[level] == name for name in sorted(statements[level].dropna().unique())]
        truth = [y[:, chosen].any(axis=1) for chosen in members]
        merged = [1 - np.prod(1 - p[:, chosen], axis=1) for chosen in members]
        yield coarser, *_labelled(np.column_stack(truth), np.column_stack(merged))


def _labelled(y, p):
    labelled = y.any(axis=1)
    return y[labelled], p[labelled]

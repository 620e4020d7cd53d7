"""Scores of a model of all 71 statements of PTB-XL on the six tasks of the benchmark."""

import numpy as np

from skecg.datasets import describe_statements

GROUPS = ("diagnostic", "form", "rhythm")
LEVELS = {"subdiagnostic": "subclass", "superdiagnostic": "superclass"}


def by_task(y, p, names):
    """Yield the name, labels and probabilities of each task, for the records that have a label of the task.

    The probability of a superclass or subclass is that of at least one of its statements, as if they were independent.
    """
    statements = describe_statements().loc[list(names)]
    groups = {"all": np.full(len(names), True)} | {group: statements[group].to_numpy(bool) for group in GROUPS}
    for task, chosen in groups.items():
        yield task, *_labelled(y[:, chosen], p[:, chosen])
    for task, level in LEVELS.items():
        members = [statements[level] == name for name in sorted(statements[level].dropna().unique())]
        truth = [y[:, chosen].any(axis=1) for chosen in members]
        merged = [1 - np.prod(1 - p[:, chosen], axis=1) for chosen in members]
        yield task, *_labelled(np.column_stack(truth), np.column_stack(merged))


def _labelled(y, p):
    labelled = y.any(axis=1)
    return y[labelled], p[labelled]

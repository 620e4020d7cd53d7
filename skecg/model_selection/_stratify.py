"""Iterative stratification of records, or of whole groups of records."""

import numpy as np
from sklearn.utils.multiclass import type_of_target


def assign(counts, sizes, shares, rng=None):
    """Assign units to folds so that every fold has about its share of each label.

    The units of the rarest label are assigned first, each to the fold that lacks most records of the
    label [1]_. Units with most records come first, because later units cannot balance a large unit.

    Parameters
    ----------
    counts : ndarray of shape (n_units, n_labels)
        Positive records of each unit.
    sizes : ndarray of shape (n_units,)
        Records of each unit.
    shares : ndarray of shape (n_folds,)
        Wanted share of the records in each fold; they add up to one.
    rng : RandomState, default=None
        Shuffles the units and breaks ties at random; by default the first fold wins a tie.

    Returns
    -------
    fold : ndarray of shape (n_units,)

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.
    """
    n_units, n_folds = len(counts), len(shares)
    order = np.arange(n_units) if rng is None else rng.permutation(n_units)
    order = order[np.argsort(-sizes[order], kind="stable")]
    wanted, room = np.outer(shares, counts.sum(axis=0)), shares * sizes.sum()
    fold = np.full(n_units, -1)
    tie = np.zeros(n_folds)

    def deal(unit, want):
        nonlocal tie
        if rng is not None:
            tie = rng.random_sample(n_folds)
        best = np.lexsort((tie, -np.round(room, 9), -np.round(want, 9)))[0]
        fold[unit] = best
        wanted[best] -= counts[unit]
        room[best] -= sizes[unit]

    while True:
        free = order[fold[order] < 0]
        left = (counts[free] > 0).sum(axis=0)
        if not left.any():
            break
        label = np.where(left > 0, left, n_units + 1).argmin()
        for unit in free[counts[free, label] > 0]:
            deal(unit, wanted[:, label])
    for unit in free:
        deal(unit, room)
    return fold


def units_of(Y, groups):
    """Return the unit of each record, the counts of the labels in each unit, and the sizes of the units."""
    if groups is None:
        return np.arange(len(Y)), Y.astype(np.int64), np.ones(len(Y), np.int64)
    _, unit = np.unique(groups, return_inverse=True)
    counts = np.zeros((unit.max() + 1, Y.shape[1]), np.int64)
    np.add.at(counts, unit, Y.astype(np.int64))
    return unit, counts, np.bincount(unit)


def as_indicator(y):
    """Return classes or labels as a bool indicator, (n_records, n_classes) or (n_records, n_labels)."""
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        return np.asarray(y).astype(bool)
    if kind not in {"binary", "multiclass"}:
        raise ValueError(f"Unknown label type: {kind}. y must hold classes, or a 0/1 indicator of labels.")
    y = np.asarray(y).ravel()
    return y[:, None] == np.unique(y)


def check_rare(Y, groups, n_splits):
    """Return a message about labels with fewer positive records (or patients) than folds, or an empty string."""
    _, counts, _ = units_of(Y, groups)
    positives = (counts > 0).sum(axis=0)
    rare = np.flatnonzero((positives > 0) & (positives < n_splits))
    if not len(rare):
        return ""
    what = "records" if groups is None else "patients"
    listed = ", ".join(f"label {k}: {positives[k]}" for k in rare[:5]) + (", ..." if len(rare) > 5 else "")
    return (
        f"There are fewer positive {what} than the {n_splits} folds ({listed}): some folds will have none to train or "
        "test on. Use fewer folds, or leave out such labels."
    )

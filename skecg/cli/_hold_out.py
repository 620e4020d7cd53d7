"""Which records are kept apart for scores."""

import warnings

import numpy as np


def hold_out(target, groups, share, seed, names):
    """Split the records in two, patients kept whole, and every class in both parts if it has two patients.

    Parameters
    ----------
    target : ndarray of shape (n_records,) or (n_records, n_labels)
        Classes, or an indicator.
    groups : ndarray of shape (n_records,), or None
        The patient of each record; by default every record is one.
    share : float
        Of the patients of every class that are held out.
    seed : int
    names : sequence of str
        The labels of the columns of an indicator; classes are their own names.

    Returns
    -------
    rows, held_out : ndarray of int
        To train on, where every class is; and to score.

    Raises
    ------
    ValueError
        If there would be less than two patients to score.

    Warns
    -----
    UserWarning
        If a class is too small to be in both parts: it is trained on and not scored.
    """
    if not share:
        return np.arange(len(target)), np.arange(0)
    if target.ndim == 1:
        names = np.unique(target)
    Y = target != 0 if target.ndim == 2 else target[:, None] == names
    _, patient = np.unique(np.arange(len(Y)) if groups is None else groups, return_inverse=True)
    has = np.zeros((patient.max() + 1, Y.shape[1]), bool)
    np.logical_or.at(has, patient, Y)
    held = _draw(has, share, np.random.default_rng(seed))
    counts = [f"{name} ({n})" for name, n in zip(names, has.sum(axis=0), strict=True)]
    if held.sum() < 2:
        raise ValueError(
            f"Two patients at least must be held out for scores; of {len(has)} there would be {held.sum()}, as every "
            f"class must be trained on too: {', '.join(counts[:10])}. --hold-out 0 trains on all."
        )
    unscored = np.flatnonzero(has.any(axis=0) & ~has[held].any(axis=0))
    if len(unscored):
        told = ", ".join(counts[label] for label in unscored)
        warnings.warn(f"Too few patients to be held out as well, so trained on and not scored: {told}.", stacklevel=2)
    return np.flatnonzero(~held[patient]), np.flatnonzero(held[patient])


def _draw(has, share, rng):
    """Return which patients are held out, given which labels each has; the rarest label is dealt first."""
    held, free = np.zeros(len(has), bool), np.ones(len(has), bool)
    order = rng.permutation(len(has))
    labels = has.T[np.argsort(has.sum(axis=0), kind="stable")]
    for of_label in [*labels, ~has.any(axis=1)]:
        patients = order[of_label[order]]
        n_wanted = min(max(int(share * len(patients) + 0.5), 1), len(patients) - 1) - held[patients].sum()
        held[patients[free[patients]][: max(n_wanted, 0)]] = True
        free[patients] = False
    for of_label in labels:
        if of_label.any() and not (of_label & ~held).any():
            held[of_label.argmax()] = False
    return held

"""Choose the records that are held out to compute scores."""

import numpy as np

from .._warn import warn


def hold_out(target, groups, share, seed, names):
    """Split the records by patient into two parts, each with every class that has at least two patients.

    Parameters
    ----------
    target : ndarray of shape (n_records,) or (n_records, n_labels)
        Classes, or an indicator.
    groups : ndarray of shape (n_records,), or None
        The patient of each record; with None every record is a separate patient.
    share : float
        Share of the patients of every class that is held out.
    seed : int
    names : sequence of str
        The names of the columns of an indicator; ignored for classes.

    Returns
    -------
    rows, held_out : ndarray of int
        The records to train on, which contain every class, and the records to score.

    Raises
    ------
    ValueError
        If fewer than two patients would be held out.

    Warns
    -----
    UserWarning
        If a class has too few patients to be in both parts: it is trained on and not scored.
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
        listed = ", ".join(counts[label] for label in unscored)
        message = f"Too few patients to hold some out, so these classes are trained on and not scored: {listed}."
        warn(message)
    return np.flatnonzero(~held[patient]), np.flatnonzero(held[patient])


def _draw(has, share, rng):
    """Return which patients are held out, given the labels of each patient; start with the rarest label."""
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

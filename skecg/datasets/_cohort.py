"""Draw the patients of a synthetic data set: records, labels, age and sex."""

from __future__ import annotations

import numpy as np

from skecg.datasets._findings import GROUPS, MEAN_AGE


def draw_cohort(n_records, n_patients, classes, weights, multilabel, rng):
    """Draw the patient, the labels, the age and the sex of every record.

    Parameters
    ----------
    n_records : int
    n_patients : int or None
        By default one patient for two records, but at least one for each class that has a record.
    classes : list of str
    weights : ndarray of shape (n_classes,)
        Shares of the classes, which add up to one.
    multilabel : bool
        Whether three of ten patients with a finding get a second one of another group.
    rng : numpy.random.Generator

    Returns
    -------
    patient : ndarray of shape (n_records,), int
    has : ndarray of shape (n_records, n_classes), bool
    age : ndarray of shape (n_records,), float
    male : ndarray of shape (n_records,), bool
    """
    counts = _apportion(weights * n_records, n_records)
    n_present = int((counts > 0).sum())
    if n_patients is None:
        n_patients = max(-(-n_records // 2), n_present)
    if not n_present <= n_patients <= n_records:
        raise ValueError(
            f"n_patients must lie between {n_present}, the classes that have records (all records of a patient "
            f"show the same), and n_records={n_records}; got {n_patients}."
        )
    patients = _apportion(counts * n_patients / n_records, n_patients, low=np.minimum(counts, 1), high=counts)
    label = np.repeat(np.arange(len(classes)), patients)
    has = label[:, None] == np.arange(len(classes))
    if multilabel:
        _add_second_findings(has, classes, rng)
    age = np.array([MEAN_AGE.get(classes[k], 62) for k in label]) + 14 * rng.standard_normal(n_patients)
    age, male = np.clip(np.round(age), 18, 95), rng.random(n_patients) < 0.5
    patient = np.concatenate([_records_of(np.flatnonzero(label == k), counts[k], rng) for k in range(len(classes))])
    patient = rng.permutation(patient)
    names = rng.permutation(n_patients)
    return names[patient], has[patient], age[patient], male[patient]


def _records_of(patients, n_records, rng):
    """Give each patient one record and draw the patients of the other records."""
    if not len(patients):
        return patients
    return np.concatenate([patients, rng.choice(patients, n_records - len(patients))])


def _apportion(shares, total, low=0, high=np.inf):
    """Round shares to whole numbers between `low` and `high` with the given sum."""
    numbers = np.clip(np.floor(shares + 1e-9), low, high)
    while (missing := total - numbers.sum()) != 0:
        step = np.sign(missing)
        free = (numbers < high) if step > 0 else (numbers > low)
        numbers[np.argmax(np.where(free, step * (shares - numbers), -np.inf))] += step
    return numbers.astype(np.int64)


def _add_second_findings(has, classes, rng):
    """Add a compatible second finding to about three tenths of the ill rows of `has`, in place."""
    groups = np.array([GROUPS[name] for name in classes])
    for row in np.flatnonzero(rng.random(len(has)) < 0.3):
        first = has[row].argmax()
        others = np.flatnonzero((groups != groups[first]) & (groups != GROUPS["NORM"]))
        if groups[first] != GROUPS["NORM"] and len(others):
            has[row, rng.choice(others)] = True

"""A synthetic cohort of patients with suspected pulmonary embolism."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from sklearn.utils import Bunch, check_random_state

from skecg.datasets._synthetic import make_ecg
from skecg.records import STANDARD_LEADS, ECGRecords

from .._scikit_learn import Interval, validate_params

__all__ = ["make_pe_cohort"]

# Shares of the findings in those without embolism who have neither a fast heart nor right bundle
# branch block: ours, of the order of an emergency department.
OTHERS = {"NORM": 0.58, "STD": 0.12, "AF": 0.09, "LBBB": 0.06, "STE": 0.05, "1AVB": 0.04, "PVC": 0.03, "PAC": 0.03}
FAST = 95  # beats a minute above which a fast heart counts as a confounder

_DESCR = """Synthetic cohort of suspected pulmonary embolism

NO PATIENT IS REAL. 12-lead ECGs in mV, made by skecg.datasets.make_pe_cohort: it has the size and
the share of positives of the private set PE-HSM (Valente Silva 2023) as Marques & Oliveira 2025
(arXiv 2503.08960) report them, and nothing else of it. Scores on it say how methods compare and
whether code works; they say nothing about the diagnosis of pulmonary embolism.

Positives show sinus tachycardia, S1Q3T3, right bundle branch block and T inversion in V1 to V4,
each in a share of them only; negatives have fast hearts and right bundle branch block too.
"""


@validate_params(
    {
        "n_records": [Interval(Integral, 20, None, closed="left")],
        "prevalence": [Interval(Real, 0, 1, closed="neither")],
        "n_patients": [Interval(Integral, 1, None, closed="left"), None],
        "tachycardia": [Interval(Real, 0, 1, closed="both")],
        "rbbb": [Interval(Real, 0, 1, closed="both")],
        "difficulty": [Interval(Real, 0, 1, closed="both")],
        "fs": [Interval(Real, 50, 10_000, closed="both")],
        "duration": [Interval(Real, 1, 3600, closed="both")],
        "leads": ["array-like"],
        "random_state": ["random_state"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def make_pe_cohort(
    n_records=927,
    *,
    prevalence=0.25,
    n_patients=None,
    tachycardia=0.2,
    rbbb=0.1,
    difficulty=0.7,
    fs=500,
    duration=10.0,
    leads=STANDARD_LEADS,
    random_state=None,
    return_X_y=False,
):
    """Make a synthetic cohort of suspected acute pulmonary embolism, small and imbalanced.

    No patient is real: the cohort replaces sets like the private PE-HSM and has by default the size
    and the share of positives of PE-HSM [1]_. `make_ecg` makes the ECGs. The signs that a lazy model
    would learn, a fast heart and right bundle branch block, occur in the negatives as well.

    Parameters
    ----------
    n_records : int, default=927
        Number of ECGs, at least 20. The default is the number in PE-HSM.
    prevalence : float, default=0.25
        Share of records with pulmonary embolism. The default is that of PE-HSM, as its class weight implies.
    n_patients : int, default=None
        Number of patients, who are all positive or all negative; by default nine for ten records.
    tachycardia : float, default=0.2
        Share of the negatives with a fast heart, above 95 beats a minute. Some of them
        have another sign of a strained right heart too, as in chronic lung disease.
    rbbb : float, default=0.1
        Share of the negatives with right bundle branch block. The rest of the negatives is mostly
        normal, or has ST changes, atrial fibrillation, another block or premature beats.
    difficulty : float, default=0.7
        As in `make_ecg`; how rare and faint the signs of embolism are, and how noisy the records.
    fs : float, default=500
        Sampling rate in Hz.
    duration : float, default=10.0
        Length of the records in s.
    leads : sequence of str, default=the standard twelve
        Leads to return, out of the twelve, in this order.
    random_state : int, RandomState instance or None, default=None
        Seed: the same seed gives the same bytes.
    return_X_y : bool, default=False
        If True, return `(data, target)` instead of the Bunch.

    Returns
    -------
    bunch : Bunch
        data : ECGRecords
            The signals in mV, with `age` (years), `sex` and `patient_id` in the metadata.
        target : ndarray of shape (n_records,), int
            1 with pulmonary embolism, 0 without.
        target_names : list of str
            "no PE" and "PE".
        finding : ndarray of shape (n_records,), str
            What each ECG was made to show: "PE", "tachycardia", or a class of `make_ecg`. An ECG with "PE"
            may show no sign of an embolism. Do not use `finding` as a model's input.
        DESCR : str
            Description of the data and of their limits.

    Raises
    ------
    ValueError
        If there is no positive or no negative record, the confounders add up to more than all
        negatives, or `n_patients` is larger than `n_records` or too small for the findings.

    Notes
    -----
    Published models reach an AUROC of 0.59 to 0.75 for embolism from the ECG alone. Here, with the
    defaults at 100 Hz and seed 0, five folds by patient: a ResNet18 on windows of 250 samples, 20 epochs,
    reaches 0.79 (0.72 to 0.85), a ridge-like logistic regression on the median beat and the rate 0.73,
    400 trees on the same 0.81, and the heart rate alone 0.52.

    References
    ----------
    .. [1] J. M. Marques, A. L. Oliveira, "Are ECGs enough? Deep learning classification of pulmonary
       embolism using electrocardiograms", arXiv 2503.08960, 2025.

    Examples
    --------
    >>> from skecg.datasets import make_pe_cohort
    >>> cohort = make_pe_cohort(40, fs=100, random_state=0)
    >>> cohort.data
    ECGRecords(40 records, 12 leads, 1000 samples, 100 Hz; age, sex, patient_id)
    >>> int(cohort.target.sum())
    10
    """
    n_positive = round(n_records * prevalence)
    n_negative = n_records - n_positive
    n_fast, n_rbbb = round(n_negative * tachycardia), round(n_negative * rbbb)
    if not 0 < n_positive < n_records:
        raise ValueError(f"prevalence={prevalence} leaves {n_positive} of {n_records} records positive.")
    if n_fast + n_rbbb > n_negative:
        raise ValueError(f"tachycardia={tachycardia} and rbbb={rbbb} add up to more than all negatives.")
    n_patients = max(1, round(0.9 * n_records)) if n_patients is None else n_patients
    if n_patients > n_records:
        raise ValueError(f"n_patients must be at most n_records={n_records}, got {n_patients}.")
    rng = check_random_state(random_state)
    settings = {"fs": fs, "duration": duration, "leads": leads, "difficulty": difficulty}
    share = n_patients / n_records
    shares = np.append(n_rbbb, (n_negative - n_fast - n_rbbb) * np.array(list(OTHERS.values())))
    parts = [
        _part(n_positive, share, rng, classes=["PE"], **settings),
        _part(n_negative - n_fast, share, rng, classes=["RBBB", *OTHERS], weights=shares, **settings),
        _fast_hearts(n_fast, share, rng, settings),
    ]
    return _join([part for part in parts if part is not None], rng, return_X_y)


def _part(n_records, share, rng, **settings):
    """Return records and their findings, with `share` patients per record; return None without records."""
    if not n_records:
        return None
    n_patients = int(np.clip(round(share * n_records), 1, n_records))
    ecg = make_ecg(n_records, n_patients=n_patients, random_state=rng, **settings)
    return ecg.data, ecg.target


def _fast_hearts(n_records, share, rng, settings):
    """Draw records in which signs of an embolism are as rare as possible, and keep those with a fast heart."""
    if not n_records:
        return None
    noise = (0.15 + 1.7 * settings["difficulty"]) / 1.85  # the same noise as in the other records
    rare = {**settings, "difficulty": 1.0, "noise": noise}
    found, n_found, n_asked = [], 0, 3 * n_records + 10
    while n_found < n_records:
        n_patients = int(np.clip(round(share * n_asked), 1, n_asked))
        ecg = make_ecg(n_asked, classes=["PE"], n_patients=n_patients, random_state=rng, **rare)
        intervals = np.array([np.median(np.diff(peaks)) if len(peaks) > 1 else np.inf for peaks in ecg.r_peaks])
        kept = ecg.data[60 * settings["fs"] / intervals > FAST]
        found.append(kept[: n_records - n_found])
        n_found += len(found[-1])
    found = _renumbered(found)
    records = ECGRecords.concatenate(found)
    return records, np.full(n_records, "tachycardia")


def _join(parts, rng, return_X_y):
    """Join the parts in random order and give every patient a different number."""
    records = ECGRecords.concatenate(_renumbered([data for data, _ in parts]))
    finding = np.concatenate([found for _, found in parts])
    order = rng.permutation(len(records))
    _, patient = np.unique(records.metadata["patient_id"], return_inverse=True)
    names = rng.permutation(patient.max() + 1)
    metadata = records.metadata.assign(patient_id=names[patient]).iloc[order].reset_index(drop=True)
    data, finding = records[order].with_metadata(metadata), finding[order]
    target = (finding == "PE").astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, target_names=["no PE", "PE"], finding=finding, DESCR=_DESCR)


def _renumbered(parts):
    """Renumber the patients, so that different draws have different patients."""
    renumbered, start = [], 0
    for part in parts:
        metadata = part.metadata.assign(patient_id=part.metadata["patient_id"] + start)
        renumbered.append(part.with_metadata(metadata))
        start += 1 + (0 if not len(part) else int(part.metadata["patient_id"].max()))
    return renumbered

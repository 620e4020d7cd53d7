"""Synthetic 12-lead ECGs with their patients, diagnoses and beats."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from sklearn.utils import Bunch
from threadpoolctl import threadpool_limits

from skecg.datasets import _cohort, _dipole, _findings, _noise, _rhythm
from skecg.records import STANDARD_LEADS, ECGRecords

from .._scikit_learn import Interval, validate_params

__all__ = ["make_ecg"]

BLOCK = 32  # records made at once, so that the arrays stay in the cache


@validate_params(
    {
        "n_records": [Interval(Integral, 1, None, closed="left")],
        "classes": ["array-like"],
        "weights": ["array-like", None],
        "multilabel": ["boolean"],
        "fs": [Interval(Real, 50, 10_000, closed="both")],
        "duration": [Interval(Real, 1, 3600, closed="both"), tuple],
        "n_patients": [Interval(Integral, 1, None, closed="left"), None],
        "leads": ["array-like"],
        "difficulty": [Interval(Real, 0, 1, closed="both")],
        "noise": [Interval(Real, 0, 100, closed="both")],
        "mains": [Interval(Real, 10, 1000, closed="both"), None],
        "fault_rate": [Interval(Real, 0, 1, closed="both")],
        "random_state": ["random_state", np.random.Generator],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def make_ecg(
    n_records=100,
    *,
    classes=("NORM", "AF", "1AVB", "LBBB", "RBBB", "PAC", "PVC", "STE", "STD", "PE"),
    weights=None,
    multilabel=False,
    fs=500,
    duration=10.0,
    n_patients=None,
    leads=STANDARD_LEADS,
    difficulty=0.5,
    noise=1.0,
    mains=50.0,
    fault_rate=0.0,
    random_state=None,
    return_X_y=False,
):
    """Make labelled 12-lead ECGs of patients who do not exist.

    The heart is a dipole that moves through space. Each wave of a beat (P, Q, R, S, ST, T)
    is a bell-shaped pulse in time, as in [1]_, along a direction in space, as in [2]_, and the
    matrix of Dower [3]_ turns the dipole into leads. Intervals between beats follow respiration;
    age and sex shift rate, axis, intervals and voltages; the electrodes add baseline wander,
    mains hum and muscle noise. The same patient has the same anatomy in every record.

    Parameters
    ----------
    n_records : int, default=100
        Number of ECGs.
    classes : sequence of str, default=the first ten
        What the ECGs show, in the order of `target_names`: "NORM" (sinus rhythm, nothing
        wrong), "AF" (atrial fibrillation), "1AVB" (first-degree atrioventricular block),
        "LBBB" and "RBBB" (left and right bundle branch block), "PAC" and "PVC" (premature
        atrial and ventricular beats), "STE" and "STD" (ST elevation and depression) and
        "PE" (acute pulmonary embolism: sinus tachycardia, S1Q3T3, right bundle branch block
        and T inversion in V1 to V4, each in a share of the patients only). More, with the codes of PTB-XL:
        "AMI", "ASMI", "IMI" and "LMI" (anterior, anteroseptal, inferior and lateral infarction), "LVH" (left
        ventricular hypertrophy with strain), "LAFB" and "LPFB" (left anterior and posterior fascicular block), "WPW"
        (pre-excitation), "LNGQT" (long QT), "PACE" (pacing of the right ventricle), "AFLT" (atrial flutter with
        2:1 to 4:1 conduction) and, of ours, "VT" (ventricular tachycardia).
    weights : sequence of float, default=None
        Share of each class in the records; by default all classes have the same share.
    multilabel : bool, default=False
        If True, three of ten patients who have a finding get a second, compatible finding,
        and `target` is an indicator.
    fs : float, default=500
        Sampling rate in Hz, 50 to 10,000.
    duration : float or tuple of two floats, default=10.0
        Length of the records in s, 1 to 3600; a pair (shortest, longest) draws a
        length for each record.
    n_patients : int, default=None
        Number of patients, each with at least one record; all records of a patient show
        the same classes. By default one patient for two records.
    leads : sequence of str, default=the standard twelve
        Leads to return, out of the twelve, in this order.
    difficulty : float, default=0.5
        From 0 (trivial: full findings, hardly any noise) to 1 (hard: findings at a quarter
        to the whole of their size, look-alikes in other records, much noise, and the signs
        of pulmonary embolism as rare as in an emergency department [4]_).
    noise : float, default=1.0
        Factor on wander, hum and muscle noise. 0 and the same `random_state` give the
        same hearts without noise.
    mains : float or None, default=50.0
        Frequency of the hum in Hz. There is no hum if `fs` is too low for it.
    fault_rate : float, default=0.0
        Share of the records with an electrode fault: the arms swapped, an electrode loose
        or off. If it is not zero, the metadata name the fault of each record.
    random_state : int, Generator, RandomState or None, default=None
        Seed: the same seed gives the same bytes. NumPy's global random state is neither
        used nor changed.
    return_X_y : bool, default=False
        If True, return `(data, target)` instead of the Bunch.

    Returns
    -------
    bunch : Bunch
        data : ECGRecords
            The signals in mV, with `age` (years), `sex` and `patient_id` in the metadata.
        target : ndarray of shape (n_records,) or (n_records, n_classes)
            Names of the classes; with `multilabel` an int indicator.
        target_names : ndarray of shape (n_classes,)
            The classes.
        r_peaks : list of ndarray of int
            Samples of the R peaks of each record.
        DESCR : str
            Description of the data.

    Raises
    ------
    ValueError
        If a class or lead is unknown or given twice, the weights do not fit the classes,
        a number is out of its range, or there are more patients than records or fewer
        than classes.

    References
    ----------
    .. [1] McSharry, Clifford, Tarassenko and Smith 2003, "A dynamical model for generating
       synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3).
    .. [2] Sameni, Clifford, Jutten and Shamsollahi 2007, "Multichannel ECG and noise modeling",
       EURASIP J. Adv. Signal Process. 043407.
    .. [3] Dower, Machado and Osborne 1980, "On deriving the electrocardiogram from
       vectorcardiographic leads", Clin. Cardiol. 3(2).
    .. [4] Marchick et al. 2010, "12-lead ECG findings of pulmonary hypertension occur more
       frequently in emergency department patients with pulmonary embolism", Ann. Emerg. Med. 55(4).

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> ecg = make_ecg(6, classes=["NORM", "PE"], fs=100, n_patients=3, random_state=0)
    >>> ecg.data
    ECGRecords(6 records, 12 leads, 1000 samples, 100 Hz; age, sex, patient_id)
    >>> sorted(ecg.target.tolist())
    ['NORM', 'NORM', 'NORM', 'PE', 'PE', 'PE']
    """
    classes = _names(classes, "classes", tuple(_findings.FINDINGS))
    leads = _names(leads, "leads", STANDARD_LEADS)
    weights = _shares(weights, len(classes))
    cohort, hearts, electrodes = _streams(random_state)
    patient, has, age, male = _cohort.draw_cohort(n_records, n_patients, classes, weights, multilabel, cohort)
    lengths = np.round(_durations(duration, n_records, cohort) * fs).astype(np.int64)
    heart = _findings.draw_hearts(patient, age, male, classes, has, difficulty, hearts)
    times, kinds = _rhythm.beat_times(heart, lengths / fs, hearts)
    recorder = _noise.draw_recorder(n_records, difficulty, noise, fault_rate, mains, electrodes)
    signals = np.empty((n_records, len(leads), lengths.max()), np.float32)
    chosen = [STANDARD_LEADS.index(lead) for lead in leads]
    # The matrix products are many and small: on a busy machine, synchronizing BLAS threads takes ten times as long.
    with threadpool_limits(1, user_api="blas"):
        for start in range(0, n_records, BLOCK):
            rows = slice(start, start + BLOCK)
            dipoles = _rhythm.dipoles(heart.take(rows), times[rows], kinds[rows], lengths.max(), fs, hearts)
            eight = _dipole.DOWER.astype(np.float32) @ dipoles
            _noise.disturb(eight, heart.take(rows), recorder.take(rows), fs, electrodes)
            signals[rows] = _twelve(eight)[:, chosen]
    metadata = {"age": age, "sex": np.where(male, "male", "female"), "patient_id": patient}
    if fault_rate:
        metadata["fault"] = np.array(_noise.FAULTS)[recorder.faults]
    cut = signals if np.ptp(lengths) == 0 else [signal[:, :end] for signal, end in zip(signals, lengths, strict=True)]
    data = ECGRecords(cut, fs, leads=leads, metadata=metadata)
    target = has.astype(int) if multilabel else np.array(classes)[has.argmax(axis=1)]
    if return_X_y:
        return data, target
    samples = [np.round(row * fs).astype(int) for row in times]
    peaks = [row[(row >= 0) & (row < end)] for row, end in zip(samples, lengths, strict=True)]
    return Bunch(data=data, target=target, target_names=np.array(classes), r_peaks=peaks, DESCR=_describe(classes))


def _names(names, what, available):
    """Return the names as a list; raise ValueError if a name is not available or is given twice."""
    names = [names] if isinstance(names, str) else [str(name) for name in names]
    unknown = [name for name in names if name not in available]
    if unknown:
        raise ValueError(f"{what} has {unknown}, which make_ecg cannot make; it can make {', '.join(available)}.")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{what} must have at least one name, and each once; got {names}.")
    return names


def _shares(weights, n_classes):
    try:
        shares = np.ones(n_classes) if weights is None else np.asarray(weights, np.float64)
        wrong = shares.shape != (n_classes,) or not (shares >= 0).all() or not 0 < shares.sum() < np.inf
    except (TypeError, ValueError):
        wrong = True
    if wrong:
        raise ValueError(
            f"weights must hold {n_classes} numbers, one per class, none negative, not all 0; got {weights}."
        )
    return shares / shares.sum()


def _streams(random_state):
    """Return three independent generators, so that the noise does not change the patients."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31, size=4)
    return np.random.default_rng(random_state).spawn(3)


def _durations(duration, n_records, rng):
    if not isinstance(duration, tuple):
        return np.full(n_records, duration, np.float64)
    numbers = len(duration) == 2 and all(isinstance(value, Real) for value in duration)
    if not numbers or not 1 <= duration[0] <= duration[1] <= 3600:
        raise ValueError(f"duration must be (shortest, longest) in s, between 1 and 3600; got {duration}.")
    return rng.uniform(*duration, n_records)


def _twelve(eight):
    """Derive III, aVR, aVL and aVF from I and II: (n_records, 8, n_times) to (n_records, 12, n_times)."""
    one, two = eight[:, 0], eight[:, 1]
    limbs = np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2], axis=1)
    return np.concatenate([limbs, eight[:, 2:]], axis=1)


def _describe(classes):
    lines = [f"{name}: {_findings.FINDINGS[name][0]}" for name in classes]
    return "Synthetic 12-lead ECGs in mV, made by skecg.datasets.make_ecg. No patient is real.\n\n" + "\n".join(lines)

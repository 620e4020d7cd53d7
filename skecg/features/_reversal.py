"""Detect exchanged limb electrodes from the shape of the median beat."""

from functools import cache
from pathlib import Path

import numpy as np

from ..records import ECGRecords
from ..records.blocks import iter_blocks
from ..signal import apply_filter, design_filter, find_r_peaks_batch, rate_ratio, resample

FS = 100  # Hz, the rate at which beats are compared
LEADS = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")  # the other four follow from I and II
ARRANGEMENTS = {
    "": (0, 1, 2),
    "LA-LL": (0, 2, 1),
    "RA-LA": (1, 0, 2),
    "rotated": (1, 2, 0),
    "rotated back": (2, 0, 1),
    "RA-LL": (2, 1, 0),
}
"""The electrodes whose potentials stand in the places of right arm, left arm and left leg."""
LIMB_ELECTRODES = "limb electrodes seem to be exchanged"
_WINDOW = np.arange(-25, 45)  # samples around the R peak
_P, _QRS, _T = slice(2, 20), slice(20, 32), slice(35, 68)
_BASELINE = slice(19, 21)  # between P and QRS
_LEAST_BEATS = 3
_WEIGHTS = Path(__file__).with_name("limb_reversal.npz")
_LARGEST = 6.0  # standard deviations


def limb_reversal(records):
    """Return which limb electrodes of each record seem to be exchanged.

    A small network scores how plausible each of the six arrangements of the electrodes RA, LA and LL is, from the
    median beat of limb and chest leads. A reversal is reported if another arrangement is more plausible than the
    recorded one by a margin that 99.5 % of the records of PTB-XL do not reach.

    Parameters
    ----------
    records : ECGRecords
        Records with the leads I, II and V1 to V6, among others, in mV.

    Returns
    -------
    reversal : ndarray of str, shape (n_records,)
        "RA-LA", "LA-LL" or "RA-LL"; "rotated" or "rotated back" if all three electrodes are in a wrong place; "" if
        the recorded arrangement is plausible, or if a record has fewer than three beats.

    Raises
    ------
    ValueError
        If a lead is missing.
    TypeError
        If `records` is not an ECGRecords.

    Notes
    -----
    Trained on the folds 1 to 8 of PTB-XL (Wagner et al. 2020, CC BY 4.0), whose electrodes were exchanged in
    software: with the potentials RA, LA and LL, which sum to zero, I = LA - RA and II = LL - RA, and an exchange
    leaves the chest leads as they are. The page of the guide on deployment gives sensitivity and specificity on
    fold 9. Dextrocardia and an ectopic atrial rhythm look like a reversal.

    References
    ----------
    P. Wagner et al., "PTB-XL, a large publicly available electrocardiography dataset", Scientific Data 7 (2020) 154.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import limb_reversal
    >>> limb_reversal(make_ecg(2, classes=["NORM"], fs=100, random_state=0).data).tolist()
    ['', '']
    """
    scores = arrangement_scores(median_beats(records))
    others = scores[:, 1:] - scores[:, :1]
    names = np.array([*ARRANGEMENTS])
    found = np.where(others.max(axis=1) > _weights()["margin"], 1 + others.argmax(axis=1), 0)
    return names[found]


def missing_leads(records):
    """Return the leads that records lack, of those in which a reversal shows."""
    there = {lead.casefold() for lead in records.leads}
    return [lead for lead in LEADS if lead.casefold() not in there]


def add_reversals(faults, records):
    """Add exchanged limb electrodes to the faults of the records that have a signal, where the leads show them.

    Parameters
    ----------
    faults : skecg.records.faults.Faults
    records : ECGRecords

    Returns
    -------
    reversals : list of str
        What `limb_reversal` says of each record; an empty text for those without a signal.
    """
    reversals = [""] * len(records)
    rows = np.flatnonzero(faults.finite & ~faults.severe)
    if missing_leads(records) or not len(rows):
        return reversals
    for row, found in zip(rows, limb_reversal(records[rows]).tolist(), strict=True):
        reversals[row] = found
        if found:
            electrodes = found if "-" in found else "all three"
            faults.found[row].append((LIMB_ELECTRODES, f"limb electrodes: {electrodes} seem to be exchanged"))
    return reversals


def median_beats(records):
    """Return the median beat of the leads I, II and V1 to V6 at 100 Hz, (n_records, 8, n_times).

    Parameters
    ----------
    records : ECGRecords

    Returns
    -------
    beats : ndarray of shape (n_records, 8, 70)
        NaN for a record with fewer than three beats.
    """
    if not isinstance(records, ECGRecords):
        raise TypeError(f"records must be ECGRecords, got {type(records).__name__}.")
    row_of = {lead.casefold(): row for row, lead in enumerate(records.leads)}
    if missing := missing_leads(records):
        raise ValueError(f"A reversal shows in the leads {', '.join(LEADS)}; the records lack {', '.join(missing)}.")
    rows = [row_of[lead.casefold()] for lead in LEADS]
    beats = np.full((len(records), len(LEADS), len(_WINDOW)), np.nan, np.float32)
    for where, block, fs in iter_blocks(records):
        beats[where] = _median_beats(block[:, rows], fs)
    return beats


def _median_beats(block, fs):
    ratio = rate_ratio(fs, FS)
    block = resample(block, *ratio) if ratio != (1, 1) else block
    block = apply_filter(block, design_filter("bandpass", FS, low=0.5, high=40))
    beats = np.full((*block.shape[:2], len(_WINDOW)), np.nan, np.float32)
    for beat, signal, peaks in zip(beats, block, find_r_peaks_batch(block, FS), strict=True):
        inside = peaks[(peaks + _WINDOW[0] >= 0) & (peaks + _WINDOW[-1] < signal.shape[1])]
        if len(inside) >= _LEAST_BEATS:
            beat[:] = np.median(signal[:, inside[:, None] + _WINDOW], axis=1)
    return beats


def arrangement_features(beats):
    """Return what the network sees of each arrangement of the electrodes.

    Parameters
    ----------
    beats : ndarray of shape (n_records, 8, n_times)

    Returns
    -------
    features : ndarray of shape (n_records, 6, n_features)
        For the waves P, QRS and T: mean, highest and lowest value of the six limb leads, and their correlations
        with the six chest leads.
    """
    one, two, chest = beats[:, 0], beats[:, 1], beats[:, 2:]
    right = -(one + two) / 3
    electrodes = np.stack([right, one + right, two + right], axis=1)
    size = np.sqrt((beats**2).mean(axis=(1, 2)))[:, None, None] + 1e-6
    arrangements = (electrodes[:, list(order)] / size for order in ARRANGEMENTS.values())
    return np.stack([_features(arranged, chest) for arranged in arrangements], axis=1)


def _features(electrodes, chest):
    right, left, leg = np.moveaxis(electrodes, 1, 0)
    limb = np.stack([left - right, leg - right, leg - left, 1.5 * right, 1.5 * left, 1.5 * leg], axis=1)
    baseline = limb[:, :, _BASELINE].mean(axis=2, keepdims=True)
    parts = []
    for wave, level in ((_P, baseline), (_QRS, 0), (_T, baseline)):
        values = limb[:, :, wave] - level
        parts += [values.mean(axis=2), values.max(axis=2), values.min(axis=2)]
    for wave in (_P, _QRS, _T):
        correlation = _unit(limb[:, :, wave]) @ _unit(chest[:, :, wave]).transpose(0, 2, 1)
        parts.append(correlation.reshape(len(limb), -1))
    return np.concatenate(parts, axis=1)


def _unit(waves):
    """Return waves without their mean and of length 1; a flat wave stays zero."""
    waves = waves - waves.mean(axis=2, keepdims=True)
    return waves / (np.linalg.norm(waves, axis=2, keepdims=True) + 1e-6)


def arrangement_scores(beats):
    """Return the score of each arrangement, (n_records, 6); zeros for a record without a median beat."""
    of = _weights()
    features = (arrangement_features(np.nan_to_num(beats)) - of["mean"]) / of["scale"]
    hidden = np.maximum(np.clip(features, -_LARGEST, _LARGEST) @ of["hidden"] + of["hidden_bias"], 0)
    return np.where(np.isnan(beats).any(axis=(1, 2))[:, None], 0, hidden @ of["output"])


@cache
def _weights():
    with np.load(_WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}

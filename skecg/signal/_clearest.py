"""Let the clearest of two or three leads decide where it shows its beats and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

MOST_LEADS = 3  # more leads outvote a disturbed one
SAME = 0.1  # s; nearer beats are the same beat
BEAT = 0.14  # s on each side of a beat that hold its QRS complex
NORMAL = (0.3, 3.0)  # of the usual height of the beats of the lead: heights of a beat without disturbance
QUIET = (0.2, 2.0)  # of that height, and of the usual peak between beats: the lead stays below both between beats
LONG = 1.8  # of the median interval; a longer one lacks a beat


def clearest_lead(envelopes: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the lead of each record whose beats stand out most from the rest.

    Parameters
    ----------
    envelopes : ndarray of shape (n_records, n_leads, n_low)
    rows, columns : ndarray of shape (n_beats,), int
        Record and sample of each beat, in order of the records.
    """
    middle = np.median(envelopes, axis=-1)
    clear = np.zeros(middle.shape)
    for row, beats in _by_record(rows, columns, len(envelopes)):
        if len(beats):
            clear[row] = np.median(envelopes[row][:, beats], axis=-1)
    return (clear / np.where(middle > 0, middle, np.inf)).argmax(axis=1)


def let_decide(
    envelope: np.ndarray, rate: float, together: tuple[np.ndarray, np.ndarray], alone: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Replace the beats of all leads by those of the clearest lead, where this lead is undisturbed.

    Parameters
    ----------
    envelope : ndarray of shape (n_records, n_low)
        Of the clearest lead.
    rate : float
        Samples per second.
    together, alone : tuple of two ndarray of shape (n_beats,), int
        Records and samples of the beats that all leads show together, and of those of the clearest lead.

    Returns
    -------
    rows, columns : ndarray of shape (n_beats,), int
    """
    n_records = len(envelope)
    found = [
        _decide(envelope[row], rate, joint, own)
        for (row, joint), (_, own) in zip(_by_record(*together, n_records), _by_record(*alone, n_records), strict=True)
    ]
    return np.repeat(np.arange(n_records), [len(each) for each in found]), np.concatenate(found)


def _by_record(rows: np.ndarray, columns: np.ndarray, n_records: int) -> Iterator[tuple[int, np.ndarray]]:
    return enumerate(np.split(columns, np.searchsorted(rows, np.arange(1, n_records))))


def _decide(envelope: np.ndarray, rate: float, joint: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the beats of one record."""
    if len(own) < 3 or len(joint) < 3:
        return joint
    height = envelope[own] / np.median(envelope[own])
    normal = (height > NORMAL[0]) & (height < NORMAL[1])
    rest = _loudest_between(envelope, rate, own) / np.median(envelope[own])
    gap = np.diff(own)
    bad = (rest > min(QUIET[0], QUIET[1] * np.median(rest))) | (gap > LONG * np.median(gap)) | ~normal[1:]
    n_bad = np.append(0, np.cumsum(bad))
    anchors = np.flatnonzero((_nearest(own, joint) <= SAME * rate) & normal)
    beats = joint
    for first, last in pairwise(anchors):
        if n_bad[last] == n_bad[first] and (last > first + 1 or _between(joint, own[first], own[last], rate).any()):
            beats = beats[~_between(beats, own[first], own[last], rate)]
            beats = np.append(beats, own[first + 1 : last])
    return np.sort(beats)


def _loudest_between(envelope: np.ndarray, rate: float, beats: np.ndarray) -> np.ndarray:
    """Return the highest value between each beat and the next one, outside their QRS complexes."""
    rest = envelope.copy()
    half = round(BEAT * rate)
    near = np.clip(beats[:, None] + np.arange(-half, half + 1), 0, len(envelope) - 1)
    rest[near] = 0
    return np.maximum.reduceat(rest, beats)[:-1]


def _between(beats: np.ndarray, first: int, last: int, rate: float) -> np.ndarray:
    return (beats > first + SAME * rate) & (beats < last - SAME * rate)


def _nearest(beats: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how far from each beat the nearest other beat is."""
    at = np.searchsorted(others, beats)
    return np.minimum(
        np.abs(others[np.minimum(at, len(others) - 1)] - beats), np.abs(others[np.maximum(at - 1, 0)] - beats)
    )

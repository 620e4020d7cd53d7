"""Recognise flutter of which each second wave reaches the ventricles: one of two waves hides in ST and T."""

from __future__ import annotations

import numpy as np

from .filtering import apply_filter, design_filter

BAND = (3.0, 20.0)  # Hz; the waves of flutter and less of T
VENTRICLES = (110.0, 172.0)  # beats a minute, half of the rates of flutter
FEWEST = 6  # beats
STEADY = (0.05, 0.01)  # of the interval, and s more: most that four of five intervals differ from the median
SAME = 0.08  # of the interval: other beats are left out of the mean
PHASES = 64  # samples of one interval
QRS = (0.06, 0.08)  # s before and after the R peak that do not count
LEADS = 3  # so many leads must agree
AGREEMENT = (0.72, 0.95)  # correlation with the other half of the interval: no flutter, and clear flutter


def two_to_one(signal: np.ndarray, fs: float, peaks: np.ndarray) -> tuple[float, float]:
    """Return the rate of flutter with 2:1 conduction, and its confidence: 0 if there is no such flutter.

    The mean interval between two beats, without QRS, looks like itself half an interval later in at least three leads.
    AGREEMENT was chosen on folds 1 to 3 of PTB-XL: the third best lead of 96 sinus tachycardias reaches 0.71, that of
    6 of 11 flutters with steady fast beats exceeds 0.75.

    Parameters
    ----------
    signal : ndarray of shape (n_leads, n_times)
    fs : float
    peaks : ndarray of shape (n_beats,), int
    """
    intervals = np.diff(peaks) / fs
    if len(peaks) < FEWEST or len(signal) < LEADS:
        return np.nan, 0.0
    usual = float(np.median(intervals))
    away = np.abs(intervals - usual)
    if not VENTRICLES[0] <= 60 / usual <= VENTRICLES[1] or np.quantile(away, 0.8) > STEADY[0] * usual + STEADY[1]:
        return np.nan, 0.0
    sos = design_filter("bandpass", fs, low=BAND[0], high=min(BAND[1], 0.4 * fs))
    course = _mean_interval(apply_filter(signal, sos), peaks, away < SAME * usual)
    phase = np.arange(PHASES) / PHASES * usual
    free = (phase > QRS[1]) & (phase < usual - QRS[0])
    free &= np.roll(free, PHASES // 2)
    here, later = course[:, free], np.roll(course, PHASES // 2, axis=1)[:, free]
    here, later = (each - each.mean(axis=1, keepdims=True) for each in (here, later))
    size = np.sqrt((here**2).sum(axis=1) * (later**2).sum(axis=1))
    agreement = np.sort((here * later).sum(axis=1) / np.where(size > 0, size, np.inf))[-LEADS]
    confidence = np.clip((agreement - AGREEMENT[0]) / (AGREEMENT[1] - AGREEMENT[0]), 0, 1)
    return 120 / usual, float(confidence)


def _mean_interval(signal: np.ndarray, peaks: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return the median of the intervals between two beats, stretched to the same length, (n_leads, PHASES)."""
    phase = np.arange(PHASES) / PHASES
    first, length = peaks[:-1][usual, None], np.diff(peaks)[usual, None]
    at = first + phase * length
    below = at.astype(np.int64)
    share = at - below
    above = np.minimum(below + 1, signal.shape[1] - 1)
    return np.median(signal[:, below] * (1 - share) + signal[:, above] * share, axis=1)

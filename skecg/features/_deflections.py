"""Measure the deflections of QRS in each lead: Q, R', notches; and what the chest leads show of R, QRS and P.

The definitions stand in the docstring of `BeatFeatures`.
"""

import numpy as np

from ..signal._search import within
from ._waves import LEAST_WAVE, QRS_REACH

DEFLECTIONS = ("q_duration", "r_prime_amplitude", "qrs_notches")
CHEST = ("cornell_product_women", "r_transition", "p_terminal_force_v1")

WOMEN = 0.6  # mV that the voltage of Cornell gains in women: Okin et al. 1995
NOTCH = (0.05, 0.05)  # mV, share of the range of QRS: least depth of a notch
NOTCH_STEP = 0.004  # s; QRS is followed from one sample to the next in these steps
P_START = 0.33  # of the duration of P; the end of P begins behind it
P_TAIL = (0.03, 0.01)  # s after the end of P in all leads, and before QRS; the end of P in V1 lies before both
LEAST_P = 0.01  # mV; depth of the end of P
NOT_REACHED = 7.0  # of `r_transition`, where S is deeper than R in all chest leads


def measure_deflections(waves, r):
    """Return the deflections of QRS, {name: (n_records, n_leads)}; `r` is the sample of the R peak."""
    start, stop = max(0, round(r - QRS_REACH[0] * waves.fs)), round(r + QRS_REACH[1] * waves.fs)
    onset, end = waves.at["qrs_onset"] - start, waves.at["qrs_end"] - start
    beats = waves.beats[:, :, start:stop]
    inside = within(beats[:, 0], np.nan_to_num(onset, nan=0), np.nan_to_num(end, nan=-1) + 1)
    qrs = np.where(inside[:, None], np.nan_to_num(beats), 0)
    up, times = qrs >= LEAST_WAVE, np.arange(qrs.shape[2])
    rise = np.where(up.any(axis=2), up.argmax(axis=2), qrs.shape[2])
    values = _q_duration(qrs, times, rise) / waves.fs, _r_prime(qrs, times, rise), _notches(qrs, waves.fs)
    measurable = np.isfinite(beats[:, :, 0]) & inside.any(axis=1)[:, None]
    return {name: np.where(measurable, value, np.nan) for name, value in zip(DEFLECTIONS, values, strict=True)}


def _q_duration(qrs, times, rise):
    """Return the samples of the negative wave before the first rise; 0 without such a wave."""
    depth, length = _deepest(np.where(times < rise[:, :, None], qrs, 0))
    return np.where(depth >= LEAST_WAVE, length, 0)


def _deepest(course):
    """Return the depth of the deepest wave of each course, and its samples below a tenth of the depth."""
    times = np.arange(course.shape[-1])
    lowest = course.argmin(axis=-1)[..., None]
    depth = np.take_along_axis(course, lowest, axis=-1)
    above = course > 0.1 * depth
    start = np.where(above & (times < lowest), times, -1).max(axis=-1)
    stop = np.where(above & (times > lowest), times, len(times)).min(axis=-1)
    return -depth[..., 0], stop - start - 1


def _r_prime(qrs, times, rise):
    """Return the highest value behind the first S wave; 0 if it is no wave, or only the ST segment after S."""
    down = (qrs <= -LEAST_WAVE) & (times > rise[:, :, None])
    fall = np.where(down.any(axis=2), down.argmax(axis=2), qrs.shape[2])
    highest = np.where(times > fall[:, :, None], qrs, 0).max(axis=2)
    stop = qrs.shape[2] - 1 - (qrs[:, :, ::-1] != 0).argmax(axis=2)
    end = np.take_along_axis(qrs, stop[:, :, None], axis=2)[:, :, 0]
    return np.where(highest - np.maximum(end, 0) >= LEAST_WAVE, highest, 0)


def _notches(qrs, fs):
    """Return the number of notches: two changes of direction each, that do not belong to another deflection."""
    least = np.maximum(NOTCH[0], NOTCH[1] * np.ptp(qrs, axis=2))
    step = max(1, round(NOTCH_STEP * fs))
    filled = np.flatnonzero(qrs.any(axis=(0, 1)))
    first, stop = (filled[0] // step * step, filled[-1] + step + 1) if len(filled) else (0, 1)
    turns, deflections = np.zeros((2, *qrs.shape[:2]))
    last, sign, side = np.zeros_like(least), np.zeros_like(least), np.zeros_like(least)
    for value in np.moveaxis(qrs[:, :, first:stop:step], 2, 0):
        change = value - last
        direction = np.sign(change)
        turn = (np.abs(change) >= least) & (direction != sign)
        turns += turn
        last = np.where(turn | (direction == sign), value, last)  # the extreme in the present direction
        sign = np.where(turn, direction, sign)
        half = np.where(np.abs(value) >= least, np.sign(value), side)
        deflections += half != side
        side = half
    # the turns are one more than the extremes, because the first one leaves the baseline
    return np.maximum(np.floor((turns - 1 - deflections) / 2), 0)


def measure_chest(waves, leads, cornell_voltage, qrs_duration):
    """Return the values in the order of `CHEST`, (3, n_records); NaN if a lead is absent."""
    values = np.full((len(CHEST), len(waves.beats)), np.nan)
    values[0] = (cornell_voltage + WOMEN) * qrs_duration
    chest = waves.select(leads, ["V1", "V2", "V3", "V4", "V5", "V6"])
    if chest is not None:
        q, r, s = chest.deflections()
        values[1] = _transition(r + np.minimum(q, s))
    first = waves.select(leads, ["V1"])
    if first is not None:
        values[2] = _terminal_force(first)
    return values


def _transition(balance):
    """Return where R becomes as high as S is deep, from 1 (V1) to 6 (V6), between leads by a line."""
    found = balance >= 0
    k = np.where(found.any(axis=1), found.argmax(axis=1), 6)
    rows, before, after = np.arange(len(balance)), np.maximum(k - 1, 0), np.minimum(k, 5)
    low, high = balance[rows, before], balance[rows, after]
    between = k + np.where(k > 0, low / np.where(low < high, low - high, 1), 1)
    place = np.where(k == 6, NOT_REACHED, between)
    return np.where(np.isnan(balance).any(axis=1), np.nan, place)


def _terminal_force(first):
    """Return depth times duration of the negative end of P in V1 in mV s, (n_records,); 0 without such an end."""
    onset, end, fs = first.at["p_onset"], first.at["p_end"], first.fs
    start = onset + P_START * (end - onset)
    stop = np.minimum(end + P_TAIL[0] * fs, first.at["qrs_onset"] - P_TAIL[1] * fs)
    inside = within(first.beats[:, 0], np.nan_to_num(start), np.nan_to_num(stop, nan=-1))
    depth, length = _deepest(np.where(inside, first.beats[:, 0], 0))
    force = np.where(depth >= LEAST_P, depth * length / fs, 0)
    return np.where(inside.any(axis=1) & np.isfinite(first.beats[:, 0, 0]), force, np.nan)

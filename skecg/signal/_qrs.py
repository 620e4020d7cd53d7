"""Detect QRS complexes: compute an envelope over all leads, and choose beats among its peaks.

These functions work at about 100 to 200 Hz, on all records of a block at once. Each peak of the
envelope is a candidate. The height of a candidate is given in units of the level, the usual height of
the highest peaks nearby. The thresholds were chosen on eleven records of the first half (DS1) of the
MIT-BIH Arrhythmia Database.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft
from scipy.ndimage import maximum_filter1d, percentile_filter, uniform_filter1d

from ._choose import FAR, choose
from ._matched import matched_filter

WORKING_FS = 100.0  # Hz; the lowest working rate, unless the signal has a lower rate
BAND = (8.0, 22.0)  # Hz; QRS differs most from P, T and noise in this band: Elgendi et al. 2010
CLEAR_POWER = 1.5  # of the ratio of the power of QRS and of the rest, in the weight of a lead
CLEAREST = 300.0  # such a ratio; above it no lead is clearer than another
MATCHED_NOISE = 0.06  # least noise for a matched filter of two leads: median of the envelope in heights of beats
MATCHED_BEATS, MATCHED_INTERVAL = 8, 0.3  # least number of beats for a mean; s, in faster hearts beats overlap
PURE_NOISE, LEAST_AGREEMENT = 0.3, 0.62  # noise and correlation with the mean beat of records without any beat
LEAD_FLOOR = 1.0  # of the mean power of the leads; limits the weight of a lead with little power in the band
SMOOTHING = 0.08  # s; joins the parts of one QRS complex
LEVEL_WINDOW, LEVEL_REACH, LEVEL_PERCENTILE = 2.0, 5, 45  # s; windows on each side; percentile of their maxima
LEVEL_FLOOR = 0.12  # of the median level of the record; prevents false beats after an electrode has come off
FLAT = 1e-3  # of the highest level; a window below it is flat, as before an electrode is on
SURE, POSSIBLE = 0.36, 0.15  # least height of a beat, and of a candidate where a beat is missing
EDGE = (0.08, 0.7)  # s from the ends of a record, and least height of a beat there, as a cut wave looks steep
NOISE = (2.6, 1.8, 0.8)  # least heights, sure and possible, in medians of the envelope; a height that is always sure


def to_working_rate(signals: np.ndarray, fs: float) -> tuple[np.ndarray, float]:
    """Average neighbouring samples, and return (n_records, n_leads, n_low) float32 and its rate in Hz."""
    step = max(1, int(fs // WORKING_FS))
    signals = np.asarray(signals)
    if signals.dtype != np.float32:  # float32 would lose small values on a large offset
        signals = (signals - signals[..., :1]).astype(np.float32)
    if step == 1:
        return signals, fs
    n_low = -(-signals.shape[-1] // step)
    missing = n_low * step - signals.shape[-1]
    if missing:
        signals = np.concatenate([signals, np.repeat(signals[..., -1:], missing, axis=-1)], axis=-1)
    return signals.reshape(*signals.shape[:-1], n_low, step) @ np.full(step, 1 / step, np.float32), fs / step


def qrs_band(low: np.ndarray, rate: float) -> np.ndarray:
    """Return signals filtered to the band of QRS, float32, in units of the largest deviation of each lead."""
    n_times = low.shape[-1]
    n_fft = fft.next_fast_len(n_times + int(0.6 * rate) + 2)
    periodic = np.empty((*low.shape[:-1], n_fft), np.float32)
    inside = periodic[..., :n_times]
    np.subtract(low, low[..., :1], out=inside)
    reach = np.abs(inside).max(axis=-1, keepdims=True)
    inside /= np.where(reach > 0, reach, 1)
    ramp = np.linspace(1, 0, n_fft - n_times + 2, dtype=np.float32)[1:-1]
    np.multiply(inside[..., -1:], ramp, out=periodic[..., n_times:])  # back to the first value, 0
    spectrum = fft.rfft(periodic)
    spectrum *= _response(n_fft, rate)
    return fft.irfft(spectrum, n=n_fft, overwrite_x=True)[..., :n_times]


@lru_cache(maxsize=64)
def _response(n_fft: int, rate: float) -> np.ndarray:
    """Return the gain of a Butterworth band-pass of order 3."""
    f = fft.rfftfreq(n_fft, 1 / rate)
    low, high = BAND[0], min(BAND[1], 0.45 * rate)
    gain = np.zeros(len(f), np.float32)
    gain[1:] = 1 / np.sqrt((1 + (low / f[1:]) ** 6) * (1 + (f[1:] / high) ** 6))
    return gain


def find_beats(
    low: np.ndarray, band: np.ndarray, rate: float, reject_noise: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the beats of all records.

    Parameters
    ----------
    low : ndarray of shape (n_records, n_leads, n_low), float32
        The output of `to_working_rate`.
    band : ndarray of shape (n_records, n_leads, n_low), float32
        The output of `qrs_band`.
    rate : float
        The rate of both in Hz.
    reject_noise : bool
        Whether records whose beats have no common shape have no beats.

    Returns
    -------
    rows, columns : ndarray of shape (n_beats,), int
        Record and sample of each beat, in order.
    weights : ndarray of shape (n_records, n_leads)
        Weight of each lead, about one over its mean power.
    """
    power = band * band
    mean = power.mean(axis=-1)
    usual = mean + LEAD_FLOOR * mean.mean(axis=-1, keepdims=True)
    weights = np.where(mean > 0, 1 / np.where(usual > 0, usual, 1), 0).astype(np.float32)
    envelope = _envelope(_together(power, weights, rate), rate)
    rows, columns = _beats(band, weights, envelope, rate)
    again = _match(low, envelope, rate, rows, columns, reject_noise)
    if again.any():
        others, part = ~again[rows], np.flatnonzero(again)
        found, places = _beats(band[part], weights[part], envelope[part], rate)
        rows, columns = np.append(rows[others], part[found]), np.append(columns[others], places)
        order = np.lexsort((columns, rows))
        rows, columns = rows[order], columns[order]
    return rows, columns, weights


def _beats(band: np.ndarray, weights: np.ndarray, envelope: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return record and sample of each beat."""
    rows, columns, heights, sure = _candidates(envelope, rate)
    steepness = _steepness(band, weights, rate, rows, columns)
    chosen = choose(columns / rate + rows * FAR, heights, steepness, sure)
    return rows[chosen], columns[chosen]


def _steepness(band: np.ndarray, weights: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return how fast the slope changes around each candidate: much faster in QRS than in T."""
    half = round(SMOOTHING / 2 * rate)
    at = np.clip(columns[:, None] + np.arange(-half - 1, half + 2), 0, band.shape[2] - 1)
    parts = band[rows[:, None, None], np.arange(band.shape[1])[:, None], at[:, None]]
    bend = np.diff(parts, 2, axis=2)
    return np.sqrt(np.einsum("clt,cl->c", bend**2, weights[rows]))


def _match(
    low: np.ndarray, envelope: np.ndarray, rate: float, rows: np.ndarray, columns: np.ndarray, reject_noise: bool
) -> np.ndarray:
    """Sharpen, in place, the envelopes of noisy records with a matched filter; return which.

    The envelope becomes 0 if what was found in a very noisy record has no common shape.
    """
    matched = np.zeros(len(low), bool)
    least = MATCHED_NOISE * max(1.0, np.sqrt(low.shape[1] / 2))
    middle = np.median(envelope, axis=1)
    for row, beats in enumerate(np.split(columns, np.searchsorted(rows, np.arange(1, len(low))))):
        if len(beats) < MATCHED_BEATS:
            continue
        usual = np.median(envelope[row, beats])
        noise = middle[row] / usual
        if noise > least and np.median(np.diff(beats)) > MATCHED_INTERVAL * rate:
            course, agreement = matched_filter(low[row], rate, beats)
            course = _envelope(course**2, rate)
            height = np.median(course[beats])
            if height > 0:
                alone = reject_noise and noise > PURE_NOISE and agreement < LEAST_AGREEMENT
                envelope[row] = 0 if alone else np.sqrt(envelope[row] / usual * (course / height))
                matched[row] = True
    return matched


def _envelope(power: np.ndarray, rate: float) -> np.ndarray:
    smooth = uniform_filter1d(power, max(1, round(SMOOTHING * rate)), axis=-1, mode="nearest")
    return np.sqrt(np.maximum(smooth, 0))


def _together(power: np.ndarray, weights: np.ndarray, rate: float) -> np.ndarray:
    """Return the weighted sum of the power of the leads; a lead counts less where its QRS stand out less."""
    n_records, n_leads, n_times = power.shape
    frame = max(1, round(SMOOTHING * rate))
    width = max(1, int(LEVEL_WINDOW * rate) // frame)
    n_windows = n_times // (width * frame)
    if n_leads == 1 or not n_windows:
        return (weights[:, None] @ power)[:, 0]
    frames = power[..., : n_windows * width * frame].reshape(-1, frame) @ np.full(frame, 1 / frame, np.float32)
    frames = frames.reshape(n_records, n_leads, n_windows, width)
    high, middle = frames.max(axis=-1), np.partition(frames, width // 2, axis=-1)[..., width // 2]
    clear = high / np.where(high > 0, np.maximum(middle, high / CLEAREST), 1)
    clear = uniform_filter1d(clear, 2 * LEVEL_REACH + 1, axis=-1, mode="nearest")
    clear = (clear / np.maximum(clear.max(axis=1, keepdims=True), 1)) ** CLEAR_POWER * weights[:, :, None]
    together = np.empty((n_records, n_times), np.float32)
    for window in range(n_windows):
        stop = n_times if window == n_windows - 1 else (window + 1) * width * frame
        part = np.s_[window * width * frame : stop]
        together[:, part] = (clear[:, None, :, window] @ power[..., part])[:, 0]
    return together


def _candidates(envelope: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return record, sample and height of the peaks of the envelope, and whether each is surely above the noise."""
    n_windows = max(1, envelope.shape[1] // max(1, int(LEVEL_WINDOW * rate)))
    width = envelope.shape[1] // n_windows
    starts = np.arange(n_windows) * width
    highest = np.maximum.reduceat(envelope, starts, axis=1)
    level = percentile_filter(highest, LEVEL_PERCENTILE, size=(1, 2 * LEVEL_REACH + 1), mode="nearest")
    level = np.maximum(level, LEVEL_FLOOR * _median_of_signal(highest))
    middle = np.median(envelope[:, : n_windows * width].reshape(-1, n_windows, width), axis=-1)
    middle = percentile_filter(middle, LEVEL_PERCENTILE, size=(1, 2 * LEVEL_REACH + 1), mode="nearest")
    around = maximum_filter1d(envelope, 2 * int(0.08 * rate) + 1, axis=-1, mode="constant")
    rows, columns = np.nonzero((envelope == around) & (envelope > 0))
    windows = np.minimum(columns // width, n_windows - 1)
    levels = level[rows, windows]
    levels[levels == 0] = np.inf
    heights = envelope[rows, columns] / levels
    noise = middle[rows, windows] / levels
    near_end = np.minimum(columns, envelope.shape[1] - 1 - columns) < EDGE[0] * rate
    heights = np.where(near_end & (heights < EDGE[1]), 0, heights)
    enough = heights > np.maximum(POSSIBLE, np.minimum(NOISE[1] * noise, NOISE[2]))
    sure = heights > np.maximum(SURE, np.minimum(NOISE[0] * noise, NOISE[2]))
    return rows[enough], columns[enough], heights[enough], sure[enough]


def _median_of_signal(highest: np.ndarray) -> np.ndarray:
    """Return the median of each row without its flat windows, (n_records, 1)."""
    ordered = -np.sort(-highest, axis=1)
    n_alive = (ordered > FLAT * ordered[:, :1]).sum(axis=1)
    return (
        ordered[np.arange(len(ordered)), np.maximum(n_alive - 1, 0) // 2][:, None] if ordered.shape[1] > 1 else ordered
    )

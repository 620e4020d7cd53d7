"""Filter a noisy record again, with the filter that is best for its own QRS complexes and its own noise."""

from __future__ import annotations

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

HALF = 0.1  # s of the mean QRS on each side of its peak
SHIFT = 0.03  # s by which a beat moves to agree with the mean
SLOW = 0.6  # s; a running mean of this length is the baseline
HEIGHTS = (0.3, 2.0)  # of the mean QRS: heights at which a beat is subtracted
SPREAD = 1.0  # Hz over which the spectrum of the noise is averaged
LEAST_NOISE = 2e-4  # of the highest power of the signal
UPSIDE_DOWN = 0.25  # share of the output of a beat that is the mean beat turned over


def matched_filter(low: np.ndarray, rate: float, beats: np.ndarray) -> tuple[np.ndarray, float]:
    """Return a course that is high where a record resembles its mean QRS.

    The filter divides the spectrum of the mean QRS by the power of the noise, which is what remains without the
    beats (G. L. Turin, "An introduction to matched filters", IRE Transactions on Information Theory 6 (1960)
    311-329). So leads and frequencies with little noise count most.

    Parameters
    ----------
    low : ndarray of shape (n_leads, n_low)
    rate : float
        Samples per second.
    beats : ndarray of shape (n_beats,)
        Samples of beats, of which most are right.

    Returns
    -------
    course : ndarray of shape (n_low,)
        At least 0, in any unit.
    agreement : float
        Median correlation of the beats with their mean; about 0.5 if they are noise.
    """
    half, n_times = round(HALF * rate), low.shape[1]
    reach = np.abs(low).max(axis=-1, keepdims=True)
    low = low / np.where(reach > 0, reach, 1)
    signal = low - uniform_filter1d(low, round(SLOW * rate), axis=-1, mode="nearest")
    mean, beats = _mean_beat(signal, beats, half, round(SHIFT * rate))
    noise, agreement = _without_beats(signal, mean, beats, half)
    n_fft = fft.next_fast_len(n_times + 2 * half + 1)
    spectrum = fft.rfft(signal, n_fft)
    power = np.abs(fft.rfft(noise, n_fft)) ** 2
    power = uniform_filter1d(power, max(1, round(SPREAD * n_fft / rate)), axis=-1, mode="nearest")
    power = np.maximum(power, 0) + LEAST_NOISE * (np.abs(spectrum) ** 2).max(axis=-1, keepdims=True)
    gain = np.conj(fft.rfft(mean, n_fft)) / np.where(power > 0, power, np.inf)
    course = fft.irfft((spectrum * gain).sum(axis=0), n_fft)
    course = np.roll(course, half)[:n_times]
    return np.where(course > 0, course, -UPSIDE_DOWN * course), agreement


def _mean_beat(signal: np.ndarray, beats: np.ndarray, half: int, shift: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the median beat after alignment, tapered and without its mean, and the aligned beats."""
    power = (signal**2).mean(axis=-1, keepdims=True)
    weights = 1 / np.where(power > 0, power, np.inf)
    around, shifts = np.arange(-half, half + 1), np.arange(-shift, shift + 1)
    reach = half + 3 * shift
    for _ in range(2):
        beats = beats[(beats >= reach) & (beats < signal.shape[1] - reach)]
        mean = _cut(signal, beats, around).mean(axis=1)
        wide = _cut(signal, beats, np.arange(-half - shift, half + shift + 1))
        windows = np.lib.stride_tricks.sliding_window_view(wide, len(around), axis=2)
        agreement = np.einsum("lbsk,lk->bs", windows, (mean - mean.mean(axis=1, keepdims=True)) * weights)
        beats = beats + shifts[agreement.argmax(axis=1)]
    mean = np.median(_cut(signal, beats, around), axis=1)
    mean = (mean - mean.mean(axis=1, keepdims=True)) * np.hanning(len(around) + 2)[1:-1]
    return mean - mean.mean(axis=1, keepdims=True), beats


def _without_beats(signal: np.ndarray, mean: np.ndarray, beats: np.ndarray, half: int) -> tuple[np.ndarray, float]:
    """Subtract the mean beat at each beat, at the height that fits best; return also the median correlation."""
    noise = signal.copy()
    beats = beats[np.diff(beats, prepend=-4 * half) > 2 * half]
    around = np.arange(-half, half + 1)
    parts = _cut(signal, beats, around)
    product, size = np.einsum("lbk,lk->lb", parts, mean), (mean**2).sum(axis=1)
    height = product / np.where(size > 0, size, np.inf)[:, None]
    noise[:, beats[:, None] + around] = parts - np.clip(height, *HEIGHTS)[:, :, None] * mean[:, None]
    lead = size.argmax()
    power = ((parts[lead] - parts[lead].mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    correlation = product[lead] / np.sqrt(np.maximum(size[lead] * power, np.finfo(float).tiny))
    return noise, float(np.median(correlation))


def _cut(signal: np.ndarray, beats: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Return the values around each beat, (n_leads, n_beats, n_around)."""
    return signal[:, beats[:, None] + around]

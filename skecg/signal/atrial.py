"""Measure the rate of the atria in flutter and fibrillation."""

from __future__ import annotations

import numpy as np
from scipy import fft

from ._two_to_one import two_to_one
from .filtering import apply_filter, design_filter
from .peaks import with_peaks

__all__ = ["find_atrial_rate"]

RATES = (125.0, 31.25)  # Hz; to subtract QRS and T, and of the spectrum
BEAT = (-0.12, 0.46)  # s around the R peak, at most; QRS and T lie there
FEWEST = 4  # beats of a mean
CLIP = 4.0  # median absolute values of the rest; what is left of QRS is higher
BAND = (3.1, 9.5)  # Hz; 186 to 570 a minute
POWER = (2.5, 15.0)  # Hz; the power of the atria, of T and of noise
SPREAD = (0.3, 0.6)  # Hz on each side of the peak, to find it and for its power
OVERTONE = 0.5  # weight of the power at twice the rate: the waves of flutter are no sines
SHARES = (0.19, 0.6)  # of the power, near the peak and twice its rate: in white noise, and in clear flutter
QRS = 0.05  # s on each side of the R peak that hold most of QRS


def find_atrial_rate(signal: np.ndarray, fs: float, peaks: np.ndarray | None = None) -> tuple[float, float]:
    """Find the rate of the waves of flutter or fibrillation between and below the beats.

    Parameters
    ----------
    signal : array-like of shape (n_leads, n_times) or (n_times,)
        Voltages of one record of a few seconds or more, in any unit; neither filtered nor normalised.
    fs : float
        Sampling rate in Hz, at least 50.
    peaks : ndarray of shape (n_beats,), default=None
        Samples of the R peaks, ascending; by default those of `find_r_peaks`.

    Returns
    -------
    rate : float
        Waves a minute, 186 to 570; NaN if there are fewer than four beats. Every record has such a rate, also one in
        sinus rhythm: the confidence says whether the rate means anything.
    confidence : float
        From 0, as in noise, to 1, as in clear flutter.

    Raises
    ------
    ValueError
        If the shape is different, a value is NaN or infinite, `fs` is too low, or the peaks do not ascend within the
        signal.

    Notes
    -----
    The median beat, from 120 ms before to at most 460 ms after the R peak, is subtracted from each beat (Slocum et al.
    1985), and what remains of QRS is clipped. The rate is the highest peak of the spectrum of all leads, in units of
    their QRS and multiplied by the frequency, together with half of the power at twice the frequency; in fibrillation
    it is the dominant frequency (Bollmann et al. 1998). The confidence is the share of the power between 2.5 and 15 Hz
    that lies within 0.6 Hz of this frequency and twice this frequency: 0 at 19 % or less, 1 at 60 % or more.

    In flutter with a fixed ratio of 2 to 1, half of the waves hide in QRS and T. Then the mean interval between two
    beats looks like itself half an interval later, in at least three leads: the rate is twice that of the beats. So one
    or two leads do not show this flutter, and the confidence is low.

    References
    ----------
    J. Slocum et al., "Computer detection of atrioventricular dissociation from
    surface electrocardiograms during wide QRS complex tachycardias", Circulation 72 (1985) 1028-1036.

    A. Bollmann et al., "Frequency analysis of human atrial fibrillation using the surface electrocardiogram and its
    response to ibutilide", American Journal of Cardiology 81 (1998) 1439-1445.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import find_atrial_rate
    >>> time = np.arange(5000) / 500
    >>> flutter = 0.1 * np.sin(2 * np.pi * 5 * time) + 0.03 * np.sin(2 * np.pi * 10 * time)
    >>> beats = sum(np.exp(-0.5 * ((time - beat) / 0.012) ** 2) for beat in (0.5, 1.4, 2.4, 3.2, 4.3, 5.5, 6.5, 7.3, 9))
    >>> rate, confidence = find_atrial_rate(flutter + beats, fs=500)
    >>> round(rate, -1), confidence > 0.9
    (300.0, True)
    """
    signal, peaks = with_peaks(signal, fs, peaks)
    filtered = apply_filter(signal, design_filter("highpass", fs, low=0.5))
    double, other = two_to_one(filtered, fs, peaks), atrial_rate_of(filtered, fs, peaks)
    return double if double[1] > 0 and not other[1] > double[1] else other


def atrial_rate_of(signal: np.ndarray, fs: float, peaks: np.ndarray) -> tuple[float, float]:
    """Find the rate in a signal without baseline wander, (n_leads, n_times)."""
    if len(peaks) < FEWEST:
        return np.nan, np.nan
    step = max(1, round(fs / RATES[0]))
    rest, size = _without_beats(_averaged(signal, step), fs / step, np.round(peaks / step).astype(int))
    limit = CLIP * np.median(np.abs(rest), axis=1, keepdims=True)
    second = max(1, round(fs / step / RATES[1]))
    rest = _averaged(np.clip(rest, -limit, limit), second)
    return _dominant(*_spectrum(rest / np.where(size > 0, size, np.inf)[:, None], fs / step / second))


def _averaged(signal: np.ndarray, step: int) -> np.ndarray:
    """Return the means of `step` samples each."""
    n = signal.shape[1] // step
    return signal[:, : n * step].reshape(len(signal), n, step) @ np.full(step, 1 / step, signal.dtype)


def _without_beats(signal: np.ndarray, rate: float, peaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Subtract the median beat from each beat; return also the range of its QRS in each lead."""
    start = round(BEAT[0] * rate)
    stop = max(min(round(BEAT[1] * rate), int(np.quantile(np.diff(peaks), 0.1)) + start), 1)
    padded = np.pad(signal, ((0, 0), (-start, stop)), mode="edge")
    beats = np.stack([padded[:, peak : peak + stop - start] for peak in peaks])
    beat = np.median(beats, axis=0)
    half = round(QRS * rate)
    size = np.ptp(beat[:, max(0, -start - half) : -start + half + 1], axis=1)
    share = np.linspace(0, 1, stop - start)
    beat -= beat[:, :1] * (1 - share) + beat[:, -1:] * share  # no step where the beat begins and ends
    for peak in peaks:
        padded[:, peak : peak + stop - start] -= beat
    return padded[:, -start : padded.shape[1] - stop], size


def _spectrum(rest: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies, and the power of all leads, multiplied by the frequency."""
    n = rest.shape[1]
    n_fft = fft.next_fast_len(max(2 * n, round(rate / 0.03)), real=True)
    window = np.hanning(n).astype(rest.dtype)
    spectrum = fft.rfft((rest - rest.mean(axis=1, keepdims=True)) * window, n_fft)
    f = np.arange(spectrum.shape[1]) * (rate / n_fft)
    return f, (spectrum.real**2 + spectrum.imag**2).sum(axis=0) * f


def _dominant(f: np.ndarray, power: np.ndarray) -> tuple[float, float]:
    """Return the rate per minute at the dominant peak, and its confidence."""
    near = np.ones(2 * round(SPREAD[0] / f[1]) + 1)
    smooth = np.convolve(power, near, "same")
    score = smooth + OVERTONE * np.interp(2 * f, f, smooth, right=0)
    peak = np.zeros(len(f), bool)
    peak[1:-1] = (score[1:-1] >= score[:-2]) & (score[1:-1] > score[2:])
    peak &= (f > BAND[0]) & (f < BAND[1])
    if not peak.any():
        return np.nan, np.nan
    best = f[np.where(peak, score, -1).argmax()]
    around = np.abs(f - best) < SPREAD[0]
    best = (f[around] * power[around]).sum() / power[around].sum()
    counted = (f >= POWER[0]) & (f <= POWER[1])
    close = (np.abs(f - best) < SPREAD[1]) | (np.abs(f - 2 * best) < SPREAD[1])
    share = power[counted & close].sum() / max(power[counted].sum(), np.finfo(float).tiny)
    return float(60 * best), float(np.clip((share - SHARES[0]) / (SHARES[1] - SHARES[0]), 0, 1))

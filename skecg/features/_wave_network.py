"""Place the waves of beats with a small network, in each lead and in all leads together."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from ..networks._waves import WaveNetwork
from ..signal.delineation import BEFORE, FIDUCIALS, average_beats, delineate
from ..signal.resampling import rate_ratio, resample
from ._average import FS

RATE = 250  # Hz; of the beats that the network sees
PEAK, LENGTH = 112, 288  # samples of a beat before its R peak, and in all
QRS = (-30, 35)  # samples around the R peak, over which beats are compared
SAME = 0.9  # least correlation of the QRS of beats of one kind
BLOCK = 128  # most beats that are compared with each other, and that the network sees at once
SCALES = (0.1, 0.5)  # mV; far below them the input is proportional to the voltage, far above them it is constant
LEAST_HEIGHT = 0.02  # mV; a flatter lead stays flat
WAVE = np.array([0, 0, 0, 1, 1, 2, 2, 2])  # P, QRS or T: the wave of each of the `FIDUCIALS`
P_RULES = 2.0  # added to the logit of P if the rules find one in the median beat, else subtracted
WEIGHTS = Path(__file__).with_name("wave_network.safetensors")


def place_waves(signal, peaks, interval):
    """Return where the waves of each beat begin, peak and end, in all leads together and in each lead.

    Parameters
    ----------
    signal : ndarray of shape (n_leads, n_times)
        Voltages in mV at 500 Hz, without baseline wander.
    peaks : ndarray of shape (n_beats,), int
        R peaks in samples; at least one.
    interval : float
        Usual interval between beats in seconds, or NaN.

    Returns
    -------
    times : ndarray of shape (1 + n_leads, n_beats, 8)
        Seconds, in the order of `FIDUCIALS`. First all leads together: the median over the leads that show the wave,
        NaN if most leads do not show it. Then each lead, NaN if it does not show the wave.
    """
    coarse, coarse_peaks = halve(signal, peaks)
    parts = []
    for part in np.array_split(np.arange(len(peaks)), -(-len(peaks) // BLOCK)):
        times, logits = place(*cut_beats(coarse, coarse_peaks[part]))
        beats, errors = average_beats(signal[None], FS, [peaks[part]])
        has_p = np.isfinite(delineate(beats, FS, interval=interval, errors=errors)["p_onset"][0])
        logits[..., 0] += P_RULES if has_p else -P_RULES
        single, together = summarize(times, logits)
        parts.append(np.concatenate([together[:, None], single], axis=1))
    return (np.concatenate(parts) + coarse_peaks[:, None, None] / RATE).swapaxes(0, 1)


def place_medians(beats, fiducials):
    """Place the waves of median beats anew.

    Parameters
    ----------
    beats : ndarray of shape (n_records, n_leads, n_window)
        As from `average_beats`, at 500 Hz.
    fiducials : dict of ndarray of shape (n_records,)
        As from `delineate`, which decides which waves there are.

    Returns
    -------
    fiducials : dict of ndarray of shape (n_records,)
        Seconds from the R peak.
    """
    step = round(FS / RATE)
    start = step * PEAK - round(BEFORE * FS)
    ends = start, max(0, step * LENGTH - start - beats.shape[2])
    beats = np.pad(np.nan_to_num(beats), ((0, 0), (0, 0), ends), mode="edge")
    beats = resample(beats, *rate_ratio(FS, RATE))[..., :LENGTH].astype(np.float32)
    parts = [beats[first : first + BLOCK] for first in range(0, len(beats), BLOCK)]
    placed = np.concatenate([summarize(*place(part, part))[1] for part in parts])
    pairs = zip(FIDUCIALS, placed.T, strict=True)
    return {name: np.where(np.isfinite(fiducials[name] + new), new, fiducials[name]) for name, new in pairs}


def halve(signal, peaks):
    """Return a signal at 250 Hz instead of 500 Hz, and its R peaks in samples."""
    coarse = resample(signal, *rate_ratio(FS, RATE))
    return coarse, np.round(peaks * RATE / FS).astype(np.int64).clip(0, coarse.shape[1] - 1)


def cut_beats(signal, peaks, margin=0):
    """Return each beat, and the mean of the beats of its kind, both (n_beats, n_leads, LENGTH + 2 * margin)."""
    around = np.arange(-PEAK - margin, LENGTH - PEAK + margin)
    beats = signal[:, np.clip(peaks[:, None] + around, 0, signal.shape[1] - 1)].swapaxes(0, 1).astype(np.float32)
    qrs = beats[:, :, PEAK + margin + QRS[0] : PEAK + margin + QRS[1]]
    qrs = (qrs - qrs.mean(axis=2, keepdims=True)).reshape(len(beats), -1)
    qrs = qrs / np.maximum(np.linalg.norm(qrs, axis=1, keepdims=True), 1e-6)
    same = (qrs @ qrs.T > SAME) | np.eye(len(beats), dtype=bool)
    weights = (same / same.sum(axis=1, keepdims=True)).astype(np.float32)
    return beats, (weights @ beats.reshape(len(beats), -1)).reshape(beats.shape)


def as_inputs(beats, means):
    """Return what the network sees of each lead of each beat, a tensor of shape (n_beats, n_leads, 5, LENGTH)."""
    beats, means = (values - values.median(-1, keepdim=True)[0] for values in map(torch.as_tensor, (beats, means)))
    height = means.abs().amax(-1, keepdim=True).clamp(min=LEAST_HEIGHT)
    small = [torch.tanh(beats / scale) for scale in SCALES]
    return torch.stack([*small, (beats / height).clamp(-2, 2), torch.tanh(means / SCALES[0]), means / height], dim=2)


def grid():
    """Return the seconds from the R peak at which the network gives its scores, a tensor of shape (LENGTH // 2,)."""
    return (torch.arange(LENGTH // 2) * 2 - PEAK) / RATE


def place(beats, means):
    """Return the time of each mark in each lead, (n_beats, n_leads, 8), and the logit of each wave, (..., 3).

    The time is the median of the distribution: if a mark may lie in two places, the likelier one, not one between.
    """
    with torch.inference_mode():
        scores, logits = _network()(as_inputs(beats, means))
        chances = scores.softmax(-1).double()
        total = chances.cumsum(-1)
        middle = (total < 0.5).sum(-1, keepdim=True)
        here, until = (values.gather(-1, middle) for values in (chances, total))
        steps = middle + (0.5 - until) / here + 0.5  # a score stands for the time around it
        return (steps[..., 0] * 2 - PEAK).numpy() / RATE, logits.numpy()


def summarize(times, logits):
    """Return the marks of the leads that show a wave, and their median over the leads, in the order of the waves."""
    shown = (logits > 0)[..., WAVE]
    single = np.where(shown, np.fmax.accumulate(np.where(shown, times, np.nan), axis=2), np.nan)
    ordered = np.sort(single, axis=1)  # NaN last
    n = np.isfinite(single).sum(axis=1, keepdims=True)
    middle = [np.take_along_axis(ordered, np.maximum(k, 0), axis=1)[:, 0] for k in ((n - 1) // 2, n // 2)]
    there = (np.median(logits, axis=1) > 0)[:, WAVE]
    return single, np.where(there, (middle[0] + middle[1]) / 2, np.nan)


@cache
def _network():
    network = WaveNetwork()
    network.load_state_dict(load_file(WEIGHTS))
    return network.eval()

"""Train the network of `wave_table` on annotated beats."""

import numpy as np
import torch
from _ludb import FS
from _results import QUICK
from torch.nn import functional as F

from skecg.features import _wave_network as waves
from skecg.features._wave_network import LENGTH, PEAK, RATE, WAVE
from skecg.features._wave_table import prepare
from skecg.networks._waves import WaveNetwork

EPOCHS, BEATS, BATCH = (1 if QUICK else 40), 4, 16  # beats of each record in an epoch, and in a batch
LEARNING_RATE, WEIGHT_DECAY = 4e-3, 1e-2
SPREAD = 0.010  # s; standard deviation of the wanted distribution of a mark
CLOSE = 0.1  # weight of the distance between the expected time and the mark, in steps of the output
MARGIN = 16  # samples on each side of a beat that shifts and stretches need
SAME_BEAT = 0.12  # s between a detected R peak and an annotated one
EARLY, LATE = 0.2, 0.4  # s before and after an R peak; P and T that lie outside of the annotations are unknown
FEWER_LEADS, LEADS = 0.4, (1, 2, 3, 6, 8)  # share of the batches with fewer leads, and how many


class Beats:
    """The beats of an annotated record as the network sees them.

    Attributes
    ----------
    beats, means : ndarray of shape (n_beats, 12, LENGTH + 2 * MARGIN)
        As from `cut_beats`.
    marks : ndarray of shape (n_beats, 12, 8)
        Seconds from the R peak; NaN where not annotated.
    waves : ndarray of shape (n_beats, 12, 3)
        Whether a beat has P, QRS and T; NaN where unknown.
    """

    def __init__(self, record):
        signal, peaks = waves.halve(*prepare(record.signal, FS))
        beats, means = waves.cut_beats(signal, peaks, MARGIN)
        distance = np.abs(record.centres[:, None] - peaks / RATE)
        found = distance.min(axis=1) < SAME_BEAT
        chosen = distance.argmin(axis=1)[found]
        self.beats, self.means = beats[chosen], means[chosen]
        self.marks = record.marks[found] - (peaks[chosen] / RATE)[:, None, None]
        there = np.stack([np.isfinite(self.marks[:, :, wave == WAVE]).any(axis=2) for wave in range(3)], axis=2)
        centres, (first, last) = record.centres[found, None], record.spans.T
        known = np.stack(np.broadcast_arrays(centres - EARLY > first, first < last, centres + LATE < last), axis=2)
        self.waves = np.where(there | known, there, np.nan)


def train(records, seed=0):
    """Return a network, trained on a list of `Beats`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = WaveNetwork().train()
    steps = EPOCHS * sum(1 for _ in _batches(records, np.random.default_rng(seed)))
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.15)
    for _ in range(EPOCHS):
        for batch in _batches(records, rng):
            beats, means, marks, there = _augment(*batch, rng)
            loss = _loss(*network(waves.as_inputs(beats, means)), marks, there)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def _batches(records, rng):
    """Yield tensors of some beats of each record in random order: beats, means, marks, waves."""
    rows = []
    for k, record in enumerate(records):
        n_beats = len(record.beats)
        rows += [(k, beat) for beat in rng.choice(n_beats, min(BEATS, n_beats), replace=False)]
    rng.shuffle(rows)
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        names = ("beats", "means", "marks", "waves")
        arrays = ([getattr(records[k], name)[beat] for k, beat in part] for name in names)
        yield [torch.tensor(np.stack(values), dtype=torch.float32) for values in arrays]


def _augment(beats, means, marks, there, rng):
    """Choose leads; change sign, size, baseline and noise of each; stretch and shift the time of all."""
    if rng.random() < FEWER_LEADS:
        leads = rng.choice(beats.shape[1], rng.choice(LEADS), replace=False)
        beats, means, marks, there = (values[:, leads] for values in (beats, means, marks, there))
    each = (*beats.shape[:2], 1)
    gain = _tensor(np.exp(rng.normal(0, 0.25, each)) * rng.choice([-1, 1], each, p=[0.2, 0.8]))
    beats, means = beats * gain, means * gain
    if rng.random() < 0.5:
        turns = _tensor(rng.uniform(0.1, 0.6, each)) * torch.arange(beats.shape[2]) / RATE + _tensor(rng.random(each))
        wander = _tensor(rng.exponential(0.05, each)) * torch.sin(2 * torch.pi * turns)
        noise = torch.randn_like(beats) * _tensor(rng.exponential(0.01, each))
        beats, means = beats + wander + noise, means + 0.4 * wander
    return *_move(beats, means, marks, rng), there


def _move(beats, means, marks, rng):
    """Stretch and shift the time of a batch, and cut it to the length of the network's input."""
    n_leads, n_times = beats.shape[1:]
    length = round(n_times * np.exp(rng.normal(0, 0.07))) if rng.random() < 0.6 else n_times
    both = torch.cat([beats, means], dim=1)
    if length != n_times:
        both = F.interpolate(both, size=length, mode="linear", align_corners=False)
    stretch = length / n_times
    peak = (MARGIN + PEAK + 0.5) * stretch - 0.5
    start = round(peak) - PEAK + int(rng.integers(-6, 7))
    pad = max(0, -start), max(0, start + LENGTH - length)
    both = F.pad(both, pad, mode="replicate")[..., start + pad[0] : start + pad[0] + LENGTH]
    return both[:, :n_leads], both[:, n_leads:], marks * stretch + (peak - start - PEAK) / RATE


def _loss(marks, logits, expected, there):
    """Return the cross-entropy of marks and waves, plus the distance of each mark; skip what is not annotated."""
    known, expected = torch.isfinite(expected), torch.nan_to_num(expected)
    grid, step = waves.grid(), 2 / RATE
    wanted = torch.exp(-0.5 * ((grid - expected[..., None]) / SPREAD) ** 2)
    wanted = wanted / wanted.sum(-1, keepdim=True).clamp(min=1e-6)
    chances = marks.log_softmax(-1)
    distance = F.smooth_l1_loss(chances.exp() @ grid / step, expected / step, reduction="none")
    placed = (CLOSE * distance - (wanted * chances).sum(-1))[known].mean()
    noted = torch.isfinite(there)
    return placed + F.binary_cross_entropy_with_logits(logits[noted], there[noted])


def _tensor(values):
    return torch.tensor(values, dtype=torch.float32)

"""Noise and faults of the electrodes: baseline wander, mains hum and muscle noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from skecg.datasets._rhythm import breath_angle

ELECTRODES = ("RA", "LA", "LL", "C1", "C2", "C3", "C4", "C5", "C6")
FAULTS = ("none", "arms swapped", "loose", "off")
WANDER = np.geomspace(0.04, 0.6, 12)  # Hz
# From the electrodes to I, II, V1 ... V6, the chest against the mean of the limbs.
ELECTRODES_TO_LEADS = np.zeros((8, 9))
ELECTRODES_TO_LEADS[[0, 0, 1, 1], [1, 0, 2, 0]] = 1, -1, 1, -1
ELECTRODES_TO_LEADS[2:, :3] = -1 / 3
ELECTRODES_TO_LEADS[2:, 3:] = np.eye(6)
# The other way round with the potential of RA as zero.
LEADS_TO_ELECTRODES = np.zeros((9, 8))
LEADS_TO_ELECTRODES[[1, 2], [0, 1]] = 1
LEADS_TO_ELECTRODES[3:, :2] = 1 / 3
LEADS_TO_ELECTRODES[3:, 2:] = np.eye(6)


@dataclass
class Recorder:
    """Noise level of each record, in mV (root mean square) on an electrode, and its fault."""

    wander: np.ndarray
    hum: np.ndarray
    muscle: np.ndarray
    faults: np.ndarray  # index of FAULTS
    mains: float | None  # Hz

    def take(self, rows):
        """Return the recorder of some records."""
        return Recorder(self.wander[rows], self.hum[rows], self.muscle[rows], self.faults[rows], self.mains)


def draw_recorder(n_records, difficulty, noise, fault_rate, mains, rng):
    """Draw a Recorder for all records; the levels at difficulty 0.5 are those of a resting ECG."""
    scale = noise * (0.15 + 1.7 * difficulty) * np.exp(0.5 * rng.standard_normal((3, n_records)))
    faults = np.where(rng.random(n_records) < fault_rate, rng.integers(1, len(FAULTS), n_records), 0)
    return Recorder(0.045 * scale[0], 0.003 * scale[1], 0.010 * scale[2], faults, mains)


def disturb(eight, heart, recorder, fs, rng):
    """Add noise and faults of the electrodes to the leads I, II, V1 ... V6, in place."""
    n_times = eight.shape[2]
    if recorder.wander.any():
        eight += ELECTRODES_TO_LEADS.astype(np.float32) @ _noise(heart, recorder, n_times, fs, rng)
    broken = np.flatnonzero(recorder.faults)
    if len(broken):
        potentials = LEADS_TO_ELECTRODES.astype(np.float32) @ eight[broken]
        _break(potentials, recorder.faults[broken], fs, rng)
        eight[broken] = ELECTRODES_TO_LEADS.astype(np.float32) @ potentials


def _noise(heart, recorder, n_times, fs, rng):
    """Return the noise on the nine electrodes, (n_records, 9, n_times) float32 in mV."""
    n, mains = len(recorder.wander), recorder.mains
    t = np.arange(n_times) / fs
    noise = _muscle(recorder.muscle, n_times, fs, rng)
    own = rng.lognormal(0, 0.3, (n, 9))
    rates, rows = [*WANDER], [recorder.wander[:, None] * own / np.sqrt(len(WANDER))] * len(WANDER)
    if mains and 2 * mains < fs:
        rates += [mains + 0.03]
        rows += [recorder.hum[:, None] * own]
        if 6 * mains < fs:
            rates += [3 * mains + 0.09]
            rows += [0.25 * recorder.hum[:, None] * own]
    angle = 2 * np.pi * np.array(rates)[:, None] * t
    basis = np.concatenate([np.sin(angle), np.cos(angle)]).astype(np.float32)
    size = np.stack(rows * 2, axis=-1)
    noise += (size * rng.standard_normal(size.shape)).astype(np.float32) @ basis
    breath = np.sin(breath_angle(heart, t)).astype(np.float32)
    depth = recorder.wander[:, None] * rng.normal(0, 0.8, (n, 9))
    noise += depth.astype(np.float32)[:, :, None] * breath[:, None, :]
    return noise


def _muscle(level, n_times, fs, rng):
    """Return muscle noise: white up to 150 Hz at most, attenuated below 20 Hz, in slow bursts."""
    n = len(level)
    noise = rng.standard_normal((n, 9, n_times), np.float32)
    keep = np.float32(np.exp(-2 * np.pi * 20 / fs))
    noise = lfilter(np.array([1, -1], np.float32), np.array([1, -keep], np.float32), noise, axis=-1)
    t = np.arange(n_times, dtype=np.float32) / np.float32(fs)
    rate, phase = (rng.uniform(low, high, (n, 1)).astype(np.float32) for low, high in ((0.05, 0.3), (0, 6.283)))
    burst = 1 + 0.5 * np.sin(2 * np.float32(np.pi) * rate * t + phase)
    size = (level * np.sqrt(min(1.0, fs / 300))).astype(np.float32)
    noise *= (size[:, None] * burst)[:, None, :]
    return noise


def _break(potentials, faults, fs, rng):
    """Damage the electrodes, in place.

    `potentials` has the shape (n_records, 9, n_times); `faults` holds an index of FAULTS a
    record. "arms swapped" exchanges RA and LA; a "loose" electrode jumps and drifts back
    with a time constant of 0.4 s; an electrode that is "off" carries only a slow drift.
    """
    n_times = potentials.shape[2]
    for row in np.flatnonzero(faults):
        if FAULTS[faults[row]] == "arms swapped":
            potentials[row, :2] = potentials[row, [1, 0]]
            continue
        electrode = rng.integers(9)
        if FAULTS[faults[row]] == "loose":
            jumps = np.zeros(n_times)
            where = rng.integers(0, n_times, max(1, int(n_times / fs)))
            jumps[where] = rng.normal(0, 0.8, len(where))
            keep = np.exp(-1 / (0.4 * fs))
            potentials[row, electrode] += lfilter([1], [1, -keep], jumps).astype(np.float32)
        else:
            drift = np.cumsum(rng.standard_normal(n_times)) * 0.3 / np.sqrt(fs)
            potentials[row, electrode] = drift.astype(np.float32)

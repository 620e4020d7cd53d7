"""Noise of electrodes and muscles for the benchmark of R peaks."""

import numpy as np
from scipy.signal import butter, lfilter, sosfilt


def electrode_motion(n_times, fs, rng):
    """Make steps that decay in 0.05 to 0.3 s, two each second, and bumps of 0.5 to 12 Hz."""
    x = np.zeros(n_times)
    n_steps = rng.poisson(2.0 * n_times / fs)
    x[rng.integers(0, n_times, n_steps)] = rng.standard_normal(n_steps) * np.exp(0.7 * rng.standard_normal(n_steps))
    steps = lfilter([1], [1, -np.exp(-1 / (rng.uniform(0.05, 0.3) * fs))], x)
    bumps = sosfilt(butter(2, [0.5, 12], "bandpass", fs=fs, output="sos"), rng.standard_normal(n_times))
    return sosfilt(butter(2, 40, "lowpass", fs=fs, output="sos"), steps / steps.std() + 0.8 * bumps / bumps.std())


def muscle(n_times, fs, rng):
    """Make noise of 15 to 150 Hz in bursts."""
    band = sosfilt(butter(2, [15, min(150, 0.45 * fs)], "bandpass", fs=fs, output="sos"), rng.standard_normal(n_times))
    slow = sosfilt(butter(1, 0.3, "lowpass", fs=fs, output="sos"), rng.standard_normal(n_times))
    return band * np.exp(0.8 * slow * np.sqrt(fs / 0.6))


NOISES = {"electrode motion": electrode_motion, "muscle": muscle}


def with_noise(signal, beats, fs, noise, snr):
    """Add noise at a signal-to-noise ratio in dB, where the signal is QRS, peak to peak, squared over 8 (`nst`)."""
    around = int(0.05 * fs)
    height = np.median([np.ptp(signal[max(0, beat - around) : beat + around]) for beat in beats])
    return signal + noise * np.sqrt(height**2 / 8 / (noise.var() * 10 ** (snr / 10)))

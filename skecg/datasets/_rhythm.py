"""Times of the beats: sinus rhythm with respiration, atrial fibrillation, and premature beats."""

from __future__ import annotations

import numpy as np

from skecg.datasets._dipole import ATRIA, CENTRE, LEFT, RIGHT, ST, VECTOR, T, Y, render

SINUS, PAC, PVC = range(3)  # origin of a beat

FLUTTER_VECTOR = (0.15, 1.00, -0.55)  # towards the feet and the front: negative in II, III and aVF, positive in V1
SPIKE_VECTOR, SPIKE_WIDTH, SPIKE_EARLIER = (-0.45, 0.80, 0.40), 0.5, 8  # the width and the time before QRS in ms


def beat_times(heart, durations, rng):
    """Draw the R peaks of every record, from before its start to after its end.

    The interval of a sinus beat follows respiration and the 0.1 Hz waves of blood pressure,
    the two peaks of McSharry et al. 2003, and a little noise; in fibrillation the intervals
    are independent log-normal draws. A premature beat comes after `coupling` of an interval.
    A full compensatory pause follows a ventricular premature beat, but not an atrial one.

    Parameters
    ----------
    heart : Heart
        Rates, modulations and premature beats of each record.
    durations : ndarray of shape (n_records,)
        Length of the records in s.
    rng : numpy.random.Generator

    Returns
    -------
    times : ndarray of shape (n_records, n_beats)
        In s after the start of the record, ascending along each row.
    kinds : ndarray of shape (n_records, n_beats), int
        SINUS, PAC or PVC.
    """
    n = len(durations)
    phase_lf = rng.uniform(0, 2 * np.pi, n)
    aims = durations * rng.uniform(0.25, 0.75, n)  # one premature beat comes at this time, where there are any
    time = -rng.uniform(1.5, 2.5, n)
    kind, pending, late = np.zeros(n, np.int64), heart.premature > 0, np.zeros(n)
    times, kinds = [], []
    while time.min() < durations.max() + 4:
        times.append(time)
        kinds.append(kind)
        slow = heart.lf * np.sin(0.2 * np.pi * time + phase_lf)
        breath = heart.rsa * np.sin(2 * np.pi * heart.breath_rate * time + heart.breath_phase)
        spread = np.hypot(0.008, heart.irregular)
        interval = 60 / heart.rate * np.exp(slow + breath + spread * rng.standard_normal(n))
        interval = np.clip(interval, 0.33, 2.5)
        early = (kind == SINUS) & (rng.random(n) < heart.premature)
        due = pending & (kind == SINUS) & (time + heart.coupling * interval >= aims)
        late[due] = (time + heart.coupling * interval - aims)[due]
        early |= due
        pending &= ~due
        pause = np.where(kind == PVC, 2 - heart.coupling, np.where(kind == PAC, 1.08, 1.0))
        time = time + interval * np.where(early, heart.coupling, pause)
        kind = np.where(early, np.where(rng.random(n) < heart.ventricular, PVC, PAC), SINUS)
    return np.stack(times, axis=1) - late[:, None], np.stack(kinds, axis=1)


def dipoles(heart, times, kinds, n_times, fs, rng):
    """Return the moving dipoles of hearts that beat at `times`, (n_records, 3, n_times) float32 in mV."""
    rows, columns = np.nonzero((times > -1.5) & (times < n_times / fs + 1.5))
    waves = _beats(heart, times, kinds, rows, columns, rng)
    dipoles = render(rows, times[rows, columns], waves, len(times), n_times, fs)
    shaking = np.flatnonzero(heart.f_waves)
    dipoles[shaking] += _fibrillation(heart.f_waves[shaking], n_times, fs, rng)
    fluttering = np.flatnonzero(heart.flutter)
    dipoles[fluttering] += _flutter(heart.take(fluttering), times[fluttering], n_times, fs)
    paced = (heart.spike[rows] > 0) & (kinds[rows, columns] == SINUS)
    dipoles += _spikes(heart, rows[paced], times[rows, columns][paced], n_times, fs)
    _breathe(dipoles, heart, fs)
    return dipoles


def _beats(heart, times, kinds, rows, columns, rng):
    """Return the waves of single beats, (n_beats, n_waves, 7), their centres counted from the R peak."""
    before = np.diff(times, axis=1, prepend=times[:, :1] - 60 / heart.rate[:, None])[rows, columns]
    atrial, ventricular = (kinds[rows, columns] == kind for kind in (PAC, PVC))
    waves = np.where(ventricular[:, None, None], heart.ectopic[rows], heart.waves[rows])
    onset, end = np.where(ventricular[:, None], heart.ectopic_span[rows], heart.span[rows]).T
    # QT follows the cube root of a slow mean of the intervals (Fridericia)
    qt = heart.qtc[rows] * np.cbrt(0.75 * 60 / heart.rate[rows] + 0.25 * before) + 45 * ventricular
    waves[:, ATRIA, Y] *= np.where(atrial, -0.4, 1.0)[:, None]
    waves[:, ATRIA, CENTRE] += (onset - heart.pr[rows] + 15 * atrial)[:, None]
    waves[:, ST, CENTRE] += end
    waves[:, T, CENTRE] += onset + qt
    waves[:, :, VECTOR] *= np.exp(0.015 * rng.standard_normal((len(waves), waves.shape[1], 1)))
    return waves


def _breathe(dipoles, heart, fs):
    """Scale and turn the dipoles with each breath, in place."""
    breath = np.sin(breath_angle(heart, np.arange(dipoles.shape[2]) / fs))
    depth = (heart.breath_depth[:, None] * breath).astype(np.float32)
    dipoles *= 1 + depth[:, None, :]
    x, y = dipoles[:, 0].copy(), dipoles[:, 1]
    dipoles[:, 0] -= depth * y
    dipoles[:, 1] += depth * x


def breath_angle(heart, t):
    """Return the phase of respiration at times of shape (n_times,), (n_records, n_times)."""
    return 2 * np.pi * heart.breath_rate[:, None] * t + heart.breath_phase[:, None]


def _fibrillation(amplitude, n_times, fs, rng):
    """Return the f waves, dipoles of shape (n_records, 3, n_times), amplitude in mV along z.

    A saw tooth of three harmonics at 4 to 9 Hz whose rate and size drift slowly (Stridh and
    Sornmo 2001), strongest in V1, and a second one, unlike the first, towards II.
    """
    n = len(amplitude)
    t = np.arange(n_times, dtype=np.float32) / np.float32(fs)
    dipoles = np.zeros((n, 3, n_times), np.float32)
    for vector in ((-0.25, 0.10, -0.90), (0.15, 0.45, -0.10)):
        rate, phase = rng.uniform(5, 7.5, n), rng.uniform(0, 2 * np.pi, (3, n))
        drift = rng.uniform(0.1, 0.5, (2, n))
        wobble = 2.0 * np.sin(_angle(drift[0], t, phase[0]))
        theta = _angle(rate, t, phase[1]) + wobble
        size = amplitude[:, None] * (1 + 0.4 * np.sin(_angle(drift[1], t, phase[2])))
        wave = sum(np.sin(m * theta) / m**1.5 for m in range(1, 4))
        wave = (size * wave).astype(np.float32)
        dipoles += np.array(vector, np.float32)[None, :, None] * wave[:, None, :]
    return dipoles


def _flutter(heart, times, n_times, fs):
    """Return the waves of flutter, dipoles of shape (n_records, 3, n_times): a saw tooth that falls slowly in II."""
    t = np.arange(n_times) / fs
    cycles = np.array(
        [np.interp(t, row, ratio * np.arange(len(row))) for row, ratio in zip(times, heart.conduction, strict=True)]
    ).reshape(len(times), n_times)
    wave = sum(np.sin(2 * np.pi * m * (cycles - 0.3)) / m for m in range(1, 5)) / 1.5
    return np.array(FLUTTER_VECTOR)[:, None] * (heart.flutter[:, None] * wave)[:, None]


def _spikes(heart, rows, times, n_times, fs):
    """Return the spikes of pacemakers before QRS, dipoles of shape (n_records, 3, n_times)."""
    spike = np.zeros((len(rows), 1, 7))
    spike[:, 0, CENTRE] = heart.span[rows, 0] - SPIKE_EARLIER
    spike[:, 0, [LEFT, RIGHT]] = SPIKE_WIDTH
    spike[:, 0, VECTOR] = heart.spike[rows, None] * np.array(SPIKE_VECTOR)
    return render(rows, times, spike, len(heart.spike), n_times, fs)


def _angle(rate, t, phase):
    return (2 * np.pi * rate).astype(np.float32)[:, None] * t + phase.astype(np.float32)[:, None]

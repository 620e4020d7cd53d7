"""Measure the median beat: intervals, amplitudes, axes, and signs of right-heart strain."""

import numpy as np

from ..signal._search import mean_within, within
from ..signal.delineation import BEFORE, FIDUCIALS
from ..signal.leads import mix_leads, resolve_leads

INTERVALS = ("p_duration", "pr_interval", "qrs_duration", "qt_interval", "qtc_bazett", "qtc_fridericia")
AXES = ("p_axis", "qrs_axis", "t_axis")
STRAIN = ("s1q3t3", "s1q3t3_depth", "r_share_v1", "terminal_v1", "t_mean_v1_v4", "t_inverted_v1_v4")
PER_LEAD = ("p_amplitude", "q_amplitude", "r_amplitude", "s_amplitude", "st_level", "t_amplitude")

LEAST_WAVE = 0.03  # mV; without an R wave of this height, the negative wave of QRS is Q
S1Q3_DEPTH = 0.15  # mV: McGinn and White 1935
T_INVERTED = 0.1  # mV
QRS_REACH = (0.14, 0.22)  # s before and after the R peak; QRS does not reach further
FLAT = 0.001  # mV; less than one step of any recorder


def measure_intervals(fiducials, interval):
    """Return the intervals in seconds, in the order of `INTERVALS`.

    Parameters
    ----------
    fiducials : dict of ndarray of shape (n_records,)
        As from `delineate`.
    interval : ndarray of shape (n_records,)
        Usual interval between beats of each record in seconds.

    Returns
    -------
    values : ndarray of shape (n_features, n_records)
    """
    qt = fiducials["t_end"] - fiducials["qrs_onset"]
    return np.stack(
        [
            fiducials["p_end"] - fiducials["p_onset"],
            fiducials["qrs_onset"] - fiducials["p_onset"],
            fiducials["qrs_end"] - fiducials["qrs_onset"],
            qt,
            qt / np.sqrt(interval),
            qt / np.cbrt(interval),
        ]
    )


class Waves:
    """The median beats of a block, divided into waves.

    Parameters
    ----------
    beats : ndarray of shape (n_records, n_leads, n_window)
        As from `average_beats`.
    fs : float
        Sampling rate in Hz.
    fiducials : dict of ndarray of shape (n_records,)
        As from `delineate`.
    """

    def __init__(self, beats, fs, fiducials):
        self.fs = fs
        self.at = {name: round(BEFORE * fs) + fiducials[name] * fs for name in FIDUCIALS}
        onset = self.at["qrs_onset"]
        filled = np.nan_to_num(onset, nan=-1)
        level = mean_within(np.nan_to_num(beats), filled - 0.024 * fs, filled - 0.004 * fs)
        unmeasurable = np.isnan(onset)[:, None] | (np.ptp(beats, axis=2) < FLAT)
        self.beats = np.where(unmeasurable[:, :, None], np.nan, beats - level[:, :, None])

    def select(self, leads, wanted):
        """Return the waves of the wanted leads, derived from I and II if necessary; None if a lead is absent."""
        try:
            weights = resolve_leads(leads, wanted)[1]
        except ValueError:
            return None
        chosen = object.__new__(Waves)
        chosen.fs, chosen.at, chosen.beats = self.fs, self.at, mix_leads(self.beats, weights)
        return chosen

    def amplitudes(self):
        """Return the amplitudes in mV relative to the level before QRS, {name: (n_records, n_leads)}.

        P and T are the value furthest from that level. Q and S are the lowest value of QRS before and after
        the first rise to 0.03 mV. R is the highest value of QRS, also if that is R'.
        """
        at, fs = self.at, self.fs
        late = self._inside(at["qrs_end"] + 0.056 * fs, at["qrs_end"] + 0.064 * fs)
        p, level = self._furthest(self._inside(at["p_onset"], at["p_end"])), _mean(self.beats, late)
        return dict(zip(PER_LEAD, (p, *self.deflections(), level, self.t_amplitude()), strict=True))

    def t_amplitude(self):
        """Return the value of T furthest from the level before QRS, (n_records, n_leads)."""
        start = np.maximum(self.at["qrs_end"] + 0.02 * self.fs, self.at["t_peak"] - 0.08 * self.fs)
        return self._furthest(self._inside(start, self.at["t_end"]))

    def deflections(self):
        """Return Q, R and S in mV relative to the level before QRS, each (n_records, n_leads)."""
        near = slice(max(0, round((BEFORE - QRS_REACH[0]) * self.fs)), round((BEFORE + QRS_REACH[1]) * self.fs))
        inside = self._inside(self.at["qrs_onset"], self.at["qrs_end"])[..., near]
        beats = np.where(inside, np.nan_to_num(self.beats[..., near]), 0)
        up = beats >= LEAST_WAVE
        none = ~up.any(axis=2)
        rise = np.where(none, beats.shape[2], up.argmax(axis=2))[:, :, None]  # the start of the first R wave
        times = np.arange(beats.shape[2])
        q = np.where(times < rise, beats, 0).min(axis=2)
        s = np.where(times > rise, beats, 0).min(axis=2)
        waves = q, np.where(none, 0, beats.max(axis=2)), s
        measurable = inside.any(axis=2) & np.isfinite(self.beats[:, :, 0])
        return tuple(np.where(measurable, wave, np.nan) for wave in waves)

    def areas(self, start, stop):
        """Return the mean of the signal between two fiducials, (n_records, n_leads)."""
        return _mean(self.beats, self._inside(self.at[start], self.at[stop]))

    def mean_around(self, where):
        """Return the mean of the 8 ms around a point, (n_records, n_leads)."""
        return _mean(self.beats, self._inside(where - 0.004 * self.fs, where + 0.004 * self.fs))

    def terminal(self):
        """Return the mean of the last two fifths of QRS, (n_records, n_leads)."""
        start = self.at["qrs_end"] - 0.4 * (self.at["qrs_end"] - self.at["qrs_onset"])
        return _mean(self.beats, self._inside(start, self.at["qrs_end"]))

    def _inside(self, start, stop):
        """Return which samples lie between two points; none if a point is NaN."""
        return within(self.beats[:, 0], np.nan_to_num(start, nan=0), np.nan_to_num(stop, nan=-1))[:, None]

    def _furthest(self, inside):
        values = np.where(inside, self.beats, 0)
        where = np.abs(np.nan_to_num(values)).argmax(axis=2)
        furthest = np.take_along_axis(values, where[:, :, None], axis=2)[:, :, 0]
        return np.where(inside.any(axis=2) & np.isfinite(self.beats[:, :, 0]), furthest, np.nan)


def measure_axes(waves, leads):
    """Return the frontal axes of P, QRS and T in degrees, in the order of `AXES`, (3, n_records).

    The axes follow from the mean voltages of each wave in I and aVF; 0 points to the left, 90 to the feet.
    """
    limbs = waves.select(leads, ["I", "aVF"])
    if limbs is None:
        return np.full((len(AXES), len(waves.beats)), np.nan)
    axes = []
    for start, stop in (("p_onset", "p_end"), ("qrs_onset", "qrs_end"), ("qrs_end", "t_end")):
        one, foot = limbs.areas(start, stop).T
        axes.append(np.degrees(np.arctan2(2 / np.sqrt(3) * foot, one)))  # the scale of aVF is smaller than that of I
    return np.stack(axes)


def measure_strain(waves, leads):
    """Return the signs of right-heart strain, in the order of `STRAIN`, (6, n_records); NaN if a lead is absent."""
    values = np.full((len(STRAIN), len(waves.beats)), np.nan)
    limbs = waves.select(leads, ["I", "III"])
    if limbs is not None:
        q, _, s = limbs.deflections()
        depths = -np.stack([s[:, 0], q[:, 1], limbs.t_amplitude()[:, 1]])
        measurable = np.isfinite(depths).all(axis=0)
        deep = (depths[:2] >= S1Q3_DEPTH).all(axis=0) & (depths[2] > 0)
        values[:2] = np.where(measurable, deep, np.nan), depths.min(axis=0)
    right = waves.select(leads, ["V1"])
    if right is not None:
        q, r, s = (wave[:, 0] for wave in right.deflections())
        s = -s - q
        values[2] = r / np.where(r + s > 0, r + s, np.nan)
        values[3] = right.terminal()[:, 0]
    front = waves.select(leads, ["V1", "V2", "V3", "V4"])
    if front is not None:
        t = front.t_amplitude()
        values[4] = t.mean(axis=1)
        values[5] = np.where(np.isnan(t).any(axis=1), np.nan, (t <= -T_INVERTED).sum(axis=1))
    return values


def _mean(beats, inside):
    count = inside.sum(axis=2)
    total = np.where(inside, beats, 0).sum(axis=2)
    return total / np.where(count, count, np.nan)

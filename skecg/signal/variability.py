"""Measure heart-rate variability from the intervals between normal beats."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import welch

from .beat_classes import NORMAL

__all__ = ["VARIABILITY", "heart_rate_variability"]

VARIABILITY = (
    "n_nn",
    "mean_nn",
    "sdnn",
    "sdann",
    "sdnn_index",
    "rmssd",
    "sdsd",
    "nn50",
    "pnn50",
    "triangular_index",
    "vlf",
    "lf",
    "hf",
    "total_power",
    "lf_norm",
    "hf_norm",
    "lf_hf",
)
BANDS = {"vlf": (0.003, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.4)}  # Hz: Task Force 1996
LIMITS = (0.3, 2.0)  # s; other intervals are no sinus rhythm, or lack a beat
STEP = 0.05  # s, of NN50
SEGMENT = 300.0  # s, of SDANN and of the SDNN index
BIN = 1 / 128  # s, of the histogram of the triangular index: Task Force 1996
ALMOST = 0.95  # of the durations below; a record loses its ends
SHORTEST = {  # s of normal intervals
    "rmssd": 7.5,  # an ECG of ten seconds, without its ends: Munoz et al. 2015
    "sdnn": 30.0,  # Munoz et al. 2015
    "pnn50": 60.0,  # Baek et al. 2015
    "hf": 60.0,  # ten periods of the slowest wave of the band: Task Force 1996
    "lf": 120.0,  # about as many: Task Force 1996
    "vlf": 300.0,  # Task Force 1996
    "sdann": 600.0,  # two segments
    "triangular_index": 1200.0,  # Task Force 1996
}
COVERED = 0.8  # least share of the time that normal intervals cover, for a spectrum and for a segment
RATE = 4.0  # Hz, of the interpolated intervals


def heart_rate_variability(peaks: np.ndarray, fs: float, classes: np.ndarray | None = None) -> dict[str, float]:
    """Measure the variability of the intervals between normal beats (NN) of one record.

    Parameters
    ----------
    peaks : array-like of shape (n_beats,)
        Samples of the R peaks, ascending.
    fs : float
        Sampling rate in Hz.
    classes : array-like of shape (n_beats,), str, default=None
        The output of `classify_beats`; an interval is NN if it lies between two "normal" beats and lasts 0.3 to 2 s.
        By default all beats are normal.

    Returns
    -------
    values : dict of float
        The entries of `VARIABILITY`. NaN if the NN intervals together are too short for a value.

    Raises
    ------
    ValueError
        If the peaks do not ascend, or `classes` has another length.

    See Also
    --------
    classify_beats : The classes of the beats.
    skecg.features.BeatFeatures : Statistics of all intervals, normal or not.

    Notes
    -----
    The names and definitions are those of the Task Force (1996), in seconds and s² (1 s² is 1e6 ms²). The durations are
    of the NN intervals together; 95 % of a duration are enough, because a record loses its ends:

    - n_nn, mean_nn: number and mean of the NN intervals;
    - sdnn, from 30 s: their standard deviation;
    - sdann and sdnn_index, from 10 min: the standard deviation of the means, and the mean of the standard deviations,
      of segments of 5 min that NN intervals cover to 80 %;
    - rmssd and sdsd, from 7.5 s: root mean square and standard deviation of the differences between adjacent NN
      intervals; nn50 and pnn50, from 60 s: number and share of differences above 50 ms;
    - triangular_index, from 20 min: the number of NN intervals, divided by the highest bin of their histogram, whose
      bins are 1/128 s wide;
    - hf, 0.15 to 0.4 Hz, from 60 s; lf, 0.04 to 0.15 Hz, from 2 min; vlf, 0.003 to 0.04 Hz, and total_power, up to
      0.4 Hz, from 5 min: power of the NN intervals, which cubic splines interpolate at 4 Hz, in the mean of the spectra
      of 5 min (Welch, Hann window). NaN if NN intervals cover less than 80 % of the time;
    - lf_norm and hf_norm, lf and hf as shares of their sum, and lf_hf, their ratio.

    The values describe the sinus node. In atrial fibrillation, where `classify_beats` calls most beats normal, they
    describe the conduction to the ventricles.

    References
    ----------
    Task Force of the European Society of Cardiology, "Heart rate variability", Circulation 93 (1996) 1043-1065.

    M. L. Munoz et al., "Validity of (ultra-)short recordings for heart rate variability measurements", PLoS ONE 10
    (2015) e0138921.

    H. J. Baek et al., "Reliability of ultra-short-term analysis as a surrogate of standard 5-min analysis of heart rate
    variability", Telemedicine and e-Health 21 (2015) 404-414.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import heart_rate_variability
    >>> intervals = 0.9 + 0.03 * np.sin(2 * np.pi * 0.25 * 0.9 * np.arange(400))  # breathing, 15 a minute
    >>> values = heart_rate_variability(np.cumsum(intervals), fs=1)
    >>> {name: round(values[name], 4) for name in ("sdnn", "lf", "hf", "triangular_index")}
    {'sdnn': 0.0213, 'lf': 0.0, 'hf': 0.0004, 'triangular_index': nan}
    """
    peaks = np.asarray(peaks)
    times, rr = peaks / fs, np.diff(peaks) / fs
    if peaks.ndim != 1 or (rr <= 0).any():
        raise ValueError(f"peaks must have the shape (n_beats,) and ascend; got the shape {peaks.shape}.")
    normal = np.ones(len(times), bool) if classes is None else np.asarray(classes) == NORMAL
    if normal.shape != times.shape:
        raise ValueError(f"classes must have one entry for each of the {len(times)} peaks; got {len(normal)}.")
    good = are_nn(rr, normal)
    values = dict.fromkeys(VARIABILITY, np.nan)
    if good.any():
        values |= {"n_nn": float(good.sum()), "mean_nn": float(rr[good].mean())}
        values |= _statistics(np.diff(peaks), good, fs) | _segments(times, rr, good) | _spectrum(times, rr, good)
        lasts = rr[good].sum()
        for name, owner in _OWNERS.items():
            if lasts < ALMOST * SHORTEST[owner]:
                values[name] = np.nan
    return values


_OWNERS = {
    **{name: name for name in SHORTEST},
    "sdsd": "rmssd",
    "nn50": "pnn50",
    "sdnn_index": "sdann",
    "total_power": "vlf",
    **dict.fromkeys(("lf_norm", "hf_norm", "lf_hf"), "lf"),
}


def are_nn(rr: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Return which intervals in s lie between two normal beats."""
    return normal[1:] & normal[:-1] & (rr >= LIMITS[0]) & (rr <= LIMITS[1])


def _statistics(samples: np.ndarray, good: np.ndarray, fs: float) -> dict[str, float]:
    """Return the statistics of the intervals and of their differences; whole samples compare exactly."""
    nn, changes = samples[good] / fs, np.diff(samples)[good[1:] & good[:-1]]
    steps = changes / fs
    values = {"triangular_index": len(nn) / np.bincount(np.floor(nn / BIN).astype(int)).max()}
    if len(nn) > 1:
        values["sdnn"] = nn.std(ddof=1)
    if len(steps) > 1:
        far = np.abs(changes) > STEP * fs
        values |= {"rmssd": np.sqrt((steps**2).mean()), "sdsd": steps.std(ddof=1)}
        values |= {"nn50": far.sum(), "pnn50": far.mean()}
    return {name: float(value) for name, value in values.items()}


def _segments(times: np.ndarray, rr: np.ndarray, good: np.ndarray) -> dict[str, float]:
    """Return the statistics of the segments of five minutes."""
    segment = ((times[1:] - times[0]) // SEGMENT).astype(int)
    parts = [rr[good & (segment == number)] for number in range(int((times[-1] - times[0]) / SEGMENT + 1 - ALMOST))]
    parts = [part for part in parts if part.sum() > COVERED * SEGMENT]
    if len(parts) < 2:
        return {}
    means, deviations = np.transpose([(part.mean(), part.std(ddof=1)) for part in parts])
    return {"sdann": float(means.std(ddof=1)), "sdnn_index": float(deviations.mean())}


def _spectrum(times: np.ndarray, rr: np.ndarray, good: np.ndarray) -> dict[str, float]:
    """Return the power in each band."""
    ends = times[1:][good]
    grid = np.arange(ends[0], ends[-1], 1 / RATE)
    if rr[good].sum() < max(COVERED * (times[-1] - times[0]), ALMOST * SHORTEST["hf"]):
        return {}
    course = CubicSpline(ends, rr[good])(grid)
    f, power = welch(course, RATE, nperseg=min(len(course), round(SEGMENT * RATE)), detrend="linear")
    values = {name: float(power[(f >= low) & (f < high)].sum() * f[1]) for name, (low, high) in BANDS.items()}
    both = values["lf"] + values["hf"]
    values["total_power"] = float(power[f < BANDS["hf"][1]].sum() * f[1])
    if both > 0:
        values |= {"lf_norm": values["lf"] / both, "hf_norm": values["hf"] / both}
    if values["hf"] > 0:
        values["lf_hf"] = values["lf"] / values["hf"]
    return values

"""Compute the median beat of each record for the tables of beats."""

from ..signal.delineation import average_beats
from ..signal.filtering import apply_filter, design_filter
from ..signal.peaks import find_r_peaks_batch
from ..signal.resampling import rate_ratio, resample

FS = 500.0  # Hz; the rate at which beats are averaged and measured
HIGH_PASS = 0.5  # Hz, zero-phase: Kligfield et al. 2007


def find_beats(block, fs):
    """Return signals at 500 Hz, the same without baseline wander, and R peaks at 500 Hz."""
    if fs != FS:
        block = resample(block, *rate_ratio(fs, FS))
    peaks = find_r_peaks_batch(block, FS)
    return block, apply_filter(block, design_filter("highpass", FS, low=HIGH_PASS)), peaks


def median_beats(block, fs, **extent):
    """Return median beats at 500 Hz without baseline wander, their standard errors, and R peaks at 500 Hz.

    `extent` may hold the parameters `before` and `after` of `average_beats`.
    """
    _, block, peaks = find_beats(block, fs)
    return *average_beats(block, FS, peaks, **extent), peaks

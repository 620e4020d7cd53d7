"""Pure functions on arrays `(..., n_times)`, which need only numpy and scipy."""

from .atrial import find_atrial_rate
from .baseline import median_baseline, wavelet_baseline
from .beat_classes import BEAT_CLASSES, classify_beats
from .delineation import FIDUCIALS, average_beats, delineate
from .filtering import apply_filter, design_filter
from .leads import mix_leads, resolve_leads
from .mains import remove_mains
from .peaks import find_r_peaks, find_r_peaks_batch
from .resampling import rate_ratio, resample, resampled_length
from .scaling import location_and_scale, normalize, rescale
from .statistics import dataset_location_and_scale, streamed_quantiles
from .variability import VARIABILITY, heart_rate_variability
from .vectorcardiogram import to_vectorcardiogram
from .windowing import crop, missing_leads, pad, unpadded_lengths, unpadded_parts

__all__ = [
    "BEAT_CLASSES",
    "FIDUCIALS",
    "VARIABILITY",
    "apply_filter",
    "average_beats",
    "classify_beats",
    "crop",
    "dataset_location_and_scale",
    "delineate",
    "design_filter",
    "find_atrial_rate",
    "find_r_peaks",
    "find_r_peaks_batch",
    "heart_rate_variability",
    "location_and_scale",
    "median_baseline",
    "missing_leads",
    "mix_leads",
    "normalize",
    "pad",
    "rate_ratio",
    "remove_mains",
    "resample",
    "resampled_length",
    "rescale",
    "resolve_leads",
    "streamed_quantiles",
    "to_vectorcardiogram",
    "unpadded_lengths",
    "unpadded_parts",
    "wavelet_baseline",
]

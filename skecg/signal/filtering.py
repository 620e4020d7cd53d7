"""Design Butterworth filters as second-order sections, and apply them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.signal import butter, sosfilt, sosfilt_zi

from ._rate import check_rate
from ._zero_phase import filter_zero_phase

__all__ = ["BANDS", "FILTERS", "apply_filter", "design_filter"]

FILTERS = ("bandpass", "lowpass", "highpass", "notch")
BANDS = {  # Hz; Kligfield et al. 2007, and their band of monitors
    "diagnostic": (0.05, 150.0),
    "pediatric": (0.05, 250.0),
    "monitoring": (0.5, 40.0),
}


def design_filter(
    kind: str, fs: float, *, low: float | None = None, high: float | None = None, order: int = 2
) -> np.ndarray:
    """Design a Butterworth filter.

    Parameters
    ----------
    kind : {"bandpass", "lowpass", "highpass", "notch", "diagnostic", "pediatric", "monitoring"}
        A band-pass keeps frequencies between `low` and `high`, a notch removes them. A low-pass
        uses only `high`, a high-pass only `low`. The last three are band-passes with their own edges, which the
        American Heart Association recommends: 0.05 to 150 Hz, 0.05 to 250 Hz (children), 0.5 to 40 Hz.
    fs : float
        Sampling rate in Hz.
    low, high : float, default=None
        Edges of the band in Hz, at which the amplitude is 1/sqrt(2); an edge that `kind` does not use is ignored.
    order : int, default=2
        Order of the underlying low-pass; a band-pass or notch has twice as many poles.

    Returns
    -------
    sos : ndarray of shape (n_sections, 6)
        Second-order sections.

    Raises
    ------
    ValueError
        If `kind` has another value, an edge does not lie between 0 and fs / 2, `low` is
        not below `high`, or a notch is wider than an octave.

    References
    ----------
    P. Kligfield et al., "Recommendations for the standardization and interpretation of the
    electrocardiogram, part I", Circulation 115 (2007) 1306-1324.

    Examples
    --------
    >>> from skecg.signal import design_filter
    >>> design_filter("bandpass", 500, low=0.5, high=40).shape
    (2, 6)
    """
    if kind in BANDS:
        (low, high), kind = BANDS[kind], "bandpass"
    if kind not in FILTERS:
        raise ValueError(f"kind must be one of {', '.join((*FILTERS, *BANDS))}; got {kind!r}.")
    check_rate(fs)
    used = {"lowpass": {"high": high}, "highpass": {"low": low}}.get(kind, {"low": low, "high": high})
    edges = []
    for name, edge in used.items():
        if edge is None or not 0 < edge < fs / 2:
            raise ValueError(
                f"{name}={edge} Hz is not an edge for a {kind} filter at {fs:g} Hz: an edge must be above 0 and below "
                f"half the rate, {fs / 2:g} Hz; frequencies above that are not in the signal."
            )
        edges.append(edge)
    if edges != sorted(set(edges)):
        raise ValueError(f"low must be below high; got low={low} and high={high} Hz.")
    if kind == "notch" and edges[1] > 2 * edges[0]:
        raise ValueError(
            f"A notch from {low} to {high} Hz would remove the ECG; set low and high close to the "
            "disturbance, for example low=49, high=51 for mains of 50 Hz."
        )
    btype = "bandstop" if kind == "notch" else kind
    return _butter(order, tuple(edges), btype, fs).copy()


@lru_cache(maxsize=64)  # a step designs its filter again for each block of records
def _butter(order: int, edges: tuple[float, ...], btype: str, fs: float) -> np.ndarray:
    return butter(order, edges[0] if len(edges) == 1 else edges, btype, fs=fs, output="sos")


def apply_filter(signal: np.ndarray, sos: np.ndarray, *, zero_phase: bool = True) -> np.ndarray:
    """Filter along the last axis.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Signals of at least one sample.
    sos : ndarray of shape (n_sections, 6)
        The filter, for example from `design_filter`.
    zero_phase : bool, default=True
        Whether to filter forwards and backwards, which shifts no wave and doubles each
        attenuation in dB. The values are those of `scipy.signal.sosfiltfilt` with its default
        odd padding; signals shorter than that get less padding. If False, the filter is
        causal, and starts in the steady state of a constant signal with the first value.

    Returns
    -------
    filtered : ndarray of shape (..., n_times)
        float32 for float32, else float64.

    Raises
    ------
    ValueError
        If there are no samples.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import apply_filter, design_filter
    >>> drift = np.linspace(0, 1, 3000)
    >>> sos = design_filter("highpass", 500, low=0.5)
    >>> bool(np.abs(apply_filter(drift, sos)).max() < 0.1)
    True
    """
    signal = np.asarray(signal)
    if not signal.shape[-1]:
        raise ValueError(f"There is nothing to filter: the time axis is empty; the shape is {signal.shape}.")
    if signal.dtype != np.float32:
        signal = signal.astype(np.float64, copy=False)
    if zero_phase:
        return filter_zero_phase(signal, sos)
    steady = sosfilt_zi(sos).reshape(len(sos), *[1] * (signal.ndim - 1), 2)
    # float64 also for float32 signals, because the poles of a 0.5 Hz filter are too close to 1
    filtered, _ = sosfilt(sos, signal.astype(np.float64), axis=-1, zi=steady * signal[..., :1])
    return filtered.astype(signal.dtype, copy=False)

"""Further measurements of the median beat: corrected QT, repolarisation, voltages of hypertrophy, and the ST segment.

The definitions stand in the docstring of `BeatFeatures`.
"""

import numpy as np

MORE_INTERVALS = ("qtc_framingham", "qtc_hodges", "jt_interval", "t_peak_end")
VOLTAGES = ("sokolow_lyon", "cornell_voltage", "cornell_product")
ST_TIMES = (0, 20, 40, 60, 80)  # ms after the end of QRS
ST = (*(f"st_j{time}" if time else "st_j" for time in ST_TIMES), "st_slope")


def measure_more_intervals(fiducials, interval):
    """Return the intervals in seconds, in the order of `MORE_INTERVALS`, (4, n_records).

    Parameters
    ----------
    fiducials : dict of ndarray of shape (n_records,)
        As from `delineate`.
    interval : ndarray of shape (n_records,)
        Usual interval between beats of each record in seconds.

    Returns
    -------
    values : ndarray of shape (4, n_records)
    """
    qt = fiducials["t_end"] - fiducials["qrs_onset"]
    return np.stack(
        [
            qt + 0.154 * (1 - interval),
            qt + 0.00175 * (60 / interval - 60),
            fiducials["t_end"] - fiducials["qrs_end"],
            fiducials["t_end"] - fiducials["t_peak"],
        ]
    )


def measure_voltages(waves, leads, qrs_duration):
    """Return the voltages of hypertrophy, in the order of `VOLTAGES`, (3, n_records); NaN if a lead is absent."""
    values = np.full((len(VOLTAGES), len(waves.beats)), np.nan)
    chest = waves.select(leads, ["V1", "V5", "V6"])
    if chest is not None:
        r, s = _heights(chest)
        values[0] = s[:, 0] + np.maximum(r[:, 1], r[:, 2])
    cornell = waves.select(leads, ["aVL", "V3"])
    if cornell is not None:
        r, s = _heights(cornell)
        values[1] = r[:, 0] + s[:, 1]
        values[2] = values[1] * qrs_duration
    return values


def measure_st(waves):
    """Return the ST segment of each lead, {name: (n_records, n_leads)}, in mV and, for the slope, mV/s."""
    end, fs = waves.at["qrs_end"], waves.fs
    levels = [waves.mean_around(end + time / 1000 * fs) for time in ST_TIMES]
    slope = (levels[-1] - levels[0]) / (ST_TIMES[-1] / 1000)
    return dict(zip(ST, (*levels, slope), strict=True))


def _heights(waves):
    """Return the height of R and the depth of the deepest negative wave of QRS, (n_records, n_leads)."""
    q, r, s = waves.deflections()
    return r, -np.minimum(q, s)

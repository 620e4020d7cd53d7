"""The measurements in the header of a sheet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..features import BeatFeatures
from ..records import ECGRecords
from ..signal.peaks import LOWEST_FS

LEAST, MOST = 2.0, 60.0  # s; shorter parts have too few beats, longer parts only take time
MISSING = "-"
_SHOWN = (
    ("HR", "heart_rate", 1.0, "{:.0f}/min"),
    ("PR", "pr_interval", 1000.0, "{:.0f} ms"),
    ("QRS", "qrs_duration", 1000.0, "{:.0f} ms"),
    ("QT", "qt_interval", 1000.0, "{:.0f} ms"),
    ("QTcB", "qtc_bazett", 1000.0, "{:.0f} ms"),
    ("QTcF", "qtc_fridericia", 1000.0, "{:.0f} ms"),
    ("QRS axis", "qrs_axis", 1.0, "{:.0f}°"),
)


def describe(measurements, record, start, duration):
    """Return the measurements as text: those that are given, those of a part of the record, or none.

    Parameters
    ----------
    measurements : bool or mapping of str to str or number
        True measures the part.
    record : ECGRecord
    start, duration : float
        The part in s; a part below ten seconds is extended up to ten seconds of the record.
    """
    if measurements is False or measurements is None:
        return []
    if isinstance(measurements, Mapping):
        return [f"{name} {value}" for name, value in measurements.items()]
    values = measure(record, start, duration)
    if not np.isfinite(values.get("heart_rate", np.nan)):
        return ["rate and intervals not measurable"]
    written = [
        f"{name} {form.format(factor * values[key]) if np.isfinite(values[key]) else MISSING}"
        for name, key, factor, form in _SHOWN
    ]
    return [*written, "(measured by skecg)"]


def measure(record, start, duration):
    """Return the features of the beats of a part of a record; an empty dict if it cannot be measured."""
    first = max(0, round(min(start, record.duration - 10.0) * record.fs))
    last = first + round(min(max(duration, 10.0), MOST) * record.fs)
    signal = record.signal[:, first:last]
    complete = np.isfinite(signal).all(axis=1)
    if record.fs < LOWEST_FS or signal.shape[1] < LEAST * record.fs or not complete.any():
        return {}
    leads = [lead for lead, kept in zip(record.leads, complete, strict=True) if kept]
    table = BeatFeatures().fit(part := ECGRecords(signal[complete][None], record.fs, leads=leads))
    return dict(zip(table.get_feature_names_out(), table.transform(part)[0], strict=True))

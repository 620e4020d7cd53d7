"""Places of the rows, and of the names of the leads where no trace is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import _traces
from ._places import Places
from ._sheet import HIGHEST, baselines
from ._text import extent_of

SIZE, CLOCK_SIZE = 9, 7  # points of the name of a lead, and of its time


@dataclass
class Rows:
    """The rows of a sheet: their zero lines, the height of the sheet, lines to draw, names and free places.

    `lines[k][i]` are x and y in mm of strip i of record k; `names` are (text, time, x, y) in mm.
    """

    y: np.ndarray
    height: float
    lines: list
    names: list
    places: Places


def lay_out(strips, cuts, *, gain, speed, width, tallest, calibration):
    """Return the rows of a sheet.

    If the traces leave no place for a name, the rows move apart as far as they need, and the sheet gets higher.
    """
    for roomy in (False, True):
        up, down = _reach(strips, cuts, gain, exact=roomy)
        up = np.maximum(up + 5.0 * roomy, (gain - 2.0) * calibration)
        y, height = baselines(up, down, *((2 * tallest, tallest) if roomy else (tallest, HIGHEST)))
        lines = [
            [
                (s.x + seconds * speed, y[s.row] + values * gain)
                for s, (seconds, values) in zip(strips, pieces, strict=True)
            ]
            for pieces in cuts
        ]
        places = _occupied(strips, lines, y, height, width, gain, speed, calibration)
        pulses = [calibration and not is_later(strip, strips) for strip in strips]
        names = [_place(places, s, y, height, speed, pulse) for s, pulse in zip(strips, pulses, strict=True)]
        if all(found for *_, found in names):
            break
    return Rows(y, height, lines, [name[:-1] for name in names], places)


def clock(seconds):
    """Return a time in the record as text, such as "12.5 s" or "1:02:03"."""
    if seconds < 60:
        return f"{seconds:.4g} s"
    minutes, rest = divmod(round(seconds, 1), 60)
    rest = f"{rest:04.1f}".removesuffix(".0")
    return f"{minutes:.0f}:{rest}" if minutes < 60 else f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{rest}"


def _reach(strips, cuts, gain, exact):
    """Return the distances in mm that the traces of each row reach above and below the zero line of the row."""
    n_rows, rare = max(strip.row for strip in strips) + 1, 0.0 if exact else 0.001
    up, down = np.zeros(n_rows), np.zeros(n_rows)
    for pieces in cuts:
        for strip, (_, values) in zip(strips, pieces, strict=True):
            values = values[np.isfinite(values)]
            if len(values):
                up[strip.row] = max(up[strip.row], np.quantile(values, 1 - rare) * gain)
                down[strip.row] = max(down[strip.row], -np.quantile(values, rare) * gain)
    return up, down


def _occupied(strips, lines, y, height, width, gain, speed, calibration):
    places = Places(width, height)
    for pieces in lines:
        for line in pieces:
            places.take_line(*line)
    for row in y if calibration else ():
        places.take_line(*_traces.pulse(row, gain, speed))
    for strip in strips:
        if is_later(strip, strips):
            places.take_line([strip.x, strip.x], [y[strip.row] - 2.0, y[strip.row] + 2.0])
    return places


def is_later(strip, strips):
    """Return whether another strip comes before this one in its row."""
    return any(other.row == strip.row and other.x < strip.x for other in strips)


def _place(places, strip, y, height, speed, after_pulse):
    """Return the name of a strip, its time, its place, and whether this place is free."""
    time = clock(strip.start) if strip.is_timed else ""
    (wide, tall), zero = extent_of(strip.lead, SIZE, "bold"), y[strip.row]
    wide += 1.5 + extent_of(time, CLOCK_SIZE)[0] if time else 0.0
    middles = (np.r_[2 * height - y[0], y] + np.r_[y, -y[-1]]) / 2  # above and below each row
    at = strip.x + 0.8, zero + (4.0 if len(y) > 7 else 5.0)
    left = 0.5 if after_pulse else strip.x + 0.5
    right = strip.x + strip.duration * speed - wide
    for most in (0.5 * right + 0.5 * strip.x, right):
        reach = (left, max(most, at[0])), (middles[strip.row + 1] + 0.5, middles[strip.row] - tall)
        found = places.nearest(at, wide, tall, *reach, weights=(0.5, 1.0))
        if found is not None:
            break
    x, bottom = found or at
    places.take_box(x, bottom, wide, tall)
    return strip.lead, time, x, bottom, found is not None

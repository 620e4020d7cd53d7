"""Places of the rows, and of the names of the leads where no trace is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import _traces
from ._places import Places
from ._sheet import HIGHEST, baselines
from ._text import extent_of, shorten

SIZE, DENSE_SIZE, NOTE_SIZE = 9, 8, 7  # points of the name of a lead, of one of many, and of the note that follows it
_GAP = 1.5  # mm between both
_MORE = (1, 1.25, 1.5, 2, 3, 5, 8)  # heights of the sheet to try


@dataclass(frozen=True)
class Name:
    """The name of a strip: its size in points, a note that follows it, its place in mm, and whether that is free."""

    text: str
    size: float
    note: str
    x: float
    y: float
    is_free: bool

    @property
    def after(self):
        """The place of the note."""
        return self.x + extent_of(self.text, self.size, "bold")[0] + _GAP


@dataclass(frozen=True)
class Rows:
    """The rows of a sheet: their zero lines, the height of the sheet, lines to draw, names and free places.

    `lines[k][i]` are x and y in mm of strip i of record k; `names[i]` is the name of strip i.
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
    for more in _MORE:
        roomy, limits = more > 1, (more * tallest, more * HIGHEST)
        up, down = _reach(strips, cuts, gain, exact=roomy)
        y, height = baselines(np.maximum(up + 5.0 * roomy, (gain - 2.0) * calibration), down, *limits)
        lines = [
            [(s.x + times * speed, y[s.row] + values * gain) for s, (times, values) in zip(strips, pieces, strict=True)]
            for pieces in cuts
        ]
        places = _occupied(strips, lines, y, height, width, gain, speed, calibration)
        middles = (np.r_[2 * height - y[0], y] + np.r_[y, -y[-1]]) / 2  # above and below each row
        names = []
        for i, strip in enumerate(strips):
            empty = not any(np.isfinite(pieces[i][1]).any() for pieces in cuts)
            size, above = (DENSE_SIZE, 4.0) if len(y) > 7 else (SIZE, 5.0)
            band = middles[strip.row + 1], y[strip.row] + above, middles[strip.row]
            left = 0.5 if calibration and not is_later(strip, strips) else strip.x + 0.5
            names.append(_place(places, strip, band, left, strip.duration * speed, size, empty))
        if all(name.is_free for name in names):
            break
    return Rows(y, height, lines, names, places)


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


def _place(places, strip, band, left, length, size, empty):
    """Return the name of a strip at a free place; `band` is the lowest, the preferred and the highest y in mm."""
    note = "   ".join([*([clock(strip.start)] if strip.is_timed else []), *(["no signal"] if empty else [])])
    more = extent_of(note, NOTE_SIZE)[0] + _GAP if note else 0.0
    text, size = shorten(strip.lead, max(length - more - 2.0, 5.0), size, "bold")
    wide, tall = extent_of(text, size, "bold")
    wide, tall = wide + more, max(tall, extent_of("lp", NOTE_SIZE)[1])
    low, at, high = band[0] + 0.5, (strip.x + 0.8, band[1]), band[2] - tall
    for share in (0.5, 1.0):  # of the strip, at whose start the name should be
        right = max(strip.x + share * length - wide, at[0])
        found = places.nearest(at, wide, tall, (left, right), (low, high), weights=(1.0, 0.6))
        if found is not None:
            break
    x, y = found or at
    places.take_box(x, y, wide, tall)
    return Name(text, size, note, x, y, found is not None)

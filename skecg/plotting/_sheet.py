"""Layout of a sheet of ECG paper, in mm."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

CALIBRATION = 10.0  # width in mm of the pulse at the start of a row
WIDTH = 250.0  # mm of a row, ten seconds at 25 mm/s, as in printed ECGs
ROWS = 6  # rows of a sheet if one, two or three leads are wrapped
SHORTEST_COLUMN = 2.0  # in s, so that a lead shows at least two beats
A4 = 210.0  # mm, the height of a sheet in landscape
NARROWEST = 100.0  # width in mm, so that the header fits
HIGHEST = 60.0  # mm; most room that a trace gets above or below
_LAYOUTS = {6: (3, 2), 8: (4, 2), 12: (3, 4)}


@dataclass(frozen=True)
class Strip:
    """A piece of one lead: its place on the sheet and its time in the record.

    `row` counts from the top, `x` is the left end in mm, `start` and `duration` are the time in the
    record in s. `is_rhythm` marks a rhythm strip, `is_timed` a strip whose name has its time.
    """

    lead: str
    row: int
    x: float
    start: float
    duration: float
    is_rhythm: bool = False
    is_timed: bool = False


def grid_of(layout, n_leads):
    """Return (rows, columns) of a layout such as "3x4"; "auto" depends on the number of leads."""
    if layout == "auto":
        return _LAYOUTS.get(n_leads, (n_leads, 1) if n_leads <= 12 else (math.ceil(n_leads / 2), 2))
    match = re.fullmatch(r"([1-9]\d?)\s*x\s*([1-9]\d?)", layout) if isinstance(layout, str) else None
    if match is None:
        raise ValueError(f'layout must be "auto" or rows x columns, such as "3x4"; got {layout!r}.')
    rows, columns = int(match[1]), int(match[2])
    if rows * columns < n_leads:
        raise ValueError(f"layout={layout!r} has room for {rows * columns} leads, the record has {n_leads}.")
    return rows, columns


def longest(n_leads, layout, rhythm, speed):
    """Return the longest time in s that a sheet of the width of A4 shows."""
    return WIDTH / speed * (max(1, ROWS // max(1, n_leads)) if _is_wrapped(n_leads, layout, rhythm) else 1)


def _is_wrapped(n_leads, layout, rhythm):
    return n_leads <= 3 and layout == "auto" and rhythm in ("auto", None)


def arrange(leads, available, *, layout, rhythm, start, duration, speed):
    """Return the strips of a sheet.

    Parameters
    ----------
    leads : sequence of str
    available : float
        Length of the longest record in s.
    layout, rhythm, start, duration, speed
        As in `plot_ecg`.

    Returns
    -------
    strips : list of Strip
    """
    if duration is not None and not duration > 0:
        raise ValueError(f"duration must be positive, in s; got {duration!r}.")
    if not 0 <= start < available:
        raise ValueError(f"start={start:g} s lies outside the record, which lasts {available:g} s.")
    left = available - start
    n_rows, n_columns = grid_of(layout, len(leads))
    usual = longest(1 if len(leads) == 1 else 4, layout, rhythm, speed) if duration is None else duration
    shown = min(left, usual)
    if _is_wrapped(len(leads), layout, rhythm) and (len(leads) == 1 or shown > WIDTH / speed):
        return _wrapped(leads, start, shown, WIDTH / speed)
    step, width = _columns(shown, n_columns, usual)
    if rhythm == "auto":  # lead II, unless the columns already show the whole time
        rhythm = [lead for lead in leads if lead.casefold() == "ii" and n_columns >= 3 and width != shown]
    strips, unlike = [], step == 0 and (start > 0 or rhythm)  # what is below has other times than these columns
    for i, lead in enumerate(leads):
        column, row = divmod(i, n_rows)
        begin = start + column * step
        strips.append(Strip(lead, row, column * width * speed, begin, width, is_timed=bool(unlike and column)))
    for i, lead in enumerate(rhythm or ()):
        strips.append(Strip(lead, n_rows + i, 0.0, start, shown, is_rhythm=True))
    return strips


def _columns(shown, n_columns, sheet):
    """Return the time between the starts of two neighbouring columns, and the duration of a column."""
    if n_columns == 1:
        return 0.0, shown
    if shown * n_columns <= sheet:
        return 0.0, shown  # every column shows the whole time
    if shown / n_columns >= SHORTEST_COLUMN:
        return shown / n_columns, shown / n_columns
    return 0.0, min(shown, sheet / n_columns)


def _wrapped(leads, start, shown, row):
    """Return up to three leads as rows of `row` seconds below each other."""
    strips = []
    for i in range(max(1, math.ceil(shown / row - 1e-9))):
        begin, length = start + i * row, min(row, shown - i * row)
        for j, lead in enumerate(leads):
            timed = begin > 0 and j == 0
            strips.append(Strip(lead, i * len(leads) + j, 0.0, begin, length, is_rhythm=True, is_timed=timed))
    return strips


def baselines(up, down, tallest, highest=HIGHEST):
    """Return the height of each row's zero line above the lower edge, and the height of the sheet, in mm.

    Parameters
    ----------
    up, down : ndarray of shape (n_rows,)
        Distances that the traces of a row reach above and below the zero line of the row, in mm.
    tallest : float
        Height in mm that the sheet should not exceed; where rows want more, the largest gaps between rows shrink
        first, and the room above and below at last.
    highest : float, default=60.0
        Largest gap in mm.

    Returns
    -------
    y : ndarray of shape (n_rows,)
    height : float
    """
    n_rows = len(up)
    least = np.full(n_rows + 1, 30.0 if n_rows <= 5 else 20.0 if n_rows <= 7 else 15.0)
    least[[0, -1]] = 15.0 if n_rows <= 7 else 10.0, 10.0
    wanted = 5.0 * np.ceil(np.r_[up[0] + 5.0, down[:-1] + up[1:] + 4.0, down[-1] + 5.0] / 5.0)
    gaps = np.maximum(wanted.clip(None, highest), least)
    for part in (slice(1, -1), [0, -1]):  # a trace may cross another row, but it ends at the edge of the paper
        while gaps.sum() > tallest and (gaps[part] > least[part]).any():
            largest = gaps[part][gaps[part] > least[part]].max()
            gaps[part] = np.maximum(np.minimum(gaps[part], largest - 5.0), least[part])
    if gaps.sum() > tallest and n_rows > 1:
        gaps[1:-1] = np.floor((tallest - gaps[[0, -1]].sum()) / (n_rows - 1)).clip(10.0, gaps[1:-1])
    height = gaps.sum()
    return height - np.cumsum(gaps[:-1]), float(height)

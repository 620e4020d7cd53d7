"""Layout of a sheet of ECG paper, in mm."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

CALIBRATION = 10.0  # width in mm of the pulse at the start of a row
SHEET = 10.0  # duration in s of a sheet, as in printed ECGs
LONGEST_WRAPPED = 60.0  # longest duration in s of a single lead, six rows
SHORTEST_COLUMN = 2.0  # in s, so that a lead shows at least two beats
TALLEST = 190.0  # height in mm of the paper, so that a sheet fits on A4 with its margins
NARROWEST = 100.0  # width in mm, so that the header fits
_LAYOUTS = {6: (3, 2), 8: (4, 2), 12: (3, 4)}


@dataclass(frozen=True)
class Strip:
    """A piece of one lead: its place on the sheet and its time in the record.

    `row` counts from the top, `x` is the left end in mm, `start` and `duration` are the time in the
    record in s. `is_rhythm` marks a rhythm strip.
    """

    lead: str
    row: int
    x: float
    start: float
    duration: float
    is_rhythm: bool = False


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


def spelled(names, leads):
    """Return lead names in the spelling of the record, without regard to case; unknown names stay unchanged."""
    spelling = {lead.casefold(): lead for lead in reversed(leads)}
    return [name if name in leads else spelling.get(str(name).casefold(), name) for name in names]


def rhythm_leads(rhythm, leads, n_columns):
    """Return the leads of the rhythm strips; "auto" is lead II if there are three columns or more."""
    if rhythm == "auto":
        return [lead for lead in spelled(["II"], leads) if n_columns >= 3 and lead in leads]
    names = spelled([] if rhythm is None else [rhythm] if isinstance(rhythm, str) else rhythm, leads)
    unknown = [name for name in names if name not in leads]
    if unknown:
        raise ValueError(f"rhythm names {unknown}, which are not among the leads {', '.join(leads)}.")
    return names


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
    if not 0 <= start < available:
        raise ValueError(f"start={start:g} s lies outside the record, which lasts {available:g} s.")
    left = available - start
    n_rows, n_columns = grid_of(layout, len(leads))
    if len(leads) == 1 and layout == "auto" and rhythm in ("auto", None):
        return _wrapped(leads[0], start, min(left, LONGEST_WRAPPED if duration is None else duration), speed)
    shown = min(left, SHEET if duration is None else duration)
    step, width = _columns(shown, n_columns, SHEET if duration is None else duration)
    strips = []
    for i, lead in enumerate(leads):
        column, row = divmod(i, n_rows)
        strips.append(Strip(lead, row, column * width * speed, start + column * step, width))
    if rhythm == "auto" and width == shown:
        rhythm = None  # the columns already show the whole time
    for i, lead in enumerate(rhythm_leads(rhythm, leads, n_columns)):
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


def _wrapped(lead, start, shown, speed):
    """Return one lead as rows of ten seconds."""
    n_rows = max(1, math.ceil(shown / SHEET - 1e-9))
    lengths = [min(SHEET, shown - i * SHEET) for i in range(n_rows)]
    return [Strip(lead, i, 0.0, start + i * SHEET, length, is_rhythm=True) for i, length in enumerate(lengths)]


def baselines(up, down):
    """Return the height of each row's zero line above the lower edge, and the height of the sheet, in mm.

    Parameters
    ----------
    up, down : ndarray of shape (n_rows,)
        Distances that the traces of a row reach above and below the zero line of the row, in mm.

    Returns
    -------
    y : ndarray of shape (n_rows,)
    height : float
    """
    n_rows = len(up)
    least = 30.0 if n_rows <= 5 else 20.0 if n_rows <= 7 else 15.0
    most = max(least, min(60.0, 5.0 * (TALLEST / (n_rows + 1) // 5)))
    gaps = _in_squares(down[:-1] + up[1:] + 4.0, least, most)
    top = _in_squares(up[:1] + 5.0, 15.0, most)[0]
    bottom = _in_squares(down[-1:] + 5.0, 10.0, 10.0 if n_rows > 7 else most)[0]
    height = top + gaps.sum() + bottom
    return height - top - np.concatenate([[0.0], np.cumsum(gaps)]), float(height)


def _in_squares(lengths, least, most):
    """Round lengths up to whole squares of 5 mm, within limits."""
    return np.clip(5.0 * np.ceil(lengths / 5.0), least, most)

"""The footer below the paper: times, the colours of an explanation, and how the record is drawn."""

from __future__ import annotations

import numpy as np

from . import _traces
from ._names import clock
from ._paper import INK, height_of
from ._text import Line, extent_of, join, wrap

MARGIN = 1.5  # mm above and below the footer
_SIZE = 7  # points
_TIMES, _ROW = 3.5, Line("", _SIZE).height + 0.8  # mm, the heights of the times and of a row of colours
_BAR = 54.0  # mm, the colour bar with its numbers
_GREY = "not seen by the model"


class Footer:
    """The lines below the paper.

    Parameters
    ----------
    given : Given
    strips : list of Strip
    width : float
        Of the paper in mm.
    speed, gain : float
    shown : (float, float)
        Start and duration of the sheet in s.
    label : str
        Name and unit of the explanation.
    """

    def __init__(self, given, strips, width, speed, gain, shown, label):
        self.attribution, self.label, self.speed = given.attribution, label, speed
        self.lines = _settings(given, width, speed, gain, shown)
        in_rows = any(strip.is_rhythm and strip.is_timed for strip in strips[1:])  # which have times of their own
        self.is_timed, self.names, self.n_rows = shown[0] > 0 and not in_rows, [], 0
        if given.attribution is not None:
            named = extent_of(label, _SIZE)[0] + _BAR
            self.names = wrap(label, width, _SIZE) if named > width else []
            self.has_grey = bool(np.isnan(given.attribution).any())
            fits = (_BAR if self.names else named) + extent_of(_GREY, _SIZE)[0] + 10.0 <= width
            self.n_rows = 2 if self.has_grey and not fits else 1
        self.height = 2 * MARGIN + _TIMES * self.is_timed + height_of(self.lines + self.names) + _ROW * self.n_rows

    def write(self, paper, strips, largest):
        """Write the footer; `largest` is the attribution of the full colour."""
        top = -MARGIN
        if self.is_timed:
            _write_times(paper, strips, self.speed)
            top -= _TIMES
        if self.attribution is not None:
            paper.write_lines(self.names, 0.0, top)
            top -= height_of(self.names) + _ROW
            if self.has_grey:
                _traces.draw_unseen(paper, top + 0.8, _GREY, _SIZE)
            top -= _ROW * (self.n_rows - 1)
            label, signed = "" if self.names else self.label, bool((self.attribution < 0).any())
            _traces.draw_scale(paper, top + 0.8, largest, label=label, signed=signed, size=_SIZE)
        paper.write_lines(self.lines, 0.0, top)


def _settings(given, width, speed, gain, shown):
    """Return the lines of the footer: speed, gain, rates, notes, and which part of the record is shown."""
    rates, available = sorted({ecg.fs for ecg in given.records}), max(ecg.duration for ecg in given.records)
    parts = [f"{speed:g} mm/s", f"{gain:g} mm/mV", *(f"{fs:g} Hz" for fs in rates), *given.notes]
    if shown[1] < available - 1 / rates[0]:
        parts.append(f"{clock(shown[0])} to {clock(min(sum(shown), available))} of {clock(available)}")
    return join(parts, width, _SIZE, gap="   ")


def _write_times(paper, strips, speed):
    """Write the time in the record at the whole seconds below the lowest row."""
    lowest = max(strip.row for strip in strips)
    right = -1.0
    for strip in strips:
        if strip.row != lowest:
            continue
        for second in range(int(np.ceil(strip.start - 1e-6)), int(strip.start + strip.duration + 1e-6) + 1):
            x, text = strip.x + (second - strip.start) * speed, clock(second)
            half = extent_of(text, _SIZE)[0] / 2
            if x - half < right or x + half > paper.width + 5.0:
                continue
            paper.ax.plot([x, x], [-1.0, 0.0], color=INK[0], lw=0.8 * min(1.0, paper.scale), clip_on=False)
            paper.write(x, -1.2, text, _SIZE, ha="center", va="top")
            right = x + half + 2.0

"""Traces, calibration pulses and attributions on a sheet, in mm."""

from __future__ import annotations

import numpy as np

from ._paper import INK
from ._text import extent_of

UNSEEN = "#8d8d8d"


def pulse(y, gain, speed):
    """Return the points of the pulse of 1 mV and 0.2 s at the start of a row."""
    wide = min(0.2 * speed, 7.0)
    before = (9.0 - wide) / 2
    x = np.array([0.0, before, before, before + wide, before + wide, 9.0])
    return x + 0.5, y + gain * np.array([0, 0, 1, 1, 0, 0])


def draw_calibration(paper, y, gain, speed):
    thickness = 0.8 * min(1.0, paper.scale)
    paper.ax.plot(*pulse(y, gain, speed), color=INK[0], lw=thickness, solid_joinstyle="miter", zorder=4)


def cut(signal, fs, strip):
    """Return the times in s after the start of a strip, and the values of the strip minus their median."""
    first = max(0, int(np.ceil(strip.start * fs - 1e-6)))
    last = min(len(signal), int(np.floor((strip.start + strip.duration) * fs + 1e-6)) + 1)
    values = np.asarray(signal[first:last], np.float64)
    finite = values[np.isfinite(values)]
    return np.arange(first, last) / fs - strip.start, values - (np.median(finite) if len(finite) else 0.0)


def draw_trace(paper, x, y, *, colour, thickness):
    (line,) = paper.ax.plot(
        x,
        y,
        color=colour,
        lw=thickness * min(1.0, paper.scale),
        solid_joinstyle="round",
        solid_capstyle="round",
        zorder=5,
    )
    paper.clip(line)


def draw_separator(paper, x, y):
    """Draw the tick that separates two leads in a row."""
    paper.ax.plot([x, x], [y - 2.0, y + 2.0], color=INK[0], lw=0.8 * min(1.0, paper.scale), zorder=6)


def smooth(values, width):
    """Average over `width` samples, rounded up to an odd number; over fewer at the ends and where values miss."""
    kernel = np.ones(min(2 * (width // 2) + 1, 2 * ((len(values) - 1) // 2) + 1))
    there = np.isfinite(values)
    count = np.convolve(there.astype(np.float64), kernel, "same")
    mean = np.convolve(np.where(there, values, 0.0), kernel, "same") / np.where(count > 0, count, 1.0)
    return np.where(there, mean, np.nan)


def tint(values, largest):
    """Convert attributions to RGBA: red supports the decision, blue opposes it, zero is transparent."""
    share = np.clip(np.nan_to_num(values) / (largest or 1.0), -1, 1)
    rgba = np.zeros((*share.shape, 4))
    rgba[share > 0, :3] = (0.86, 0.10, 0.10)
    rgba[share <= 0, :3] = (0.10, 0.30, 0.86)
    rgba[..., 3] = 0.65 * np.abs(share)
    return rgba


def draw_attribution(paper, values, seconds, x, y, reach, *, speed, largest):
    """Shade the row with the attributions, from `reach[0]` mm below to `reach[1]` mm above its zero line.

    Times that the model did not see, whose values are NaN, are grey.
    """
    if not len(values):
        return
    half = 0.5 * speed * (seconds[1] - seconds[0] if len(seconds) > 1 else 0.0)
    box = (x + seconds[0] * speed - half, x + seconds[-1] * speed + half, y - reach[0], y + reach[1])
    paper.ax.imshow(tint(values[None], largest), extent=box, aspect="auto", interpolation="nearest", zorder=2)
    edges = np.diff(np.isnan(values).astype(int), prepend=0, append=0)
    ends = zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True)
    bars = [(x + seconds[a] * speed - half, (seconds[b - 1] - seconds[a]) * speed + 2 * half) for a, b in ends]
    if bars:
        paper.ax.broken_barh(bars, (y - reach[0], sum(reach)), facecolors=UNSEEN, alpha=0.3, lw=0, zorder=2)


def draw_scale(paper, y, largest, *, label, signed, size):
    """Draw the colour scale of the attributions, with its name on the left, at the right end of the paper."""
    ends = (-largest, largest) if signed else (0.0, largest)
    x = paper.width
    for text, room in ((f"{ends[1]:.2g}", 1.0), (None, 30.0), (f"{ends[0]:.2g}", 1.5), (label, 0.0)):
        if text is None:
            ramp = tint(np.linspace(*ends, 64)[None], largest)
            paper.ax.imshow(ramp, extent=(x - room, x, y + 0.3, y + 2.5), aspect="auto", zorder=2)
            x -= room + 1.0
        elif text:
            paper.write(x, y, text, size, ha="right")
            x -= extent_of(text, size)[0] + room


def draw_unseen(paper, y, label, size):
    """Draw what grey means, at the left end of the paper."""
    from matplotlib.patches import Rectangle

    paper.ax.add_patch(Rectangle((0, y + 0.3), 5.0, 2.2, facecolor=UNSEEN, alpha=0.3, lw=0, zorder=2))
    paper.write(6.0, y, label, size)

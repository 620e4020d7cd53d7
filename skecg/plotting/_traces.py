"""Drawing functions of plot_ecg, in mm: paper, calibration pulse, traces and attributions."""

from __future__ import annotations

import numpy as np

MINOR, MAJOR, PAPER = "#f7dcdc", "#e8a9a9", "#fffdfc"
INK = ("#111111", "#1d4fa3", "#b3261e", "#18794e", "#8a4fbf", "#b26a00")


def draw_paper(ax, width, height):
    """Draw the grid: a thin line every mm, a stronger line every 5 mm."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((0, 0), width, height, facecolor=PAPER, edgecolor="none", zorder=0))
    for step, colour, thickness in ((1, MINOR, 0.3), (5, MAJOR, 0.5)):
        xs, ys = np.arange(0, width + 0.5, step), np.arange(0, height + 0.5, step)
        if step == 1:
            xs, ys = xs[xs % 5 != 0], ys[ys % 5 != 0]
        lines = [((x, 0), (x, height)) for x in xs] + [((0, y), (width, y)) for y in ys]
        ax.add_collection(LineCollection(lines, colors=colour, linewidths=thickness, zorder=1))


def draw_calibration(ax, y, gain, speed):
    """Draw the pulse of 1 mV and 0.2 s at the start of a row."""
    wide = min(0.2 * speed, 7.0)
    before = (9.0 - wide) / 2
    x = np.array([0.0, before, before, before + wide, before + wide, 9.0])
    ax.plot(x + 0.5, y + gain * np.array([0, 0, 1, 1, 0, 0]), color=INK[0], lw=0.8, solid_joinstyle="miter", zorder=4)


def cut(signal, fs, strip):
    """Return the times in s after the start of a strip, and the values of the strip minus their median."""
    first = max(0, int(np.ceil(strip.start * fs - 1e-6)))
    last = min(len(signal), int(np.floor((strip.start + strip.duration) * fs + 1e-6)) + 1)
    values = np.asarray(signal[first:last], np.float64)
    finite = values[np.isfinite(values)]
    return np.arange(first, last) / fs - strip.start, values - (np.median(finite) if len(finite) else 0.0)


def draw_trace(ax, seconds, values, x, y, *, speed, gain, colour, thickness):
    ax.plot(
        x + seconds * speed,
        y + values * gain,
        color=colour,
        lw=thickness,
        solid_joinstyle="round",
        solid_capstyle="round",
        zorder=5,
    )


def draw_name(ax, lead, x, y):
    from matplotlib import patheffects

    ring = [patheffects.withStroke(linewidth=2.0, foreground=PAPER)]
    ax.text(x, y, lead, fontsize=9, weight="bold", color=INK[0], va="bottom", zorder=7, path_effects=ring)


def draw_separator(ax, x, y):
    """Draw the tick that separates two leads in a row."""
    ax.plot([x, x], [y - 2.0, y + 2.0], color=INK[0], lw=0.8, zorder=6)


def smooth(values, width):
    """Average over `width` samples, rounded up to an odd number; at the ends over fewer samples."""
    kernel = np.ones(min(2 * (width // 2) + 1, 2 * ((len(values) - 1) // 2) + 1))
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")


def tint(values, largest):
    """Convert attributions to RGBA: red supports the decision, blue opposes it, zero is transparent."""
    share = np.clip(np.nan_to_num(values) / (largest or 1.0), -1, 1)
    rgba = np.zeros((*share.shape, 4))
    rgba[share > 0, :3] = (0.86, 0.10, 0.10)
    rgba[share <= 0, :3] = (0.10, 0.30, 0.86)
    rgba[..., 3] = 0.65 * np.abs(share)
    return rgba


def draw_attribution(ax, values, seconds, x, y, reach, *, speed, largest):
    """Shade the row with the attributions, from `reach[0]` mm below to `reach[1]` mm above its zero line."""
    if not len(values):
        return
    half = 0.5 * speed * (seconds[1] - seconds[0] if len(seconds) > 1 else 0.0)
    box = (x + seconds[0] * speed - half, x + seconds[-1] * speed + half, y - reach[0], y + reach[1])
    ax.imshow(tint(values[None], largest), extent=box, aspect="auto", interpolation="nearest", zorder=2)


def draw_scale(ax, x, y, largest, signed):
    """Draw the colour scale of the attributions."""
    ends = (-largest, largest) if signed else (0.0, largest)
    ramp = np.linspace(*ends, 64)[None]
    ax.imshow(tint(ramp, largest), extent=(x - 30, x, y, y + 2.2), aspect="auto", zorder=2)
    ax.text(x - 31, y + 1.1, f"{ends[0]:.2g}", ha="right", va="center", fontsize=7)
    ax.text(x + 1, y + 1.1, f"{ends[1]:.2g}", ha="left", va="center", fontsize=7)

"""The paper of a sheet: its axes in mm, its grid, and text in the scale of the paper."""

from __future__ import annotations

import numpy as np

from ._text import Line

MARGIN = 5.0  # mm around the paper
MINOR, MAJOR, PAPER = "#f7dcdc", "#e8a9a9", "#fffdfc"
INK = ("#111111", "#1d4fa3", "#b3261e", "#18794e", "#8a4fbf", "#b26a00")


class Paper:
    """Axes in mm, from the lower left corner of the paper.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        None makes a figure of the size of the sheet. Given axes set the scale of everything, also of the text.
    width, height : float
        Of the paper in mm.
    header, footer : float
        Room above and below the paper in mm.
    """

    def __init__(self, plt, ax, width, height, header, footer):
        self.width, self.height, self.footer = width, height, footer
        box = (-MARGIN, width + MARGIN), (-footer, height + header)
        size = [(high - low) / 25.4 for low, high in box]
        new = ax is None
        self.ax = plt.figure(figsize=size, facecolor="white").add_axes((0, 0, 1, 1)) if new else ax
        self.ax.set_aspect("auto" if new else "equal")
        self.ax.set_xlim(*box[0])
        self.ax.set_ylim(*box[1])
        self.ax.set_autoscale_on(False)
        self.ax.set_axis_off()
        self.scale = 1.0 if new else self._scale()
        self._draw_grid()

    def _scale(self):
        """Return how many mm one mm of the paper takes in the given axes."""
        self.ax.apply_aspect()
        (left, _), (right, _) = self.ax.transData.transform([(0, 0), (self.width, 0)])
        return float((right - left) / self.ax.figure.dpi * 25.4 / self.width)

    def write(self, x, y, text, size, **style):
        """Write a line of text, of a size in points if the sheet is printed at true scale."""
        style = {"color": INK[0], "va": "bottom", "parse_math": False, "zorder": 7} | style
        return self.ax.text(x, y, text, fontsize=size * self.scale, **style)

    def write_lines(self, lines, x, top):
        """Write lines below each other, from `top` in mm downwards."""
        for line in lines:
            top -= line.height
            self.write(x, top, line.text, line.size, weight=line.weight, color=line.colour)

    def clip(self, artist):
        """Let a trace end at the edge of the paper."""
        from matplotlib.patches import Rectangle

        artist.set_clip_path(Rectangle((0, 0), self.width, self.height, transform=self.ax.transData))
        return artist

    def _draw_grid(self):
        """Draw a thin line every mm, and a stronger line every 5 mm."""
        from matplotlib.collections import LineCollection
        from matplotlib.patches import Rectangle

        w, h = self.width, self.height
        self.ax.add_patch(Rectangle((0, 0), w, h, facecolor=PAPER, edgecolor="none", zorder=0))
        for step, colour, thickness in ((1, MINOR, 0.3), (5, MAJOR, 0.5)):
            xs, ys = np.arange(0, w + 0.5, step), np.arange(0, h + 0.5, step)
            if step == 1:
                xs, ys = xs[xs % 5 != 0], ys[ys % 5 != 0]
            lines = [((x, 0), (x, h)) for x in xs] + [((0, y), (w, y)) for y in ys]
            widths = thickness * min(1.0, self.scale)
            self.ax.add_collection(LineCollection(lines, colors=colour, linewidths=widths, zorder=1))


def height_of(lines: list[Line]) -> float:
    """Return the height of lines in mm."""
    return sum(line.height for line in lines)

"""Free places on a sheet, so that no text touches a trace."""

from __future__ import annotations

import numpy as np

CELL = 0.5  # mm
CLEARANCE = 0.6  # mm around a text


class Places:
    """The cells of a sheet, 0.5 mm wide and high, that traces and texts take.

    Parameters
    ----------
    width, height : float
        Of the paper in mm.
    """

    def __init__(self, width, height):
        self.taken = np.zeros((round(height / CELL), round(width / CELL)), bool)

    def take_line(self, x, y):
        """Take the cells that a line through points crosses; NaN is a gap."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        drawn = np.isfinite(y[1:]) & np.isfinite(y[:-1])
        x0, y0, dx, dy = x[:-1][drawn], y[:-1][drawn], np.diff(x)[drawn], np.diff(y)[drawn]
        n = np.minimum(np.ceil(np.maximum(abs(dx), abs(dy)) / (CELL / 2)), 10 * max(self.taken.shape)).astype(int) + 1
        share = (np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)) / np.repeat(np.maximum(n - 1, 1), n)
        self._take(np.repeat(x0, n) + share * np.repeat(dx, n), np.repeat(y0, n) + share * np.repeat(dy, n))

    def take_box(self, x, y, wide, tall):
        """Take the cells of a box with its lower left corner at (x, y)."""
        (bottom, top), (left, right) = self._span(y, y + tall, 0), self._span(x, x + wide, 1)
        self.taken[bottom:top, left:right] = True

    def nearest(self, at, wide, tall, xs, ys, weights=(1.0, 1.0)):
        """Return the lower left corner of the free box that is nearest to a point, or None if there is none.

        Parameters
        ----------
        at : (float, float)
            The preferred corner in mm.
        wide, tall : float
            Size of the box in mm.
        xs, ys : (float, float)
            Limits of the corner in mm.
        weights : (float, float), default=(1.0, 1.0)
            Of the distances along x and y.
        """
        x, y = (self._steps(*limits, origin) for limits, origin in zip((xs, ys), at, strict=True))
        x = x[(x >= 0) & (x + wide <= CELL * self.taken.shape[1])]
        y = y[(y >= 0) & (y + tall <= CELL * self.taken.shape[0])]
        if not len(x) or not len(y):
            return None
        sums = np.pad(self.taken.astype(np.int64), ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
        left, right = self._span(x - CLEARANCE, x + wide + CLEARANCE, 1)
        bottom, top = (rows[:, None] for rows in self._span(y - CLEARANCE, y + tall + CLEARANCE, 0))
        free = sums[top, right] - sums[top, left] - sums[bottom, right] + sums[bottom, left] == 0
        if not free.any():
            return None
        distance = weights[0] * abs(x - at[0]) + weights[1] * abs(y - at[1])[:, None]
        row, column = np.unravel_index(np.where(free, distance, np.inf).argmin(), free.shape)
        return float(x[column]), float(y[row])

    def _take(self, x, y):
        row, column = (np.floor(v / CELL).astype(int) for v in (y, x))
        inside = (row >= 0) & (row < self.taken.shape[0]) & (column >= 0) & (column < self.taken.shape[1])
        self.taken[row[inside], column[inside]] = True

    def _span(self, low, high, axis):
        """Return the first cell and the end of the cells between two positions."""
        n = self.taken.shape[axis]
        first, end = np.floor(np.asarray(low) / CELL), np.ceil(np.asarray(high) / CELL)
        return np.clip(first, 0, n).astype(int), np.clip(end, 0, n).astype(int)

    @staticmethod
    def _steps(low, high, origin):
        """Return positions between two limits, among them the preferred one."""
        steps = np.arange(low, high + 1e-9, CELL / 2)
        return np.append(steps, origin) if low <= origin <= high else steps

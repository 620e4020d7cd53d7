"""The header above the paper."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import _measurements
from ._annotations import COLOURS, colours_of
from ._paper import INK
from ._text import Line, extent_of, join, wrap

LEGEND = Line("", 8).height  # mm, of a row of the legend


def header_of(given, width, *, title, prediction, truth, labels, measurements, shown):
    """Return the lines of the header: who, when, what was measured, truth and prediction.

    Parameters
    ----------
    given : Given
    width : float
        Of the paper in mm.
    shown : (float, float)
        Start and duration of the sheet in s, which are measured.
    title, prediction, truth, labels, measurements
        As in `plot_ecg`.
    """
    records, whole = given.records, given.whole
    if labels is not None and len(labels) != len(records):
        raise ValueError(f"labels must name each of the {len(records)} records; got {list(labels)}.")
    several = len(records) > 1
    lines = [] if title is None else wrap(title, width, 11, "bold")
    for i, ecg in enumerate(whole):
        found = _measurements.describe(measurements, ecg, *shown)
        details = [*(() if title is not None and not several else _when(ecg)), *found]
        if several:
            label = _label(ecg, i) if labels is None else str(labels[i])
            colour = INK[i % len(INK)]
            lines += wrap(", ".join([label, *_patient(ecg)]), width, 9, "bold", colour)
            lines += join(details, width, 8, gap="   ", colour=colour)
        else:
            lines += [] if title is not None else wrap(", ".join([*_name(ecg), *_patient(ecg)]), width, 11, "bold")
            lines += join(details, width, 9, gap="   ")
    results = [None if truth is None else f"Truth: {_names(truth, 'truth')}"]
    results += [None if prediction is None else f"Predicted: {_names(prediction, 'prediction')}"]
    return lines + join(results, width, 9)


def legend_of(waves, width):
    """Return rows of (name, colour, x in mm) that name the waves in their colours."""
    rows, x, order = [], width, list(COLOURS)
    names = sorted(waves or (), key=lambda name: order.index(name) if name in COLOURS else len(order))
    colours = colours_of(list(waves or ()))
    for name, colour in ((name, colours[name]) for name in names):
        wide = extent_of(name, 8, "bold")[0] + 4.0
        if not rows or x + wide > width:
            rows.append([])
            x = 0.0
        rows[-1].append((name, colour, x))
        x += wide
    return rows


def write_header(paper, lines, legend, top):
    """Write the lines, and below them the legend, from `top` mm above the paper downwards."""
    paper.write_lines(lines, 0.0, paper.height + top)
    y = paper.height + top - sum(line.height for line in lines)
    for row in legend:
        y -= LEGEND
        for name, colour, x in row:
            paper.write(x, y, name, 8, weight="bold", color=colour)


def _label(ecg, i):
    return f"record {i}" if ecg.name is None else ecg.name


def _name(ecg):
    return [] if ecg.name is None else [ecg.name]


def _patient(ecg):
    """Return age and sex, as far as they are known."""
    age, sex = ecg.metadata.get("age"), ecg.metadata.get("sex")
    known = isinstance(age, int | float | np.number) and np.isfinite(age)
    return [*([f"{age:.0f} years"] if known else []), *([sex] if sex in ("male", "female") else [])]


def _when(ecg):
    """Return the time of the recording, if it is known."""
    time = ecg.metadata.get("time")
    if time is None or time != time or str(time) in ("", "NaT"):
        return []
    return [time.strftime("%Y-%m-%d %H:%M") if hasattr(time, "strftime") else str(time)]


def _names(what, of):
    """Return classes, or the four highest probabilities, as text."""
    if isinstance(what, Mapping) or hasattr(what, "items"):
        ranked = sorted(what.items(), key=lambda item: -item[1])[:4]
        return ", ".join(f"{name} {probability:.2f}" for name, probability in ranked)
    if np.ndim(what) and np.asarray(what).dtype.kind == "f":
        raise ValueError(
            f"{of} must be names, or {{class: probability}} such as dict(zip(model.classes_, p)); got {what!r}."
        )
    return what if isinstance(what, str) else ", ".join(map(str, np.atleast_1d(what)))

"""Beats, waves and intervals on a sheet of ECG paper."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from ._text import extent_of

SIZE = 7  # points of the labels of beats and the texts of intervals
COLOURS = {"P": "#2e9e5b", "PR": "#c2185b", "QRS": "#2f6fd6", "ST": "#8a4fbf", "T": "#e08a00"}
_SPARE = ("#607d8b", "#795548", "#c2185b", "#009688")
_NOTHING = {"", "0", "none", "None", "nan"}


def waves_of(waves, n_times):
    """Return {name: array of (onset, offset)} in samples, from such a mapping or from one label for each sample."""
    if isinstance(waves, Mapping):
        pairs = {str(name): np.asarray(ends, np.float64).reshape(-1, 2) for name, ends in waves.items()}
        return {name: ends[np.isfinite(ends).all(axis=1)] for name, ends in pairs.items()}
    labels = np.asarray(waves)
    if labels.shape != (n_times,):
        raise ValueError(
            "waves must map names to (onset, offset) pairs, or give one label for each of the "
            f"{n_times} samples; got an array of shape {labels.shape}."
        )
    names = labels.astype(str)
    edges = np.flatnonzero(np.r_[True, names[1:] != names[:-1], True])
    found: dict[str, list] = {}
    for first, end in itertools.pairwise(edges):
        if names[first] not in _NOTHING:
            found.setdefault(names[first], []).append((first, end - 1))
    return {name: np.array(ends, np.float64) for name, ends in found.items()}


def colours_of(names):
    """Return a colour for each name of a wave."""
    spare = iter(_SPARE * len(names))
    return {name: COLOURS.get(name) or next(spare) for name in names}


def draw_waves(ax, waves, fs, strip, y, reach, speed):
    """Shade the waves of a strip."""
    for name, colour in colours_of(list(waves)).items():
        begin, end = (waves[name].T / fs - strip.start) if len(waves[name]) else (np.empty(0), np.empty(0))
        begin, end = begin.clip(0, strip.duration), end.clip(0, strip.duration)
        bars = [(strip.x + a * speed, (b - a) * speed) for a, b in zip(begin, end, strict=True) if b > a]
        if bars:
            ax.broken_barh(bars, (y - reach[0], sum(reach)), facecolors=colour, alpha=0.22, lw=0, zorder=2)


def beats_of(beats):
    """Return the samples and labels of beats that are given as samples or as {sample: label}."""
    if isinstance(beats, Mapping):
        return np.array(list(beats), np.float64), [str(label) for label in beats.values()]
    samples = np.asarray(beats, np.float64).ravel()
    return samples, [""] * len(samples)


def draw_beats(paper, places, beats, fs, strip, y, speed):
    """Mark the beats of a strip by triangles near the height `y`, with the labels of the beats above."""
    samples, labels = beats_of(beats)
    seconds = samples / fs - strip.start
    inside = (seconds >= 0) & (seconds <= strip.duration)
    marks, x = [], strip.x + seconds[inside] * speed
    for a, label in zip(x, np.array(labels)[inside], strict=True):
        (wide, tall), foot = extent_of(label or " ", SIZE), y - 0.7
        tall, wide = 1.7 + (tall if label else 0.0), max(wide, 1.4)
        left, shift = a - wide / 2, 3.0 if label else 0.0  # a mark stays at its beat, its label may move
        found = places.nearest((left, foot), wide, tall, (left - shift, left + shift), (foot - 10, foot + 10))
        left, foot = found or (left, foot)
        marks.append(foot + 0.7)
        if label:
            paper.write(left, foot + 1.7, label, SIZE, color="#1d4fa3")
        places.take_box(left, foot, wide, tall)
    paper.ax.plot(x, marks, ls="", marker="v", ms=3.5 * paper.scale, color="#1d4fa3", zorder=6)


def draw_intervals(paper, places, intervals, fs, strip, y, speed):
    """Draw a bracket with its text below for each (onset, offset, text); onset and offset are in samples."""
    for interval in intervals:
        if len(interval) != 3:
            raise ValueError(f"An interval is (onset, offset, text), in samples; got {interval!r}.")
        begin, end = (float(sample) / fs - strip.start for sample in interval[:2])
        if begin < 0 or end > strip.duration:
            continue
        a, b = strip.x + begin * speed, strip.x + end * speed
        thickness = 0.8 * min(1.0, paper.scale)
        paper.ax.plot([a, a, b, b], [y + 1, y, y, y + 1], color="#5b2a86", lw=thickness, zorder=6)
        wide, tall = extent_of(interval[2], SIZE)
        left = float(np.clip((a + b - wide) / 2, 0.5, max(paper.width - wide - 0.5, 0.5)))
        at = left, y - 0.6 - tall
        left, bottom = places.nearest(at, wide, tall, (left, left), (at[1] - 12, at[1])) or at
        places.take_box(left, bottom, wide, tall)
        paper.write(left, bottom, interval[2], SIZE, color="#5b2a86")

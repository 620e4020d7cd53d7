"""Nothing on a sheet overlaps."""

import itertools
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.plotting import plot_ecg
from skecg.records import STANDARD_LEADS

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.transforms import Bbox

NORMAL = make_ecg(1, classes=["NORM"], fs=250, random_state=0).data[0]
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def _traces(ax):
    return [line for line in ax.lines if len(line.get_xdata()) > 12]


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def _boxes(ax):
    ax.figure.canvas.draw()
    return {(text, text.get_text()): text.get_window_extent() for text in ax.texts if text.get_text()}


def _touched(ax):
    """Return the texts on a line, on another text, or outside the figure."""
    boxes, paper = _boxes(ax), ax.patches[0].get_window_extent()
    lines = [line.get_transform().transform_path(line.get_path()) for line in ax.lines if line.get_marker() != "v"]
    found = []
    for (_, name), box in boxes.items():
        inside = Bbox.intersection(box, paper)  # where lines are visible
        if inside is not None and any(line.intersects_bbox(inside, filled=False) for line in lines):
            found.append(name)
        if not (box.x0 >= 0 and box.y0 >= 0 and box.x1 <= ax.figure.bbox.x1 and box.y1 <= ax.figure.bbox.y1):
            found.append(name)
    for ((_, one), a), ((_, other), b) in itertools.combinations(boxes.items(), 2):
        wide, tall = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        found += [(one, other)] if wide > 1 and tall > 2 else []
    return found


def test_an_overlap_is_found():
    ax = plot_ecg(NORMAL)
    assert _touched(ax) == []
    name = next(text for text in ax.texts if text.get_text() == "V4")
    line = _traces(ax)[9]
    name.set_position((line.get_xdata()[100], line.get_ydata()[100] - 1))
    assert _touched(ax) == ["V4"]


def _hard():
    """Yield records on which a fixed place for the names fails."""
    rng, times = np.random.default_rng(0), np.arange(2500) / 250
    yield "tall", 5 * NORMAL.signal
    yield "inverted", -4 * NORMAL.signal
    yield "wandering", NORMAL.signal + 3 * np.sin(2 * np.pi * (0.3 * times + rng.uniform(size=(12, 1))))
    yield "stepping", NORMAL.signal + 4 * (times > 1.3)
    yield "trembling", NORMAL.signal + 0.3 * rng.normal(size=NORMAL.signal.shape)
    yield "noise", rng.normal(size=NORMAL.signal.shape)


HARD = {name: replace(NORMAL, signal=signal, name=name) for name, signal in _hard()}


@pytest.mark.parametrize("layout", ["3x4", "6x2", "12x1"])
@pytest.mark.parametrize("name", HARD)
def test_no_text_touches_a_trace(name, layout):
    ax = plot_ecg(HARD[name], layout=layout, measurements=True, truth="NORM")
    assert _touched(ax) == []


@pytest.mark.parametrize("name", HARD)
def test_no_text_touches_a_trace_of_other_sheets(name):
    record = HARD[name]
    eight = replace(record, signal=record.signal[[0, 1, *range(6, 12)]], leads=EIGHT)
    marks = {"beats": {200: "N", 700: "V"}, "intervals": [(300, 400, "PR 160 ms")]}
    for ax in (
        plot_ecg(eight),
        plot_ecg(record, leads=["V2"], duration=4, start=1.5, **marks),
        plot_ecg([record, NORMAL], leads=["II", "V5"], labels=["given", "clean"], measurements=True),
        plot_ecg(record, leads="cabrera", attribution=record.signal, gain=20, speed=50),
    ):
        assert _touched(ax) == []


def test_a_minute_of_a_hard_lead():
    long = make_ecg(1, classes=["AF"], leads=["I"], fs=100, duration=60, random_state=0).data[0]
    for signal in (4 * long.signal, -3 * long.signal):
        ax = plot_ecg(replace(long, signal=signal), measurements=True)
        assert _texts(ax).count("I") == 6
        assert {"10 s", "20 s", "30 s", "40 s", "50 s"} <= set(_texts(ax))
        assert _touched(ax) == []


def test_names_are_inside_their_rows():
    for record in HARD.values():
        ax = plot_ecg(record, layout="12x1", rhythm=None)
        names = {text.get_text(): text for text in ax.texts if text.get_text() in STANDARD_LEADS}
        heights = [names[lead].get_position()[1] for lead in STANDARD_LEADS]
        assert heights == sorted(heights, reverse=True)


def test_long_texts_are_wrapped():
    words = " ".join(f"word{i}" for i in range(80))
    record = replace(NORMAL, name="x" * 300, leads=tuple(f"channel number {i} of the recorder" for i in range(12)))
    for ax in (
        plot_ecg(NORMAL, title=words, truth=[f"class {i}" for i in range(40)], prediction={"a" * 200: 0.5}),
        plot_ecg(record, attribution=record.signal, attribution_label=words),
        plot_ecg(NORMAL, duration=1, title=words, waves={f"wave {i}": [(0, 9)] for i in range(20)}),
        plot_ecg(NORMAL, title="two\nlines, and $100 of a price", measurements={"PR": "160 ms", "QRS": 96}),
    ):
        assert _touched(ax) == []
    assert {"two", "lines, and $100 of a price", "PR 160 ms   QRS 96"} <= set(_texts(ax))


def test_given_axes_scale_the_text():
    figure, axes = plt.subplots(2, figsize=(6, 8))
    for ax, record in zip(axes, (NORMAL, HARD["tall"]), strict=True):
        plot_ecg(record, ax=ax, measurements=True)
        assert _touched(ax) == []
    assert max(text.get_fontsize() for text in axes[0].texts) < 11
    plt.close(figure)

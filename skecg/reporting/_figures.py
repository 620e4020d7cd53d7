"""Figures of a report as SVG inside the page."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from html import escape

import numpy as np

from ..plotting import (
    LabelCalibrationDisplay,
    LabelDecisionDisplay,
    LabelPrecisionRecallDisplay,
    LabelRocDisplay,
    ThresholdDisplay,
    plot_ecg,
)
from ..plotting._matplotlib import import_pyplot

MOST_LABELS = 12
_INK = "#010203"  # becomes the colour of the text of the page, light or dark
_COLOUR = "#3b82c4"  # at least 3:1 on a light and on a dark page
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "skecg",
    "text.parse_math": False,  # a label with a dollar is no formula
    "axes.prop_cycle": f"cycler('color', ['{_COLOUR}'])",
    "axes.unicode_minus": False,
    "font.size": 9,
}
_TAG = re.compile(r"<[^>]*>")
_INKED = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
DISPLAYS = {
    "ROC curve": (LabelRocDisplay, "area under the curve"),
    "Precision and recall": (LabelPrecisionRecallDisplay, "average precision"),
    "Calibration": (LabelCalibrationDisplay, "Brier score"),
    "Thresholds": (ThresholdDisplay, "sensitivity and specificity are equal at"),
    "Decision curve": (LabelDecisionDisplay, "net benefit at the prevalence"),
}


def figures_of(evaluation, *, n_resamples, random_state):
    """Draw every curve of every label.

    Parameters
    ----------
    evaluation : Evaluation
    n_resamples : int
    random_state : int, RandomState instance or None

    Returns
    -------
    figures : dict of str to list of (str, str)
        For each kind of curve, an SVG and its text for each label.
    """
    labels = evaluation.defined
    if len(labels) > MOST_LABELS:
        most = np.argsort(-evaluation.truth[:, labels].sum(axis=0), kind="stable")[:MOST_LABELS]
        labels = np.sort(labels[most])
    return {
        title: _panels(title, display, score, evaluation, labels, n_resamples, random_state)
        for title, (display, score) in (DISPLAYS.items() if len(labels) else ())
    }


def _panels(title, display, score, evaluation, labels, n_resamples, random_state):
    with _style(dict.fromkeys(_INKED, _INK)) as plt:
        panels = []
        for label in labels:
            name, figure = evaluation.names[label], plt.Figure(figsize=(3.5, 3.2), layout="constrained")
            drawn = display.from_predictions(
                evaluation.truth[:, label].astype(int),
                evaluation.proba[:, label],
                groups=evaluation.groups,
                n_resamples=n_resamples,
                random_state=random_state,
                ax=figure.add_subplot(),
            )
            of = drawn.scores["1"]
            number = f"{of.estimate:.3f} ({of.low:.3f} to {of.high:.3f})"
            drawn.ax_.get_legend().remove()
            drawn.ax_.set_title(name if len(name) < 40 else f"{name[:38]}...", fontsize=9)
            text = f"{title} of {name}: {score} {number}"
            panels.append((svg_of(figure, f"{title} {label}", text), text))
    return panels


def draw_sheet(record, number, text, **drawn):
    """Draw an ECG with `plot_ecg`.

    Parameters
    ----------
    record : ECGRecord
    number : int
        Distinguishes the sheets of a page.
    text : str
        What the sheet shows, for readers who do not see it.
    **drawn
        Arguments of `plot_ecg`.

    Returns
    -------
    svg : str
    """
    with _style({"figure.facecolor": "white", "path.simplify_threshold": 0.3}) as plt:
        figure = plot_ecg(record, **drawn).figure
        try:
            return svg_of(figure, f"sheet {number}", text, transparent=False)
        finally:
            plt.close(figure)


def svg_of(figure, name, text, *, transparent=True):
    """Return a figure as an SVG element that stands in a page with others.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        A name of the figure, of which there is one in the page.
    text : str
        What the figure shows.
    transparent : bool, default=True
        Whether the page shows through.

    Returns
    -------
    svg : str
    """
    file, prefix = io.StringIO(), re.sub(r"\W", "-", name).lower()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, transparent=transparent)
    svg = file.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = _TAG.sub(lambda tag: _tidy(tag[0], prefix), svg)
    title = f'<title id="{prefix}-title">{escape(text)}</title>'
    opening = f'<svg role="img" aria-labelledby="{prefix}-title"'
    return svg.replace("<svg", opening, 1).replace(">", f">{title}", 1).strip()


def _tidy(tag, prefix):
    """Return a tag of an SVG with its own ids, short numbers and the colour of the page."""
    tag = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}-", tag).replace(_INK, "currentColor")
    tag = re.sub(r"(?<=\d\.\d\d)\d+", "", tag)  # a hundredth of a point is finer than any printer
    if tag.startswith("<svg"):
        return re.sub(r' (?:width|height|version|xmlns(?::xlink)?)="[^"]*"', "", tag)
    return tag.replace("xlink:href", "href")


@contextmanager
def _style(more):
    """Draw as on every machine, whatever the user has set; yield `matplotlib.pyplot`."""
    plt = import_pyplot()
    with plt.style.context(["default", {**_STYLE, **more}]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has the fonts
        yield plt

"""Figures of a report as SVG inside the page."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from html import escape
from textwrap import shorten

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
from ._layout import number

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
    "ROC curve": (LabelRocDisplay, "area under the curve", "auroc"),
    "Precision and recall": (LabelPrecisionRecallDisplay, "average precision", "average_precision"),
    "Calibration": (LabelCalibrationDisplay, "Brier score", "brier"),
    "Thresholds": (ThresholdDisplay, "sensitivity and specificity are equal at", None),
    "Decision curve": (LabelDecisionDisplay, "net benefit at the prevalence", None),
}


def figures_of(evaluation, scores, *, n_resamples, random_state):
    """Draw every curve of every label.

    Parameters
    ----------
    evaluation : Evaluation
    scores : DataFrame
        The table of `report`, so that a curve and the table give the same number.
    n_resamples : int
    random_state : int, RandomState instance or None

    Returns
    -------
    figures : list of list of (str, str)
        SVGs and their texts: a list for each kind of curve; one list of all kinds, if there is one label.
    """
    labels = evaluation.defined
    if len(labels) > MOST_LABELS:
        most = np.argsort(-evaluation.truth[:, labels].sum(axis=0), kind="stable")[:MOST_LABELS]
        labels = np.sort(labels[most])
    scores = scores.loc["all"]
    kinds = [_panels(title, evaluation, scores, labels, n_resamples, random_state) for title in DISPLAYS if len(labels)]
    return [[panel for panels in kinds for panel in panels]] if len(labels) == 1 else kinds


def _panels(title, evaluation, scores, labels, n_resamples, random_state):
    display, what, score = DISPLAYS[title]
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
            estimate, low, high = drawn.scores["1"] if score is None else scores.loc[(name, score)].iloc[:3]
            drawn.ax_.get_legend().remove()
            drawn.ax_.set_title(shorten(f"{title} of {name}", 48, placeholder=" ..."), fontsize=9)
            text = f"{title} of {name}: {what} {number(estimate)} ({number(low)} to {number(high)})"
            panels.append((svg_of(figure, f"{title} {label}", text), text))
    return panels


def draw_sheet(record, i, text, **drawn):
    """Draw an ECG with `plot_ecg`.

    Parameters
    ----------
    record : ECGRecord
    i : int
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
            return svg_of(figure, f"sheet {i}", text, transparent=False)
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

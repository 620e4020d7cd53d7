"""The header above the paper: the patient, truth and prediction, and the legend of the colours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ._annotations import colours_of
from ._traces import INK


def write_header(ax, records, height, width, *, title, prediction, truth, labels, waves):
    """Write the heading, truth and prediction and the legend of the colours above the paper."""
    if labels is not None and len(labels) != len(records):
        raise ValueError(f"labels must name each of the {len(records)} records; got {list(labels)}.")
    lines = [] if truth is None else [f"Truth: {_names(truth, 'truth')}"]
    lines += [] if prediction is None else [f"Predicted: {_names(prediction, 'prediction')}"]
    upper, lower = (height + 9.5, height + 3.8) if lines else (height + 3.8, height + 3.8)
    heading = _heading(records) if title is None else title
    ax.text(0, upper, heading, fontsize=11, weight="bold", va="center")
    ax.text(0, lower, "      ".join(lines), fontsize=9, va="center")
    names = list(waves or ())
    left = _write_row(ax, names, list(colours_of(names).values()), width, lower)
    if len(records) > 1:
        if labels is None:
            labels = [f"record {i}" if ecg.name is None else ecg.name for i, ecg in enumerate(records)]
        _write_row(ax, labels, INK, left if upper == lower else width, upper)


def _write_row(ax, names, colours, x, y):
    """Write names in their colours, starting at the right; return the left end of the row."""
    for name, colour in reversed(list(zip(names, colours, strict=False))):
        ax.text(x, y, str(name), color=colour, fontsize=8, weight="bold", ha="right", va="center")
        x -= 1.75 * len(str(name)) + 4.0
    return x


def _heading(records):
    """Return the name, age and sex of the first record; several records have their names in the legend."""
    metadata, name, age = records[0].metadata, records[0].name, records[0].metadata.get("age")
    parts = [name] if name is not None and len(records) == 1 else []
    if age is not None and np.isfinite(age):
        parts.append(f"{age:.0f} years")
    if metadata.get("sex") in ("male", "female"):
        parts.append(metadata["sex"])
    return ", ".join(parts)


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

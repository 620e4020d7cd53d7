"""The pictures of the study, drawn from `benchmarks/results` while the pages are built."""

import csv
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))
from length_normalisation import scores_at_equal_time  # noqa: E402 - the benchmark reads its rows in the same way

RESULTS = BENCHMARKS / "results"
NETWORKS = {
    "crnn": "CRNN",
    "resnet": "ResNet",
    "efficientecg": "EfficientECG, compact",
    "efficientecg b0": "EfficientECG B0",
}
LOWEST = 0.8  # lowest macro AUC in the picture; the text names the models below
COLORS = {
    "from scratch": "tab:blue",
    "head": "tab:orange",
    "all weights": "tab:green",
    "embedding": "tab:red",
    "embedding + beats": "tab:purple",
    "embedding + beats, trees": "black",
    "random embedding": "tab:brown",
    "beats, extra trees": "tab:pink",
    "beats, boosted trees": "tab:cyan",
    "own output": "tab:gray",
    "own output + beats, trees": "tab:olive",
}
"""The ways to learn a target, each of which has one color in all panels."""

TARGETS = {
    "cinc2017-af": "Atrial fibrillation, CinC 2017",
    "cinc2017": "Four classes, CinC 2017",
    "ludb": "Diagnoses, LUDB",
    "mitdb": "Beats, MIT-BIH",
    "pe": "Synthetic embolism",
}
RIVALS = {
    "minirocket": "MiniRocket, ridge",
    "boosted": "boosted trees on BeatFeatures",
    "plain": "plain skorch ResNet18",
}


def lengths(results=RESULTS):
    """Draw the score of each length and normalisation on the first rung, which includes all settings."""
    rows = [row for row in _rows(results, "length_normalisation") if row["part"] == "search"]
    if not rows:
        return _nothing()
    first = min(int(row["n_train"]) for row in rows)
    rows = [row for row in rows if int(row["n_train"]) == first]
    windows = sorted({int(row["window"]) for row in rows})
    ways = list(dict.fromkeys(_way(row) for row in rows))
    names = [name for name in NETWORKS if any(row["network"] == name for row in rows)]
    n_rows, grid = -(-len(names) // 2), {"squeeze": False, "sharey": True, "layout": "constrained"}
    figure, axes = plt.subplots(n_rows, 2, figsize=(8.6, 0.4 + 4.2 * n_rows), **grid)
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes.flat[: len(names)], names, strict=True):
        scores = np.full((len(ways), len(windows)), np.nan)
        for row in rows:
            if row["network"] == name:
                scores[ways.index(_way(row)), windows.index(int(row["window"]))] = float(row["macro_auc"])
        image = ax.imshow(scores, vmin=0.55, vmax=0.88, aspect="auto", cmap="viridis")
        ax.set_xticks(range(len(windows)), [f"{window / 100:g}" for window in windows])
        ax.set_yticks(range(len(ways)), ways)
        ax.set(title=NETWORKS[name], xlabel="Window (s)")
        for place in np.argwhere(~np.isnan(scores)):
            value = scores[tuple(place)]
            color = "white" if value < 0.75 else "black"
            ax.text(*place[::-1], f"{value:.2f}"[1:], ha="center", va="center", fontsize=7, color=color)
    figure.colorbar(image, ax=axes, label="Macro AUC")
    return figure


def windows(results=RESULTS):
    """Draw the score of each window at about equal time, one panel a task."""
    panels = {"normalisation": "superclasses of PTB-XL", "rhythm": "rhythms of PTB-XL", "cinc2017": "CinC 2017"}
    tables = {title: _rows(results, f"length_{name}") for name, title in panels.items()}
    if not all(tables.values()):
        return _nothing()
    figure, axes = plt.subplots(1, len(tables), figsize=(8.6, 3.4), layout="constrained")
    for ax, (title, rows) in zip(axes, tables.items(), strict=True):
        for name, label in NETWORKS.items():
            scores = scores_at_equal_time(rows, name)
            if len(scores) > 1:
                ax.plot([window / 100 for window in scores], scores.values(), "o-", ms=4, label=label)
        ax.set(title=title, xscale="log", xlabel="Window (s)")
        ax.set_xticks((1, 2.5, 5, 10), ("1", "2.5", "5", "10"))
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("Macro AUC")
    axes[0].legend(frameon=False)
    return figure


def score_and_time(results=RESULTS, task="superdiagnostic"):
    """Draw the score against the seconds of training on one core."""
    rows = [row for row in _rows(results, "comparison") if row["task"] == task]
    if not rows:
        return _nothing()
    figure, ax = plt.subplots(figsize=(6.8, 4.4), layout="constrained")
    for i, name in enumerate(dict.fromkeys(row["model"] for row in rows)):
        points = _points([row for row in rows if row["model"] == name], "fit_cpu_s")
        style = {"marker": "s", "ms": 8} if name in RIVALS else {"marker": "o", "ms": 5}
        ax.plot(*zip(*points, strict=True), color=plt.colormaps["tab20"](i % 20), label=RIVALS.get(name, name), **style)
    best = [row for row in _rows(results, "recipe_parts") if row["parts"] == "all" and task == "superdiagnostic"]
    if best:
        ax.plot(*zip(*_points(best), strict=True), "*k", ms=9, label="the best recipe, three seeds")
    ax.set(xscale="log", ylim=(LOWEST, None), xlabel="Training, seconds of one core", ylabel="Macro AUC")
    figure.legend(fontsize=7, ncols=4, frameon=False, loc="outside lower center")
    ax.grid(alpha=0.3)
    return figure


def transfer(results=RESULTS, network="ptbxl-resnet"):
    """Draw the score of each way by the number of records, one panel for each target."""
    from skecg.plotting import TransferCurveDisplay

    rows = [row for row in _rows(results, "transfer") if row["network"] in (network, "")]
    names = [name for name in TARGETS if any(row["target"] == name and row["network"] for row in rows)]
    if not names:
        return _nothing()
    n_rows, handles = -(-(len(names) + 1) // 2), {}  # the legend has its own panel
    figure, axes = plt.subplots(n_rows, 2, figsize=(8.6, 3.6 * n_rows), squeeze=False, layout="constrained")
    for ax, name in zip(axes.flat, names, strict=False):
        curves = _curves([row for row in rows if row["target"] == name])
        ax.set_prop_cycle(color=[COLORS[way] for way in curves["estimator"].unique()])
        TransferCurveDisplay.from_results(curves, score_name="Macro AUC", ax=ax)
        handles |= {label: handle for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        ax.get_legend().remove()
        ax.set_title(TARGETS[name])
        ax.grid(alpha=0.3)
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    axes.flat[len(names)].legend(handles.values(), handles, loc="center", frameon=False)
    return figure


def _curves(rows):
    """Return a table as of `transfer_curve`; the network's own output, which needs no record, counts at every size."""
    import pandas as pd

    sizes = sorted({int(row["n"]) for row in rows} - {0})
    found = []
    for way in COLORS:
        for row in rows:
            if row["way"] == way:
                at = [int(row["n"])] if row["n"] != "0" else sizes
                found += [{"estimator": way, "size": n, "n_train": n, "score": float(row["auroc"])} for n in at]
    return pd.DataFrame(found)


def _points(rows, seconds="fit_s"):
    return sorted((float(row[seconds]), float(row["macro_auc"])) for row in rows)


def _way(row):
    return row["method"] if row["method"] in ("log", "none") else f"{row['method']}, per {row['per']}"


def _rows(results, name):
    path = Path(results) / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _nothing():
    figure, ax = plt.subplots(figsize=(4, 1))
    ax.axis("off")
    ax.text(0.5, 0.5, "Not measured yet.", ha="center", va="center")
    return figure

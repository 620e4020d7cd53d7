"""Make what the README does not say in words: its picture, and its table of networks from the stored results.

python docs/readme.py
"""

import csv
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- table of networks, by docs/readme.py -->\n", "<!-- end of the table -->"


def main():
    draw(ROOT / "docs" / "_static" / "ecg.png")
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))


def draw(path):
    """Draw one synthetic ECG, as on paper."""
    from skecg.datasets import make_ecg
    from skecg.plotting import plot_ecg

    ecgs = make_ecg(1, classes=["RBBB"], fs=500, random_state=4)
    ax = plot_ecg(ecgs.data[0], title="A synthetic ECG with right bundle branch block, as skecg draws it")
    ax.figure.savefig(path, dpi=80, metadata={"Software": None})


def with_table(text):
    """Return the text with the table of networks as the results have it now."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


def table():
    """Return the networks with their cost and score, best first."""
    costs = {(row["network"], row["params"]): row for row in _rows("networks_rates")}
    lines = ["| classifier | parameters | multiply-adds | macro-AUC |", "|---|---:|---:|---:|"]
    for row in sorted(_rows("networks_scores"), key=lambda row: -float(row["macro_auc"])):
        cost = costs[row["network"], row["params"]]
        name = f"`{row['network']}Classifier`" + (f" ({row['params']})" if row["params"] else "")
        parameters = f"{int(cost['parameters']):,}"
        lines.append(f"| {name} | {parameters} | {cost['multiply_adds_M']} M | {float(row['macro_auc']):.3f} |")
    return "\n".join(lines) + "\n"


def _rows(name):
    with (RESULTS / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()

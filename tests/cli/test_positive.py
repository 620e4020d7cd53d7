"""Every output of the command line is about AF, where the classes are AF and other, and names it."""

import csv

import pandas as pd
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.cli import main

COMMANDS = {
    "train": ["--network", "eegnet", "--set", "max_epochs=1", "--set", "classifier__batch_size=8"],
    "cross-validate": ["--network", "eegnet", "--set", "max_epochs=1", "--folds", "2"],
    "evaluate": [],
    "report": ["--sheets", "0"],
}
SAID = "The classes are 'AF' and 'other': name the class to detect with --positive 'AF' or 'other'"


@pytest.fixture(scope="module")
def table(ecgs, folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("af") / "labels.csv"
    rows = [[f"r{i:02}", "AF" if label == "LBBB" else "other", f"p{i // 2}"] for i, label in enumerate(ecgs.target)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["record", "target", "patient"], *rows])
    return [str(path), "--records", str(folder / "records"), "--group", "patient"]


def test_all_outputs_name_the_class(table, folder, tmp_path, capsys):
    """A model that finds AF from a probability of 1 on finds none; its scores are those of AF all the same."""
    pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    names = ("m.skecg", "card.md", "held_out.csv", "cv.xlsx", "scores.csv", "report.html", "p.csv")
    model, card, held_out, folds, scores, page, predictions = (tmp_path / name for name in names)

    def run(command, *arguments):
        assert main([command, *map(str, arguments), *COMMANDS.get(command, []), "--quiet"]) == 0
        printed = capsys.readouterr()
        assert "Read 30" not in printed.err
        return printed

    asked = ["--positive", "AF", "--threshold", "1"]
    trained = run("train", *table, *asked, "--out", model, "--card", card, "--held-out", held_out)
    assert trained.out.startswith("AF, with 95 % intervals by patient")
    assert "Scores of AF on" in card.read_text() and "class to detect | AF" in card.read_text()
    loaded = skecg.load(model)[0]
    assert (loaded.pos_label, loaded.thresholds) == ("AF", 1)
    assert "pos_label: 'AF'" in run("inspect", model).out

    validated = run("cross-validate", *table, *asked, "--out", folds)
    first, *_, last = validated.out.splitlines()
    assert first == "AF, with 95 % intervals by patient" and last.startswith("auroc of the folds: 0.")
    assert validated.err.count("EEGNetClassifier made") == 1  # though each fold warns
    of_folds = pd.read_excel(folds).set_index(["subgroup", "label", "score"])["estimate"]
    assert of_folds.index.unique("subgroup").tolist() == ["all", "fold: 1", "fold: 2"]
    assert of_folds.index.unique("label").tolist() == ["AF"]
    assert of_folds["all", "AF", "sensitivity"] == 0 and of_folds["all", "AF", "specificity"] == 1

    evaluated = run("evaluate", model, held_out, *table[1:], "--out", scores)  # the file names the class
    assert evaluated.out == trained.out and "was trained on" not in evaluated.err
    assert "all,AF,sensitivity,0.000000" in scores.read_text()
    run("report", model, held_out, *table[1:], "--out", page)
    written = page.read_text()
    assert "class to detect: <strong>AF</strong>" in written
    assert '<figure class="sheet">' not in written
    assert "Thresholds of AF" in written and "Thresholds of other" not in written
    run("predict", model, folder / "records", "--out", predictions, "--threshold", "0")
    header, *rows = predictions.read_text().splitlines()
    assert header == "record,prediction,AF,other,quality" and {row.split(",")[1] for row in rows} == {"AF"}


def test_all_commands_ask_for_the_class(table, ecgs, folder, tmp_path, capsys):
    model, page = tmp_path / "m.skecg", str(tmp_path / "report.html")
    y = ["AF" if label == "LBBB" else "other" for label in ecgs.target]
    skecg.save(EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, y), model)  # it names no class
    outputs = {"train": ["--out", str(tmp_path / "n.skecg")], "report": ["--out", page]}
    for command, more in COMMANDS.items():
        of_model = [str(model)] if command in ("evaluate", "report") else []
        assert main([command, *of_model, *table, *more, *outputs.get(command, [])]) == 1
        printed = capsys.readouterr()
        assert SAID in printed.err and not printed.out
    predict = ["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv"), "--threshold", "0.5"]
    assert main(predict) == 1
    assert SAID in capsys.readouterr().err

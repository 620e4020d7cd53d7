"""Every output of the command line is about AF, where the classes are AF and other, and names it."""

import csv

import pytest

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
    return [str(path), "--records", str(folder / "records"), "--group", "patient", "--quiet"]


def test_all_outputs_name_the_class(table, folder, tmp_path, capsys):
    model, card, scores, page = (str(tmp_path / name) for name in ("m.skecg", "card.md", "s.csv", "report.html"))
    asked = ["--positive", "AF"]
    # From a probability of 1 on, the model finds no AF; its scores are those of AF all the same.
    outputs = {"train": ["--out", model, "--card", card, "--threshold", "1"], "cross-validate": ["--out", scores]}
    for command, more in outputs.items():
        assert main([command, *table, *COMMANDS[command], *more, *asked]) == 0
        assert capsys.readouterr().out.startswith("AF, with 95 % intervals by patient")
    assert ",AF,auroc," in (tmp_path / "s.csv").read_text() and ",other," not in (tmp_path / "s.csv").read_text()
    written = (tmp_path / "card.md").read_text()
    assert "Scores of AF on" in written and "class to detect | AF" in written
    assert main(["evaluate", model, *table, "--out", scores]) == 0  # the file names the class
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("AF, with 95 %") and ["sensitivity", "0.000"] in [line.split()[:2] for line in printed]
    assert "all,AF,sensitivity,0.000000" in (tmp_path / "s.csv").read_text()
    assert main(["report", model, *table, *COMMANDS["report"], "--out", page]) == 0
    written = (tmp_path / "report.html").read_text()
    assert "class to detect: <strong>AF</strong>" in written
    assert "Thresholds of AF" in written and "Thresholds of other" not in written
    assert main(["inspect", model]) == 0
    assert "pos_label: 'AF'" in capsys.readouterr().out
    predictions = tmp_path / "p.csv"
    assert main(["predict", model, str(folder / "records"), "--out", str(predictions), "--threshold", "0"]) == 0
    lines = predictions.read_text().splitlines()
    assert lines[0] == "record,prediction,AF,other,quality"
    assert {line.split(",")[1] for line in lines[1:]} == {"AF"}


def test_all_commands_ask_for_the_class(table, ecgs, folder, tmp_path, capsys):
    import skecg
    from skecg.classifiers import EEGNetClassifier

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

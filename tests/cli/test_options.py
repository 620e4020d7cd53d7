"""A configuration file, --quiet, thresholds, and the kinds of tables."""

import argparse
import re
import shlex
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

import skecg
from skecg.cli import main
from skecg.cli._arguments import make_parser
from skecg.cli._examples import EXAMPLES
from skecg.cli._parser import parse
from skecg.datasets import read_ecg


def options_of(tmp_path, text, arguments):
    (tmp_path / "study.toml").write_text(text)
    return parse(*make_parser(), [*arguments, "--config", str(tmp_path / "study.toml")])


def test_a_file_holds_the_options_of_several_commands(tmp_path):
    text = """
        records = "wfdb"
        target = ["AF", "MI"]
        positive = "AF"
        out = "m.skecg"
        [train]
        labels = "table.csv"
        network = "resnet"
        hold_out = 0.3
        tune = "sensitivity=0.95"
        leads = ["I", "II"]
        set = {max_epochs = 3, crop__length = 1000, classifier__augment = "noise"}
        [evaluate]
        out = "scores.csv"
        """
    options = options_of(tmp_path, text, ["train", "--network=crnn", "--set", "max_epochs=5"])
    assert options.labels == Path("table.csv") and options.records == Path("wfdb") and options.out == Path("m.skecg")
    assert options.target == ["AF", "MI"] and options.leads == ["I", "II"]
    assert options.network == "crnn"  # the command line wins
    assert options.set == ["max_epochs=3", "crop__length=1000", "classifier__augment='noise'", "max_epochs=5"]
    assert (options.hold_out, options.tune, options.quiet) == (0.3, ("sensitivity", 0.95), False)
    options = options_of(tmp_path, text, ["evaluate", "m.skecg", "--target", "MI", "--records", "b", "test.csv"])
    assert (options.model, options.labels) == (Path("m.skecg"), Path("test.csv"))
    assert (options.out, options.target, options.records) == (Path("scores.csv"), ["MI"], Path("b"))


def test_a_file_names_what_the_command_line_names_by_its_place(tmp_path):
    text = 'quiet = true\n[predict]\nmodel = "m.skecg"\nrecords = ["a", "b"]\nout = "p.csv"'
    options = options_of(tmp_path, text, ["predict"])
    assert (options.model, options.records, options.quiet) == (Path("m.skecg"), [Path("a"), Path("b")], True)
    assert options_of(tmp_path, text, ["predict", "--out", "q.csv", "n.skecg", "c"]).records == [Path("c")]


def test_a_file_can_turn_an_option_on_whose_value_has_a_default(tmp_path):
    for text, expected in [("int8 = true", "weights"), ("int8 = false", None), ('int8 = "static"', "static")]:
        assert options_of(tmp_path, f"[export]\n{text}", ["export", "m.skecg", "m.onnx"]).int8 == expected


def test_a_file_can_hold_every_option(tmp_path):
    values = {"--set": {"a": 1}, "--hold-out": 0.5, "--band": "0.5,40", "--tune": "f1", "--threshold": 0.5}
    for name, command in make_parser()[1].items():
        lines = []
        for key, action in command.named.items():
            option = action.option_strings[-1] if action.option_strings else key
            choices = (action.metavar or "").strip("{}").split(",")
            some = "." if option == "--decimal" else choices[0] if "{" in (action.metavar or "") else 3
            value = True if action.nargs == 0 else values.get(option, some)
            shown = "{a = 1}" if isinstance(value, dict) else "true" if value is True else repr(value)
            lines.append(f"{key} = {shown}")
        options = options_of(tmp_path, "\n".join(lines), [name])
        left = {key for key in vars(options) if getattr(options, key) in (None, [])} - {"config"}
        assert not left


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("netwurk = 'resnet'", "there is no option 'netwurk'; did you mean network?"),
        ("[train]\nhold_oit = 0.1", "there is no option 'hold-oit' of train; did you mean hold-out?"),
        ("[trainn]\nseed = 1", "there is no option 'trainn'; did you mean train?"),
        ("[train]\nsheets = 1", "there is no option 'sheets' of train"),
        ("[evaluate]\nnetwork = 'crnn'", "there is no option 'network' of evaluate"),
        ("seed = -1", "argument --seed: -1 is not a seed"),
        ("on-error = 'rise'", "invalid choice: 'rise'; choose from raise, warn; did you mean raise?"),
        ("quiet = 1", "quiet must be true or false, got 1"),
        ("seed = true", "seed must be a text, a number or a list of them, got True"),
        ("seed = {a = 1}", "seed must be a text, a number or a list of them, got {'a': 1}"),
        ("seed = ", "is no TOML: Invalid value (at "),
        (None, "No such file"),
    ],
)
def test_a_file_that_makes_no_sense(text, message, tmp_path, capsys):
    path = tmp_path / "study.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit) as end:
        main(["train", "t.csv", "--records", "a", "--out", "m", f"--config={path}"])
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_too_many_folds(folder, positive, capsys):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--group", "patient"]
    assert main(["cross-validate", *table, *positive, "--folds", "9"]) == 1
    assert "skecg cross-validate: " in capsys.readouterr().err


def test_a_threshold_of_the_command_line(model, folder, tmp_path, capsys):
    records, out = str(folder / "records"), tmp_path / "p.tsv"
    predict = ["predict", str(model), records, "--out", str(out), "--quiet"]
    p = skecg.predict_table(skecg.load(model), read_ecg(sorted(Path(records).glob("*.hea"))))["LBBB"].to_numpy()
    cut = float(np.median(p))
    for more, positive in [
        (["--threshold", f"{cut}"], "LBBB"),
        (["--threshold", f"{cut}", "--positive", "NORM"], "NORM"),
    ]:
        assert main([*predict, *more]) == 0
        assert capsys.readouterr().out == ""
        table = pd.read_csv(out, sep="\t", index_col="record")
        of_class = p if positive == "LBBB" else 1 - p
        assert table["prediction"].eq(positive).tolist() == (of_class >= cut).tolist()
    assert main([*predict, "--threshold", "0.2,0.3"]) == 1
    assert "--threshold must be one number, got [0.2, 0.3]" in capsys.readouterr().err
    evaluate = ["evaluate", str(model), str(folder / "labels.csv"), "--records", records, "--group", "patient"]
    for threshold, sensitivity in [("0", "1.000"), ("1", "0.000")]:
        assert main([*evaluate, "--threshold", threshold]) == 0
        (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("sensitivity "))
        assert sensitivity in line


def test_a_model_keeps_the_thresholds_of_its_labels(folder, tmp_path):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--target", "NORM", "LBBB"]
    train = ["train", *table, "--network", "eegnet", "--hold-out", "0", "--set", "max_epochs=1", "--quiet"]
    assert main([*train, "--tune", "sensitivity=1", "--out", str(tmp_path / "tuned.skecg")]) == 0
    tuned = skecg.load(tmp_path / "tuned.skecg")
    assert len(tuned[0].thresholds) == 2
    X = read_ecg(sorted((folder / "records").glob("*.hea")))
    said = [" ".join(np.array(["NORM", "LBBB"])[row == 1]) for row in tuned.predict(X)]
    assert skecg.predict_table(tuned, X)["prediction"].tolist() == said


def test_a_model_keeps_the_weights_of_its_classes(folder, tmp_path, capsys):
    labels = pd.read_csv(folder / "labels.csv")
    labels["rhythm"] = np.array(["sinus", "AF", "other"])[np.arange(len(labels)) % 3]
    labels.to_csv(tmp_path / "labels.csv", index=False)
    table = [str(tmp_path / "labels.csv"), "--records", str(folder / "records"), "--target", "rhythm"]
    network = ["--network", "eegnet", "--set", "max_epochs=1", "--tune", "f1", "--quiet"]
    assert main(["train", *table, *network, "--hold-out", "0", "--out", str(tmp_path / "tuned.skecg")]) == 0
    tuned = skecg.load(tmp_path / "tuned.skecg")
    assert tuned[-1].scoring == "f1_macro" and tuned[0].class_weights == tuned[-1].class_weights_.tolist()
    X = read_ecg(sorted((folder / "records").glob("*.hea")))
    assert skecg.predict_table(tuned, X)["prediction"].tolist() == tuned.predict(X).tolist()
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "tuned.skecg"), *table[:3], "--target", "rhythm"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("f1 "))
    assert f"{f1_score(labels['rhythm'], tuned.predict(X), average='macro'):.3f}" in line
    assert main(["cross-validate", *table, *network[:-1], "--folds", "2"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--threshold", "0.5", "--target", "NORM", "LBBB"], "Choose those of several labels with --tune"),
        (["--threshold", "0.5", "--target", "patient"], "More than two classes have no threshold"),
        (["--tune", "g_mean", "--target", "patient"], "--tune g_mean is for labels and two classes"),
        (
            ["--positive", "lbb", "--threshold", "0.5"],
            "--positive 'lbb' is not one of the classes, 'LBBB' and 'NORM'; did",
        ),
    ],
)
def test_thresholds_that_make_no_sense(arguments, message, folder, tmp_path, capsys):
    train = ["train", str(folder / "labels.csv"), "--records", str(folder / "records"), "--out", str(tmp_path / "m")]
    assert main([*train, "--hold-out", "0", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_workbook_without_openpyxl_is_refused_before_any_work(model, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    out = tmp_path / "p.xlsx"
    assert main(["predict", str(model), str(folder / "records"), "--out", str(out)]) == 1
    assert "p.xlsx needs openpyxl: pip install skecg[excel]; or name a .csv" in capsys.readouterr().err
    assert not out.exists()


def test_options_that_argparse_abbreviates_stay_allowed():
    options = parse(*make_parser(), ["predict", "m", "a", "--out", "p.csv", "--abst", "any", "--thresh", "0.1,0.2"])
    assert (options.abstain, options.threshold) == ("any", [0.1, 0.2])
    assert isinstance(options, argparse.Namespace)


def commands_in(text):
    """Return the commands of skecg in a text, split as a shell splits them."""
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith(("skecg ", "  skecg ", "    skecg "))]


def test_the_commands_of_the_pages_can_be_parsed(tmp_path, monkeypatch):
    pages = [*(Path(__file__).parents[2] / "docs").rglob("*.rst"), *(Path(__file__).parents[2] / "docs").glob("*.md")]
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages} | EXAMPLES
    files = "".join(re.findall(r"code-block:: toml\n\n(.*?)\n\n\S", texts["deployment.rst"], re.DOTALL))
    monkeypatch.chdir(tmp_path)
    Path("study.toml").write_text(textwrap.dedent(files))
    (of_hospital,) = re.findall(r"code-block:: toml\n\n(.*?)\n\n[^ ]", texts["hospital.rst"], re.DOTALL)
    Path("pe.toml").write_text(textwrap.dedent(of_hospital))
    commands = [command for text in texts.values() for command in commands_in(text)]
    assert len(commands) > 40
    for command in commands:
        parse(*make_parser(), command)

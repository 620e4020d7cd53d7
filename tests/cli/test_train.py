"""Train from a table, and use the trained model."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skecg
from skecg.cli import main


def write_table(folder, rows):
    """Write a CSV file whose first row holds the columns."""
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(folder / "labels.csv")


def test_a_class_of_one_record_loses_nothing(quick, folder, tmp_path, capsys):
    """One record without a patient does not either."""
    rows = [["record", "target", "patient"]]
    rows += [[f"r{i:02}", ["NORM", "LBBB"][i % 2], "" if i == 5 else f"p{i // 2}"] for i in range(29)]
    table = write_table(tmp_path, [*rows, ["r29", "PVC", "p29"]])
    model, card = str(tmp_path / "m.skecg"), tmp_path / "card.md"
    train = ["train", table, "--records", str(folder / "records"), "--group", "patient", "--network", "resnet"]
    for seed in range(3):
        assert main([*train, "--out", model, "--card", str(card), "--seed", str(seed), *quick]) == 0
        printed = capsys.readouterr()
        assert "trained on and not scored: PVC (1)." in printed.err
        assert "macro, with 95 % intervals by patient" in printed.out
        assert "## Scores" in card.read_text()
    assert main(["evaluate", model, table, "--records", str(folder / "records"), "--group", "patient"]) == 0
    unknown = write_table(tmp_path, [*rows, ["r29", "AF", "p29"]])
    assert main(["evaluate", model, unknown, "--records", str(folder / "records")]) == 1
    assert "one of the classes LBBB, NORM, PVC; the table has AF as well" in capsys.readouterr().err


def test_without_patients_the_intervals_are_by_record(quick, positive, model, folder, tmp_path, capsys):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records")]
    train = ["train", *table, "--network", "resnet", "--out", str(tmp_path / "m.skecg"), *quick, *positive]
    for arguments in (train, ["evaluate", str(model), *table]):
        assert main(arguments) == 0
        printed = capsys.readouterr()
        assert "with 95 % intervals by record" in printed.out
        assert "--group is missing: every record counts as a separate patient" in printed.err
    assert main([*train, "--hold-out", "0"]) == 0
    assert "--group" not in capsys.readouterr().err
    assert main(["evaluate", str(model), *table, "--group", "patient"]) == 0
    printed = capsys.readouterr()
    assert "with 95 % intervals by patient" in printed.out
    assert "--group" not in printed.err


def test_best_is_trained_and_kept(positive, folder, tmp_path):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records")]
    quick = ["--set", "max_epochs=1", "--hold-out", "0", "--out", str(tmp_path / "best.skecg")]
    assert main(["train", *table, "--network", "best", *quick, *positive]) == 0
    best = skecg.load(tmp_path / "best.skecg")[-1]
    assert list(best.named_estimators_) == ["network", "measures", "shape"]
    assert best.named_estimators_["network"][-1].n_iter_ == 1
    out = tmp_path / "p.csv"
    assert main(["predict", str(tmp_path / "best.skecg"), str(folder / "records"), "--out", str(out)]) == 0
    assert "LBBB" in out.read_text()


def test_an_unknown_network_is_refused_before_any_work(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("skecg.datasets.read_folder", lambda *args, **kwargs: pytest.fail("it reads"))
    train = ["train", str(folder / "labels.csv"), "--records", str(folder / "records"), "--out", str(tmp_path / "m")]
    assert main([*train, "--network", "lenet"]) == 2
    printed = capsys.readouterr().err
    assert "crnn" in printed and "best" in printed


def test_what_train_made_is_exported_as_the_page_says(quick, positive, folder, tmp_path, monkeypatch, capsys):
    """The preset resamples: length and rate of the input are those of the training records."""
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--group", "patient"]
    model, out = str(tmp_path / "m.skecg"), str(tmp_path / "m.onnx")
    train = ["train", *table, "--network", "resnet", "--hold-out", "0", "--out", model, *quick, *positive]
    assert main(train) == 0
    for options, printed in [
        ([], "(records, 12, 500) at 100 Hz"),
        (["--fs", "200"], "(records, 12, 1000) at 200 Hz"),
        (["--n-times", "600"], "(records, 12, 600) at 100 Hz"),
    ]:
        assert main(["export", model, out, *options]) == 0
        assert printed in capsys.readouterr().out
    loaded = skecg.load(model)
    monkeypatch.setattr("skecg.load", lambda *args, **kwargs: loaded)
    for training, message in [
        ({**loaded[0].training, "duration_s": [5.0, 9.0]}, "last 5 to 9 s, the file takes one length only: pass its"),
        (None, "not clear: pass --n-times."),
    ]:
        loaded.set_params(contract__training=training)
        assert main(["export", model, out]) == 1
        assert message in capsys.readouterr().err


def test_all_files_of_a_record_are_one_record(folder, tmp_path, capsys):
    files = sorted(map(str, (folder / "records").iterdir()))
    assert len(files) == 60
    assert main(["describe", *files]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("30 records")
    assert "duplicates" not in printed


def test_it_is_a_module_too():
    for module in ("skecg", "skecg.cli"):
        command = [sys.executable, "-m", module, "--help"]
        assert "exit codes:" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_page_reads_other_files(tmp_path, monkeypatch, capsys):
    """docs/deployment.md reads formats in Python that the command line does not read."""
    page = Path(__file__).parents[2] / "docs" / "deployment.md"
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL) if "loadmat" in block)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    printed = capsys.readouterr().out.strip()
    assert printed == "ECGRecords(2 records, 12 leads, 5000 samples, 500 Hz; patient_id)"
    assert printed in code

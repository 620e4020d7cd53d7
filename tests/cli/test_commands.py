"""The command line, from a folder of records to predictions."""

import csv
import re
import subprocess
import sys

import numpy as np
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.cli import main
from skecg.preprocessing import Normalize


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_from_records_to_predictions(quick, positive, folder, tmp_path, capsys):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--group", "patient"]
    model = tmp_path / "m.skecg"
    card = tmp_path / "card.md"
    train = ["train", *table, "--network", "resnet", "--out", str(model), "--card", str(card), *quick]
    assert main(train) == 1
    assert "The classes are 'LBBB' and 'NORM': name the class to detect with --positive" in capsys.readouterr().err
    assert not model.exists()
    assert main([*train, *positive]) == 0
    out = capsys.readouterr().out
    assert "LBBB, with 95 % intervals by patient" in out
    for name, score in {"AUROC": "auroc", "F1": "f1", "specificity": "specificity"}.items():
        (printed,) = (line.split(maxsplit=1)[1] for line in out.splitlines() if line.split(" ")[0] == score)
        assert f"| {name} | {' '.join(printed.split())} |" in card.read_text()
    assert "m.skecg: resnet of 26 records" in out
    assert "auroc" in out
    assert "## Scores" in card.read_text()
    assert skecg.load(model)[0].training["n_patients"] == 12
    assert main(["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv")]) == 0
    rows = rows_of(tmp_path / "p.csv")
    assert [row["record"] for row in rows] == [f"r{i:02}" for i in range(30)]
    for row in rows:
        assert row["prediction"] == max(["LBBB", "NORM"], key=lambda name: float(row[name]))
    assert main(["evaluate", str(model), *table, "--out", str(tmp_path / "scores.csv")]) == 0
    printed = capsys.readouterr()
    assert "LBBB, with 95 % intervals" in printed.out
    assert "The model was trained on 26 of these 30 records (12 patients)" in printed.err
    assert main(["evaluate", str(model), *table, "--positive", "NORM"]) == 0
    assert "NORM, with 95 % intervals" in capsys.readouterr().out
    assert main(["evaluate", str(model), *table, "--positive", "AF"]) == 1
    assert "--positive 'AF' is not one of the classes, 'LBBB' and 'NORM'" in capsys.readouterr().err
    assert "auroc" in (tmp_path / "scores.csv").read_text()


def test_several_labels(quick, folder, tmp_path):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--target", "NORM", "LBBB"]
    model = str(tmp_path / "m.skecg")
    assert main(["train", *table, "--network", "resnet", "--hold-out", "0", "--out", model, *quick]) == 0
    assert main(["predict", model, str(folder / "records" / "r00.hea"), "--out", str(tmp_path / "p.csv")]) == 0
    (row,) = rows_of(tmp_path / "p.csv")
    assert row["prediction"].split() == [name for name in ("NORM", "LBBB") if float(row[name]) > 0.5]
    assert main(["evaluate", model, *table]) == 0


def test_predictions_are_those_of_the_model(model, folder, tmp_path, ecgs):
    main(["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv")])
    p = [[float(row["LBBB"]), float(row["NORM"])] for row in rows_of(tmp_path / "p.csv")]
    np.testing.assert_allclose(p, skecg.load(model).predict_proba(ecgs.data), atol=1e-3)


def test_records_of_another_rate_and_order(write_wfdb, model, ecgs, tmp_path, capsys):
    from skecg.preprocessing import ECGResample

    faster = ECGResample(target_fs=500).fit_transform(ecgs.data[:2])
    for i, record in enumerate(faster):
        write_wfdb(tmp_path / "fast", f"f{i}", record.signal[::-1], 500, record.leads[::-1])
    arguments = ["predict", str(model), str(tmp_path / "fast"), "--out", str(tmp_path / "p.csv")]
    assert main(arguments) == 0
    p = [[float(row["LBBB"]), float(row["NORM"])] for row in rows_of(tmp_path / "p.csv")]
    np.testing.assert_allclose(p, skecg.load(model).predict_proba(ecgs.data[:2]), atol=0.02)
    assert main([*arguments, "--on-mismatch", "raise"]) == 1
    assert "was fitted on the leads" in capsys.readouterr().err


def test_damaged_records(write_wfdb, model, ecgs, tmp_path, capsys):
    for i in range(3):
        write_wfdb(tmp_path / "some", f"r{i}", ecgs.data[i].signal, 100, ecgs.data.leads)
    (tmp_path / "some" / "r1.dat").write_bytes(b"short")
    arguments = ["predict", str(model), str(tmp_path / "some"), "--out", str(tmp_path / "p.csv")]
    assert main(arguments) == 1
    assert not (tmp_path / "p.csv").exists()
    err = capsys.readouterr().err
    assert "r1" in err and "--on-error warn skips such files." in err
    assert main([*arguments[:2], str(tmp_path / "some" / "r1.hea")]) == 1
    assert "--on-error" not in capsys.readouterr().err  # there is nothing else to predict
    assert main([*arguments, "--on-error", "warn"]) == 3
    assert [row["record"] for row in rows_of(tmp_path / "p.csv")] == ["r0", "r2"]
    assert "r1" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*"))


def test_describe(folder, tmp_path, capsys):
    assert main(["describe", str(folder / "records")]) == 0
    assert "30 records" in capsys.readouterr().out
    assert main(["describe", str(tmp_path)]) == 1
    assert "There are no recordings in" in capsys.readouterr().err


def test_inspect(model, tmp_path, capsys):
    assert main(["inspect", str(model)]) == 0
    out = capsys.readouterr().out
    for said in (
        "m.skecg: a model of skecg",
        "made with skecg",
        "Signal contract",
        "labels: ['LBBB', 'NORM']",
        "Arrays: ",
    ):
        assert said in out
    (tmp_path / "x").write_text("no model")
    for path in ("x", "missing", "."):
        assert main(["inspect", str(tmp_path / path)]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_export(model, folder, tmp_path, capsys):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    assert main(["export", str(model), str(tmp_path / "m.onnx")]) == 0
    assert "(records, 12, 500) at 100 Hz in mV to probabilities of LBBB, NORM" in capsys.readouterr().out
    assert (tmp_path / "m.onnx").exists()
    table = ["--labels", str(folder / "labels.csv"), "--records", str(folder / "records")]
    assert main(["export", str(model), str(tmp_path / "m.onnx"), "--int8", "static", *table]) == 0
    assert re.search(r"AUROC 0\.\d{4}, that of the model 0\.\d{4}: a loss of -?0\.\d{4}", capsys.readouterr().out)


def test_errors_are_one_line(model, folder, tmp_path, capsys, ecgs):
    out = ["--out", str(tmp_path / "x")]
    table = [str(folder / "labels.csv"), "--records", str(folder / "records")]
    (tmp_path / "bad.skecg").write_bytes(b"no model")
    skecg.save(Normalize().fit(ecgs.data), tmp_path / "step.skecg")
    for arguments, message in [
        (["predict", "nowhere.skecg", "a.hea", *out], "nowhere.skecg"),
        (["predict", str(tmp_path / "bad.skecg"), "a.hea", *out], "damaged"),
        (["predict", str(tmp_path / "step.skecg"), "a.hea", *out], "holds Normalize, which is no fitted classifier"),
        (["train", *table, *out, "--target", "diagnosis"], "no column diagnosis"),
        (["train", *table, *out, "--set", "max_epochs=many", "--positive", "LBBB"], "max_epochs"),
        (["train", *table, *out], "name the class to detect with --positive 'LBBB' or 'NORM'"),
        (["predict", str(folder), str(model), *out], "is a folder; the first argument is a model"),
        (["predict", str(model), str(folder / "labels.csv"), *out], "is of no known format"),
        (["predict", str(model), str(folder / "records"), str(folder / "records/r01.hea"), *out], "Two records are"),
        (["evaluate", str(model), *table, "--target", "NORM", "LBBB"], "one of the classes LBBB, NORM: name the one"),
        (["export", str(model), str(tmp_path / "m.onnx"), "--labels", table[0]], "both --labels and --records"),
        (["evaluate", str(model), "nowhere.csv", "--records", str(folder)], "nowhere.csv"),
    ]:
        assert main(arguments) == 1
        err = capsys.readouterr().err.splitlines()
        assert message in err[-1] and err[-1].startswith(f"skecg {arguments[0]}: ")
    with pytest.raises(OSError, match="nowhere"):
        main(["--traceback", "predict", "nowhere.skecg", "a.hea", *out])


def test_networks_and_settings_that_do_not_exist(folder, tmp_path, monkeypatch, capsys):
    """The message names what is near, and nothing has been read."""
    monkeypatch.setattr("skecg.datasets.read_folder", lambda *args, **kwargs: pytest.fail("it reads"))
    train = ["train", str(folder / "labels.csv"), "--records", str(folder), "--out", str(tmp_path / "x")]
    for arguments, *messages in [
        (["--network", "resnat"], "no pipeline named 'resnat'", "did you mean resnet"),
        (["--set", "epochs"], "NAME=VALUE"),
        (["--set", "epochs=3"], "classifier has no parameter 'epochs'; it has augment", "did you mean max_epochs?"),
        (["--set", "classifer__width=3"], "there is no step 'classifer'; there are filter", "mean classifier?"),
        (["--threshold", "0.3", "--tune", "f1"], "--threshold sets a threshold and --tune chooses one"),
    ]:
        assert main([*train, *arguments]) == 2
        (err,) = capsys.readouterr().err.splitlines()
        assert err.startswith("skecg train: ") and all(message in err for message in messages)


def test_where_nothing_can_be_written_no_work_is_begun(model, folder, tmp_path, monkeypatch, capsys):
    """Check outputs before training, so that a missing folder costs no work and no input is overwritten."""
    monkeypatch.setattr("skecg.datasets.read_folder", lambda *args, **kwargs: pytest.fail("it reads"))
    labels, records = str(folder / "labels.csv"), str(folder / "records")
    train = ["train", labels, "--records", records]
    missing, content = str(tmp_path / "missing" / "x"), (folder / "labels.csv").read_bytes()
    for arguments, message in [
        ([*train, "--out", missing], "There is no folder"),
        ([*train, "--out", str(tmp_path / "m"), "--card", missing], "There is no folder"),
        ([*train, "--out", str(folder)], "is a folder; give the path of a file to write"),
        ([*train, "--out", labels], "it would be overwritten"),
        (["evaluate", str(model), labels, "--records", records, "--out", labels], "it would be overwritten"),
        (["predict", str(model), records, "--out", str(model)], "it would be overwritten"),
        (["predict", str(model), records + "/r00.hea", "--out", records + "/r00.hea"], "it would be overwritten"),
        (["export", str(model), missing], "There is no folder"),
        (["export", str(model), str(model)], "it would be overwritten"),
    ]:
        assert main(arguments) == 1
        assert message in capsys.readouterr().err
    assert (folder / "labels.csv").read_bytes() == content


def test_labels_are_matched_by_name(ecgs, folder, tmp_path, capsys):
    """The columns of the table may be in another order than the columns of the model."""
    Y = np.stack([ecgs.target == "NORM", ecgs.target == "LBBB"], axis=1).astype(int)
    path = tmp_path / "m.skecg"
    skecg.save(EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, Y), path, target_names=["NORM", "LBBB"])
    evaluate = ["evaluate", str(path), str(folder / "labels.csv"), "--records", str(folder / "records")]
    scores = []
    for names in (["NORM", "LBBB"], ["LBBB", "NORM"]):
        assert main([*evaluate, "--target", *names, "--out", str(tmp_path / "scores.csv")]) == 0
        scores.append((tmp_path / "scores.csv").read_text())
    assert scores[0] == scores[1]
    for names, message in [(["NORM", "age"], "no column age"), (["NORM"], "name a column for each")]:
        assert main([*evaluate, "--target", *names]) == 1
        assert message in capsys.readouterr().err
    skecg.save(EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, Y), path, target_names=["NORM", "AF"])
    assert main([*evaluate, "--target", "NORM", "LBBB"]) == 1
    assert "gives the labels NORM, AF; --target names NORM, LBBB" in capsys.readouterr().err


def test_a_threshold_of_the_model_counts_in_its_scores(ecgs, folder, tmp_path):
    from sklearn.frozen import FrozenEstimator
    from sklearn.model_selection import FixedThresholdClassifier

    fitted = FrozenEstimator(EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, ecgs.target))
    evaluate = ["evaluate", str(tmp_path / "m.skecg"), str(folder / "labels.csv")]
    evaluate += ["--records", str(folder / "records"), "--out", str(tmp_path / "scores.csv")]
    for threshold, sensitivity in [(0.0, 1), (1.0, 0)]:
        tuned = FixedThresholdClassifier(fitted, threshold=threshold, response_method="predict_proba")
        skecg.save(tuned.fit(ecgs.data, ecgs.target), tmp_path / "m.skecg", pos_label="NORM")
        assert main(evaluate) == 0
        row = next(row for row in rows_of(tmp_path / "scores.csv") if "sensitivity" in row.values())
        assert float(row["estimate"]) == sensitivity


def test_an_interrupt_has_its_own_code(model, folder, tmp_path, monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("skecg.datasets.read_ecg", interrupted)
    assert main(["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv")]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "command", ["train", "cross-validate", "predict", "evaluate", "export", "inspect", "describe", "convert"]
)
def test_help_teaches(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"examples:\n  skecg {command} " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["predit"], "invalid choice: 'predit'; choose from train, cross-validate, predict, "),
        (["predit"], "did you mean predict?"),
        (
            ["train", "t.csv", "--recrods", "a", "--out", "m"],
            "unrecognized arguments: --recrods; did you mean --record",
        ),
        (["predict", "m.skecg", "a", "--out", "p.csv", "--on-mismatch", "rise"], "did you mean raise?"),
        (["predict", "m.skecg", "a", "--out", "p.ods"], "no table is written as .ods; name a .csv or an .xlsx"),
        (["predict", "m.skecg", "a", "--out", "p.doc"], "no table is written as .doc; name a .csv or an .xlsx"),
        (["predict", "m.skecg", "a", "--out", "p.csv", "--threshold", "30"], "30 is no threshold: give a probability"),
        (["cross-validate", "t.csv", "--records", "a", "--tune", "f2"], "invalid choice: 'f2'; choose from f1, g_mean"),
        (["cross-validate", "t.csv", "--records", "a", "--tune", "f1=0.9"], "only sensitivity takes a number"),
        (["cross-validate", "t.csv", "--records", "a", "--folds", "1"], "1 is no number of folds"),
        (["predict"], "required"),
        (["predict", "m.skecg"], "required: records"),
        (["predict", "m.skecg", "a.hea", "--top", "0"], "0 is no number of labels"),
        (["train", "t.csv", "--records", "a", "--out", "m", "--hold-out", "1.5"], "1.5 is not a share"),
        (["train", "t.csv", "--records", "a", "--out", "m", "--hold-out", "some"], "invalid"),
        (["train", "t.csv", "--records", "a", "--out", "m", "--seed", "-1"], "-1 is not a seed"),
        (["export", "m.skecg", "m.onnx", "--n-times", "ten"], "invalid int value: 'ten'"),
        (["predict", "m.skecg", "a.hea", "--out", "p.csv", "--on-mismatch", "ignore"], "invalid choice"),
    ],
)
def test_arguments_that_make_no_sense(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_help_is_quick_and_needs_no_torch():
    code = "import sys, skecg.cli\ntry: skecg.cli.main(['--help'])\nexcept SystemExit: print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "exit codes:" in out
    assert out.splitlines()[-1] == "False"

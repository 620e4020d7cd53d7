"""The command line, from a folder of records to predictions."""

import csv
import subprocess
import sys

import numpy as np
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.cli import main
from skecg.datasets import make_ecg
from skecg.preprocessing import Normalize

QUICK = ["--set", "width=4", "--set", "max_epochs=1", "--set", "classifier__batch_size=8"]


def write_wfdb(folder, name, signal, fs, leads):
    """Write a record in format 16, at 5,000 steps a mV."""
    folder.mkdir(exist_ok=True)
    np.round(signal.T * 5000).astype("<i2").tofile(folder / f"{name}.dat")
    lines = [f"{name}.dat 16 5000/mV 16 0 0 0 0 {lead}" for lead in leads]
    (folder / f"{name}.hea").write_text("\n".join([f"{name} {len(leads)} {fs} {signal.shape[1]}", *lines, ""]))


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(30, classes=["NORM", "LBBB"], fs=100, duration=5, n_patients=15, random_state=0)


@pytest.fixture(scope="module")
def folder(ecgs, tmp_path_factory):
    """Return a folder of 30 records with a table."""
    folder = tmp_path_factory.mktemp("wfdb")
    rows = [["record", "target", "patient", "NORM", "LBBB"]]
    for i, record in enumerate(ecgs.data):
        write_wfdb(folder / "records", f"r{i:02}", record.signal, 100, record.leads)
        label = ecgs.target[i]
        rows.append([f"r{i:02}", label, record.metadata["patient_id"], int(label == "NORM"), int(label == "LBBB")])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.fixture(scope="module")
def model(ecgs, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.skecg"
    fitted = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, ecgs.target)
    skecg.save(fitted, path, X=ecgs.data, y=ecgs.target)
    return path


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_from_records_to_predictions(folder, tmp_path, capsys):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--group", "patient"]
    model = tmp_path / "m.skecg"
    card = tmp_path / "card.md"
    code = main(["train", *table, "--network", "resnet", "--out", str(model), "--card", str(card), *QUICK])
    assert code == 0
    out = capsys.readouterr().out
    assert "m.skecg: resnet of 22 records" in out
    assert "auroc" in out
    assert "## Scores" in card.read_text()
    assert skecg.load(model)[0].training["n_patients"] == 12
    assert main(["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv")]) == 0
    rows = rows_of(tmp_path / "p.csv")
    assert [row["record"] for row in rows] == [f"r{i:02}" for i in range(30)]
    for row in rows:
        assert row["prediction"] == max(["LBBB", "NORM"], key=lambda name: float(row[name]))
    assert main(["evaluate", str(model), *table, "--out", str(tmp_path / "scores.csv")]) == 0
    assert "auroc" in capsys.readouterr().out
    assert "auroc" in (tmp_path / "scores.csv").read_text()


def test_several_labels(folder, tmp_path):
    table = [str(folder / "labels.csv"), "--records", str(folder / "records"), "--target", "NORM", "LBBB"]
    model = str(tmp_path / "m.skecg")
    assert main(["train", *table, "--network", "resnet", "--hold-out", "0", "--out", model, *QUICK]) == 0
    assert main(["predict", model, str(folder / "records" / "r00.hea"), "--out", str(tmp_path / "p.csv")]) == 0
    (row,) = rows_of(tmp_path / "p.csv")
    assert row["prediction"].split() == [name for name in ("NORM", "LBBB") if float(row[name]) > 0.5]
    assert main(["evaluate", model, *table]) == 0


def test_predictions_are_those_of_the_model(model, folder, tmp_path, ecgs):
    main(["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv")])
    p = [[float(row["LBBB"]), float(row["NORM"])] for row in rows_of(tmp_path / "p.csv")]
    np.testing.assert_allclose(p, skecg.load(model).predict_proba(ecgs.data), atol=1e-3)


def test_records_of_another_rate_and_order(model, ecgs, tmp_path, capsys):
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


def test_damaged_records(model, ecgs, tmp_path, capsys):
    for i in range(3):
        write_wfdb(tmp_path / "some", f"r{i}", ecgs.data[i].signal, 100, ecgs.data.leads)
    (tmp_path / "some" / "r1.dat").write_bytes(b"short")
    arguments = ["predict", str(model), str(tmp_path / "some"), "--out", str(tmp_path / "p.csv")]
    assert main(arguments) == 1
    assert not (tmp_path / "p.csv").exists()
    assert "r1" in capsys.readouterr().err
    assert main([*arguments, "--on-error", "warn"]) == 3
    assert [row["record"] for row in rows_of(tmp_path / "p.csv")] == ["r0", "r2"]
    assert "r1" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*"))


def test_describe(folder, tmp_path, capsys):
    assert main(["describe", str(folder / "records")]) == 0
    assert "30 records" in capsys.readouterr().out
    assert main(["describe", str(tmp_path)]) == 1
    assert "no WFDB headers" in capsys.readouterr().err


def test_export(model, tmp_path, capsys):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    assert main(["export", str(model), str(tmp_path / "m.onnx")]) == 0
    assert "(records, 12, 500) at 100 Hz in mV to probabilities of LBBB, NORM" in capsys.readouterr().out
    assert (tmp_path / "m.onnx").exists()


def test_errors_are_one_line(model, folder, tmp_path, capsys, ecgs):
    out = ["--out", str(tmp_path / "x")]
    table = [str(folder / "labels.csv"), "--records", str(folder / "records")]
    (tmp_path / "bad.skecg").write_bytes(b"no model")
    skecg.save(Normalize().fit(ecgs.data), tmp_path / "step.skecg")
    for arguments, said in [
        (["predict", "nowhere.skecg", "a.hea", *out], "nowhere.skecg"),
        (["predict", str(tmp_path / "bad.skecg"), "a.hea", *out], "damaged"),
        (["predict", str(tmp_path / "step.skecg"), "a.hea", *out], "holds Normalize, which is no fitted classifier"),
        (["train", *table, *out, "--network", "lenet"], "no pipeline named 'lenet'"),
        (["train", *table, *out, "--set", "epochs"], "NAME=VALUE"),
        (["train", *table, *out, "--target", "diagnosis"], "no column diagnosis"),
        (["train", *table, *out, "--set", "max_epochs=many"], "max_epochs"),
        (["evaluate", str(model), "nowhere.csv", "--records", str(folder)], "nowhere.csv"),
    ]:
        assert main(arguments) == 1
        err = capsys.readouterr().err
        assert said in err
        assert "Traceback" not in err
    with pytest.raises(OSError, match="nowhere"):
        main(["--traceback", "predict", "nowhere.skecg", "a.hea", *out])


def test_an_interrupt_has_its_own_code(model, folder, tmp_path, monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("skecg.datasets.read_wfdb", interrupted)
    assert main(["predict", str(model), str(folder / "records"), "--out", str(tmp_path / "p.csv")]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "export", "describe"])
def test_help_teaches(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"examples:\n  skecg {command} " in capsys.readouterr().out


def test_arguments_that_make_no_sense(capsys):
    with pytest.raises(SystemExit) as end:
        main(["predict"])
    assert end.value.code == 2
    assert "required" in capsys.readouterr().err


def test_help_is_quick_and_needs_no_torch():
    code = "import sys, skecg.cli\ntry: skecg.cli.main(['--help'])\nexcept SystemExit: print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "exit codes:" in out
    assert out.splitlines()[-1] == "False"

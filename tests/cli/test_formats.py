"""Folders of mixed formats, and their conversion."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from skecg.cli import main
from skecg.datasets import read_ecg, write_ecg
from skecg.storage import open_records

SAMPLES = Path(__file__).parents[1] / "datasets" / "formats" / "samples"


@pytest.fixture
def mixed(tmp_path, ecgs):
    """Return a folder of WFDB, CSV, SCP, aECG and Philips files, with a damaged file, a letter and a table."""
    folder = tmp_path / "export"
    write_ecg(ecgs.data[:2], folder)
    for name in ("Example.scp", "v1_03_129DYPRG.xml"):
        (folder / name).write_bytes((SAMPLES / name).read_bytes())
    (folder / "fda.xml").write_bytes(gzip.decompress((SAMPLES / "fda_subject1_0.xml.gz").read_bytes()))
    (folder / "cut.xml").write_bytes((folder / "fda.xml").read_bytes()[:9000])
    np.savetxt(
        folder / "table.csv", ecgs.data[2].signal.T, delimiter=";", header=";".join(ecgs.data.leads), comments=""
    )
    (folder / "letter.txt").write_text("Dear colleague")
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = [["record", "target", "age"], ["0", "NORM", "63,5"], ["1", "LBBB", "70"], ["Example", "NORM", "49"]]
        csv.writer(file, delimiter=";").writerows([*rows, ["fda", "LBBB", "49"], ["v1_03_129DYPRG", "NORM", "50"]])
    return folder


def names_of(path):
    with path.open(newline="") as file:
        return [row["record"] for row in csv.DictReader(file)]


READ = ["0", "1", "Example", "fda", "v1_03_129DYPRG"]


def test_a_folder_of_mixed_formats(mixed, model, tmp_path, capsys):
    out = tmp_path / "p.csv"
    predict = ["predict", str(model), str(mixed), "--out", str(out)]
    assert main(predict) == 1
    assert "cut.xml" in capsys.readouterr().err
    assert main([*predict, "--on-error", "warn"]) == 3
    err = capsys.readouterr().err
    assert "Left out 1 file that is no recording:\n" in err
    assert f"Other files: {mixed / 'labels.csv'}, {mixed / 'letter.txt'}\n" in err
    assert f"  {mixed / 'table.csv'} is a table, whose rate is not given\n" in err
    assert "Skipped 1 of 6 records:\n" in err
    assert sorted(names_of(out)) == READ
    assert main([*predict, "--on-error", "warn", "--file-fs", "100"]) == 3
    assert sorted(names_of(out)) == sorted([*READ, "table"])
    assert main(["predict", str(model), str(mixed / "fda.xml"), str(mixed / "0.hea"), "--out", str(out)]) == 0
    assert names_of(out) == ["fda", "0"]
    assert main(["describe", str(mixed), "--on-error", "warn"]) == 3
    assert "5 records" in capsys.readouterr().out


def test_only_files_that_seem_recordings_count(mixed, capsys):
    for name in ("cut.xml", "table.csv"):
        (mixed / name).unlink()
    (mixed / "report.pdf").write_bytes(b"%PDF-1.7")
    (mixed / "README").write_text("These are the ECGs of 2020.")
    (mixed / "table.xlsx").write_bytes(b"PK\x03\x04...")
    (mixed / ".DS_Store").write_bytes(bytes(9))
    (mixed / "0.atr").write_bytes(bytes(9))
    assert main(["describe", str(mixed)]) == 0
    err = capsys.readouterr().err
    assert "Left out" not in err
    assert all(str(mixed / name) in err for name in ("report.pdf", "README", "table.xlsx", "labels.csv", "letter.txt"))
    for name, data in [
        ("a.xml", b"<note/>"),
        ("b.dcm", b"cut short"[:0]),
        ("IM0001", b"\x00\x01\x02"),
        ("c.zip", b"PK\x03\x04..."),
        ("d.txt", b"Rate: 500\n0.1 0.2\n0.3 0.4\n"),
        ("e.edf", bytes(300)),
    ]:
        (mixed / name).write_bytes(data)
        assert main(["describe", str(mixed)]) == 3
        assert f"Left out 1 file that is no recording:\n  {mixed / name} " in capsys.readouterr().err
        (mixed / name).unlink()


def test_a_table_with_semicolons(mixed, quick, positive, tmp_path, capsys):
    (mixed / "cut.xml").unlink()
    table = [str(mixed / "labels.csv"), "--records", str(mixed)]
    model = str(tmp_path / "m.skecg")
    assert main(["train", *table, "--network", "resnet", "--hold-out", "0", "--out", model, *quick, *positive]) == 3
    printed = capsys.readouterr()
    assert "resnet of 5 records" in printed.out
    assert "letter.txt" in printed.err
    (mixed / "table.csv").unlink()
    assert main(["evaluate", model, *table]) == 0
    printed = capsys.readouterr()
    assert "with 95 % intervals by patient" in printed.out


def test_the_option_is_named_where_a_parameter_is_missing(mixed, model, tmp_path, capsys):
    arguments = ["predict", str(model), str(mixed / "table.csv"), "--out", str(tmp_path / "p.csv")]
    assert main(arguments) == 1
    assert "pass its rate in Hz as --file-fs" in capsys.readouterr().err
    assert main([*arguments, "--file-fs", "100"]) == 0


@pytest.mark.parametrize("to", ["wfdb", "edf", "dicom"])
def test_convert(mixed, tmp_path, to, capsys):
    pytest.importorskip({"edf": "edfio", "dicom": "pydicom"}.get(to, "numpy"))
    out = tmp_path / "out"
    convert = ["convert", str(mixed), str(out), "--to", to]
    assert main(convert) == 1
    assert not out.exists()
    assert main([*convert, "--on-error", "warn"]) == 3
    printed = capsys.readouterr()
    assert printed.out.endswith(f"out: 5 of 6 records, {to}\n")
    assert "cut.xml" in printed.err
    old, new = (read_ecg([path for path in sorted(folder.iterdir()) if path.stem in READ], leads=["I", "V6"])
                for folder in (mixed, out))  # fmt: skip
    for name in READ:
        np.testing.assert_allclose(new[name].signal, old[name].signal, atol=1.01e-4)
        assert new[name].fs == old[name].fs
    assert main(convert) == 1
    assert "exists already; give another name" in capsys.readouterr().err


@pytest.fixture
def gap(tmp_path, ecgs):
    """Return a folder of two records, the first with a missing sample."""
    signals = ecgs.data[:2].to_array().copy()
    signals[0, 0, 0] = np.nan
    write_ecg(ecgs.data[:2].with_signals(signals), tmp_path / "in")
    return tmp_path / "in"


def test_a_record_with_missing_samples_does_not_end_the_predictions(gap, model, tmp_path, capsys):
    predict = ["predict", str(model), str(gap), "--out", str(tmp_path / "p.csv")]
    assert main(predict) == 0
    assert "p.csv: 2 of 2 records, 1 of them without a prediction" in capsys.readouterr().out
    with (tmp_path / "p.csv").open(newline="") as file:
        missing, whole = csv.DictReader(file)
    assert missing == {"record": "0", "prediction": "", "LBBB": "", "NORM": "", "quality": "has NaN or infinite values"}
    assert whole["prediction"] in ("LBBB", "NORM") and whole["quality"] == ""


def test_what_a_format_cannot_hold_is_skipped(gap, tmp_path, capsys):
    pytest.importorskip("edfio")
    convert = ["convert", str(gap), str(tmp_path / "out"), "--to", "edf", "--anonymise"]
    assert main(convert) == 1
    assert not (tmp_path / "out").exists()
    assert main([*convert, "--on-error", "warn"]) == 3
    printed = capsys.readouterr()
    assert "out: 1 of 2 records, edf" in printed.out
    assert "Skipped 0: record" in printed.err and "has missing samples" in printed.err
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_convert_to_a_set(mixed, tmp_path):
    convert = ["convert", str(mixed), str(tmp_path / "set"), "--to", "set", "--on-error", "warn"]
    assert main(convert) == 3
    assert sorted(open_records(tmp_path / "set").metadata.index) == READ


def test_anonymise(mixed, tmp_path):
    key, names = tmp_path / "secret.key", tmp_path / "names.csv"
    convert = ["convert", *(str(mixed / name) for name in ("Example.scp", "fda.xml", "v1_03_129DYPRG.xml"))]
    arguments = [*convert, str(tmp_path / "a"), "--anonymise", "--key", str(key), "--names", str(names)]
    assert main(arguments) == 0
    assert names_of(names) == ["Example", "fda", "v1_03_129DYPRG"]
    written = b"".join(path.name.encode() + path.read_bytes() for path in sorted((tmp_path / "a").iterdir()))
    assert not [word for word in (b"SBJ-123", b"subject1", b"Example", b"2002", b"ELI250") if word in written]
    again = [*convert, str(tmp_path / "b"), "--anonymise", "--key", str(key)]
    assert main(again) == 0
    assert [path.name for path in sorted((tmp_path / "b").iterdir())] == [
        path.name for path in sorted((tmp_path / "a").iterdir())
    ]
    assert main([*convert, str(tmp_path / "c"), "--anonymise"]) == 0
    assert {path.name for path in (tmp_path / "c").iterdir()}.isdisjoint(
        path.name for path in (tmp_path / "a").iterdir()
    )

"""A folder of files of any formats and a table of their labels."""

import numpy as np
import pandas as pd
import pytest

from skecg.datasets import read_folder


@pytest.fixture
def root(tmp_path, write_record):
    """Return a folder of two WFDB records and two CSV files, with a table."""
    root = tmp_path / "ecg"
    write_record(root / "north", "a", value=1, leads=["I", "II"], comments=["Age: 63", "Sex: M"])
    write_record(root / "south", "b", value=2, leads=["I", "II"])
    for name in ("c", "d"):
        (root / f"{name}.csv").write_text("I;II\n" + "0,5;0,25\n" * 40)
    (root / "report.pdf").write_bytes(b"%PDF-1.4")
    (root / "labels.csv").write_text(
        "Datei;Befund;Alter;Patient\nd.csv;AF;70,5;1\nnorth\\a.hea;NA;63;2\nb;AF;41;1\nc;AF;50;3\n"
    )
    return root


def read(root, labels=None, **options):
    labels = root / "labels.csv" if labels is None else labels
    options = {"record": "Datei", "target": "Befund", "file_fs": 250, "verbose": 0} | options
    return read_folder(root, labels, **options)


def test_formats_may_be_mixed(root):
    folder = read(root, group="Patient")
    assert folder.target.tolist() == ["AF", "NA", "AF", "AF"]
    metadata = folder.data.metadata
    assert metadata.index.tolist() == ["d", "a", "b", "c"]
    assert metadata.columns.tolist() == ["Alter", "patient_id", "age", "sex", "file", "format"]
    assert metadata["patient_id"].tolist() == [1, 2, 1, 3]
    assert metadata["Alter"].tolist() == [70.5, 63, 41, 50]
    assert metadata["format"].tolist() == ["CSV", "WFDB", "WFDB", "CSV"]
    assert folder.data["a"].metadata["age"] == 63
    assert folder.data["b"].signal[0, 0] == np.float32(0.002)
    assert list(folder.left_out) == [str(root / "report.pdf")]


def test_the_closing_line(root, capsys):
    (root / "south" / "b.dat").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"Skipped 1 of 4 records\. .*b\.dat"):
        folder = read(root, on_error="warn", verbose=1)
    line = capsys.readouterr().err.strip()
    assert line.startswith("Read 3 of 4 recordings (2 CSV, 1 WFDB). Left out 1: ")
    assert line.endswith("No recordings: 1 file (report.pdf is a PDF, which holds no samples: export the ECG as data).")
    assert folder.DESCR.endswith(f"labels.csv. {line}")
    assert folder.target.tolist() == ["AF", "NA", "AF"]


def test_names_of_files_in_the_table(root, write_record):
    for names in (
        ["d.csv", "a.hea", "b", "c"],
        ["d", "a.dat", "south/b", "./c.csv"],
        ["D:\\x\\d.csv", "y/north/a", "b", "c"],
    ):
        table = pd.DataFrame({"Datei": names, "Befund": [1, 0, 1, 0]})
        assert read(root, table).data.metadata["file"].tolist() == ["d.csv", "a.hea", "b.hea", "c.csv"]
    write_record(root / "south", "a", value=3, leads=["I", "II"])
    table = pd.DataFrame({"Datei": ["north/a", "south/a"], "Befund": [1, 0]})
    two = read(root, table, unlisted="ignore")
    assert two.data.metadata.index.tolist() == ["north/a", "south/a"]
    assert two.data["south/a"].signal[0, 0] == np.float32(0.003)
    with pytest.raises(ValueError, match=r"record a may be any of .*north/a\.hea, .*south/a\.hea; add the folder"):
        read(root, table.assign(Datei=["a", "b"]), unlisted="ignore")
    with pytest.raises(ValueError, match=r"b and b\.hea both mean the file .*b\.hea"):
        read(root, table.assign(Datei=["b", "b.hea"]), unlisted="ignore")


def test_what_does_not_match_is_named_in_one_error(root):
    table = pd.DataFrame({"Datei": ["a", "B", "zz", "report"], "Befund": [1, 0, 1, 0]})
    message = (
        r"record B, of which there is no file; is b meant\? .* record zz, of which there is no file\. .* record "
        r"report, but .*report\.pdf is a PDF, which holds no samples.*c\.csv: the table of labels gives no label"
    )
    with pytest.raises(ValueError, match=message):
        read(root, table)
    (root / "007.csv").write_text("I;II\n" + "0,5;0,25\n" * 40)
    with pytest.raises(ValueError, match=r"record 7\.csv, of which there is no file; is 007 meant\? Zeros in front"):
        read(root, pd.DataFrame({"Datei": ["7.csv"], "Befund": [1]}), unlisted="ignore")
    (root / "007.csv").unlink()
    with pytest.raises(ValueError, match=r"leaves the label of record b empty"):
        read(root, pd.DataFrame({"Datei": ["a", "b", "c", "d"], "Befund": [1, None, 1, 0]}))
    with pytest.warns(UserWarning, match=r"Skipped 1 of 4 records\. .* record b empty"):
        read(root, pd.DataFrame({"Datei": ["a", "b", "c", "d"], "Befund": [1, None, 1, 0]}), on_error="warn")


def test_rows_that_are_mixed_up_are_told(root):
    table = pd.DataFrame({"Datei": ["a", "b"], "Befund": [1, 0], "age": ["41 y", "63 y"], "sex": ["f", "m"]})
    with (
        pytest.warns(UserWarning, match=r"of age in the table .* in 1 of 1 records: 41\.0 and 63\.0 of a\. Are"),
        pytest.warns(UserWarning, match=r"of sex in .*: female and male of a"),
    ):
        assert read(root, table, unlisted="ignore").data.metadata["age"].tolist() == [41, 63]


def test_a_folder_without_recordings(root, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty holds no recording\."):
        read(tmp_path / "empty", root / "labels.csv")
    (tmp_path / "empty" / "x.pdf").write_bytes(b"%PDF")
    with pytest.raises(ValueError, match=r"No recordings: 1 file \(x\.pdf is a PDF"):
        read(tmp_path / "empty", root / "labels.csv")
    with pytest.raises(ValueError, match="There is no folder"):
        read(tmp_path / "nowhere", root / "labels.csv")


def test_into_a_saved_set(root, tmp_path):
    saved = read(root, save_to=tmp_path / "set").data
    pd.testing.assert_frame_equal(saved.metadata, read(root).data.metadata, check_dtype=False)
    assert read(root, limit=1).data.metadata.index.tolist() == ["d"]
    X, y = read(root, return_X_y=True, leads=["II"], fs=125)
    assert (X.leads, X.fs.tolist(), len(y)) == (("II",), [125] * 4, 4)

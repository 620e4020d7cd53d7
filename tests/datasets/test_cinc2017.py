import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import fetch_cinc2017, read_wfdb

LABELS = "A00001,N\nA00002,A\nA00003,~\nA00004,O\n"


@pytest.fixture(params=["", "training2017", "training/A00"])
def home(request, tmp_path, write_record):
    """Return a small folder in one of the layouts in use."""
    for i in range(1, 5):
        write_record(
            tmp_path / "cinc" / request.param,
            f"A{i:05}",
            value=i,
            leads=["ECG"],
            fs=300,
            n_times=2700 + i,
            suffix="mat",
        )
    (tmp_path / "cinc" / "REFERENCE.csv").write_text(LABELS)
    return tmp_path / "cinc"


def test_layouts(home):
    cinc2017 = fetch_cinc2017(home)
    assert cinc2017.target.tolist() == ["N", "A", "~", "O"]
    assert cinc2017.target_names == ["A", "N", "O", "~"]
    assert cinc2017.data.lengths.tolist() == [2701, 2702, 2703, 2704]
    assert cinc2017.data.metadata.index.tolist() == ["A00001", "A00002", "A00003", "A00004"]
    assert_array_equal([record.signal[0, 0] for record in cinc2017.data], np.float32([1, 2, 3, 4]) / np.float32(1000))
    X, y = fetch_cinc2017(home, fs=100, limit=2, return_X_y=True)
    assert X.lengths.tolist() == [901, 901]
    assert_array_equal(X.fs, 100)
    assert y.tolist() == ["N", "A"]


def test_revisions(home):
    (home / "REFERENCE-v0.csv").write_text(LABELS.replace("A00001,N", "A00001,O"))
    (home / "REFERENCE-v3.csv").write_text(LABELS.replace("A00001,N", "A00001,~"))
    assert fetch_cinc2017(home).target[0] == "~"
    assert fetch_cinc2017(home, revision=0).target[0] == "O"
    with pytest.raises(ValueError, match=r"no REFERENCE-v1\.csv; the labels there are REFERENCE-v0\.csv, "):
        fetch_cinc2017(home, revision=1)


def test_the_first_revision_as_the_archive_names_it(home):
    folder = home / "training2017" if (home / "training2017").is_dir() else home
    (home / "REFERENCE.csv").rename(folder / "REFERENCE.csv")
    (folder / "REFERENCE-original.csv").write_text(LABELS.replace("A00001,N", "A00001,O"))
    assert fetch_cinc2017(home).target[0] == "N"
    assert fetch_cinc2017(home, revision=1).target[0] == "O"
    (home / "REFERENCE-v2.csv").write_text(LABELS.replace("A00001,N", "A00001,A"))
    (home / "REFERENCE-v3.csv").write_text(LABELS.replace("A00001,N", "A00001,~"))
    assert [fetch_cinc2017(home, revision=revision).target[0] for revision in (1, 2, 3, None)] == ["O", "A", "~", "~"]
    with pytest.raises(ValueError, match=r"there is no lead V1; the leads are ECG"):
        fetch_cinc2017(home, leads=["V1"])


def test_labels_and_records_that_do_not_match(home):
    reference = home / "REFERENCE.csv"
    reference.write_text(LABELS + "A00009,N\n")
    with pytest.raises(ValueError, match=r"gives a label to record A00009, of which there is no header"):
        fetch_cinc2017(home)
    reference.write_text(LABELS.replace("A00002,A\n", ""))
    with pytest.raises(ValueError, match=r"A00002\.hea: REFERENCE\.csv gives no label"):
        fetch_cinc2017(home)
    with pytest.warns(UserWarning, match=r"Skipped 1 of 4 records.*A00002"):
        assert fetch_cinc2017(home, on_error="warn").target.tolist() == ["N", "~", "O"]
    reference.write_text(LABELS + "A00004,N\n")
    with pytest.raises(ValueError, match="A00004 is there twice"):
        fetch_cinc2017(home)
    reference.write_text(LABELS.replace("~", "noise"))
    with pytest.raises(ValueError, match="record A00003 has the label 'noise', not one of N, A, O, ~"):
        fetch_cinc2017(home)
    reference.write_text("A00001\n")
    with pytest.raises(ValueError, match="must have two columns"):
        fetch_cinc2017(home)


def test_a_damaged_record_takes_its_label_along(home):
    path = next(home.rglob("A00002.mat"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"A00002\.mat.*cut short"):
        fetch_cinc2017(home)
    with pytest.warns(UserWarning, match=r"Skipped 1 of 4.*A00002"):
        cinc2017 = fetch_cinc2017(home, on_error="warn")
    assert cinc2017.target.tolist() == ["N", "~", "O"]
    assert cinc2017.data.metadata.index.tolist() == ["A00001", "A00003", "A00004"]


def test_another_folder(home):
    with pytest.raises(ValueError, match=rf"is not a copy of the CinC Challenge 2017.*{home} has one"):
        fetch_cinc2017(home.parent)


def test_real_records(real_folder):
    numbers = [6, 8, 9, 12, 13, 15, 16, 21, 23, 24, 26, 32, 38, 39, 40, 41, 43, 46, 49, 54, 106, 139, 164, 196, 201]
    names = [f"A{number:05}" for number in numbers]
    home = real_folder("cinc2017", names, table="REFERENCE.csv")
    table = dict(line.split(",") for line in (home / "REFERENCE.csv").read_text().split())
    cinc2017 = fetch_cinc2017(home)
    assert cinc2017.data.metadata.index.tolist() == names
    assert cinc2017.target.tolist() == [table[name] for name in names]
    for record, name in zip(cinc2017.data, names, strict=True):
        assert_array_equal(record.signal, read_wfdb(home / name)[0].signal)

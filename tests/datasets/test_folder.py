import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import read_wfdb_folder

TABLE = """name,pe,patient,age,sex,site
c.hea,1,7,61,M,north
a,0,7,61,m,north
b,1,9,45,Female,south
"""


@pytest.fixture
def root(tmp_path, write_record):
    for i, name in enumerate("abc"):
        write_record(tmp_path / "wfdb" / f"part{i % 2}", name, value=i, leads=["I", "II"], n_times=50 + i)
    (tmp_path / "labels.csv").write_text(TABLE)
    return tmp_path / "wfdb"


def read(root, table=None, **options):
    labels = root.parent / "labels.csv" if table is None else table
    return read_wfdb_folder(root, labels, **{"record": "name", "target": "pe"} | options)


def test_the_order_is_that_of_the_table(root):
    folder = read(root, group="patient")
    assert_array_equal(folder.target, [1, 0, 1])
    assert folder.target_names == ["0", "1"]
    assert folder.data.lengths.tolist() == [52, 50, 51]
    assert_array_equal([signal[0, 0] for signal in folder.data.signals], np.float32([0.002, 0, 0.001]))
    wanted = pd.DataFrame(
        {
            "patient_id": [7, 7, 9],
            "age": [61, 61, 45],
            "sex": ["male", "male", "female"],
            "site": ["north", "north", "south"],
        },
        index=pd.Index(["c", "a", "b"], name="record"),
    )
    pd.testing.assert_frame_equal(folder.data.metadata, wanted)


def test_targets(root):
    frame = pd.DataFrame({"record": ["a", "b", "c"], "x": [1, 0, 1], "y": [0, 0, 1], "rhythm": ["AF", "SR", "AF"]})
    several = read_wfdb_folder(root, frame, target=["x", "y"])
    assert_array_equal(several.target, [[1, 0], [0, 0], [1, 1]])
    assert several.target_names == ["x", "y"]
    assert several.data.metadata.columns.tolist() == ["rhythm"]
    named = read_wfdb_folder(root, frame, target="rhythm", limit=2)
    assert named.target.tolist() == ["AF", "SR"]
    assert named.target.dtype.kind == "U"
    X, y = read_wfdb_folder(root, frame, target="y", return_X_y=True, leads=["II"], fs=125)
    assert X.leads == ("II",)
    assert X.lengths.tolist() == [25, 26, 26]
    assert_array_equal(y, [0, 0, 1])
    with pytest.raises(ValueError, match="must hold 0 and 1 only"):
        read_wfdb_folder(root, frame.assign(x=[0, 1, 2]), target=["x", "y"])


def test_names_that_look_like_numbers(root, write_record):
    write_record(root, "007")
    (root.parent / "labels.csv").write_text("name,pe\n007,1\n")
    assert_array_equal(read(root, unlisted="ignore").target, [1])


def test_what_does_not_match(root, write_record):
    table = pd.read_csv(root.parent / "labels.csv")
    with pytest.raises(ValueError, match=r"b\.hea: the table of labels gives no label to this record"):
        read(root, table[:2])
    assert len(read(root, table[:2], unlisted="ignore").data) == 2
    with pytest.raises(ValueError, match="gives a label to record zz, of which there is no header"):
        read(root, table.replace("a", "zz"))
    with pytest.warns(UserWarning, match=r"Skipped 2 of 4 records.*zz.*a\.hea"):
        assert_array_equal(read(root, table.replace("a", "zz"), on_error="warn").target, [1, 1])
    with pytest.raises(ValueError, match="record b is there twice"):
        read(root, table.replace("a", "b"))
    with pytest.raises(ValueError, match=r"labels\.csv has no column diagnosis; its columns are name, pe"):
        read(root, target="diagnosis")
    with pytest.raises(ValueError, match="has no column ward"):
        read(root, group="ward")
    with pytest.raises(ValueError, match="leaves the label of record a empty"):
        read(root, table.assign(pe=[1, np.nan, 0]))
    write_record(root / "again", "a")
    with pytest.raises(ValueError, match=r"Two records are called a: .*part0/a\.hea"):
        read(root)


def test_what_is_no_folder_or_table(root, tmp_path):
    with pytest.raises(ValueError, match="There is no folder"):
        read(root / "nowhere", pd.DataFrame())
    with pytest.raises(ValueError, match=r"nothing\.csv cannot be read as a table"):
        read(root, tmp_path / "nothing.csv")
    with pytest.raises(TypeError, match=r"labels must be a path or a pandas\.DataFrame, got list"):
        read(root, [1, 0])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no record"):
        read(tmp_path / "empty", root.parent / "labels.csv")

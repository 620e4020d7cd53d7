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


def test_the_patient_is_the_column_that_group_names(root, tmp_path):
    table = pd.read_csv(root.parent / "labels.csv")
    of_records = read(root, group="name").data.metadata
    assert of_records["patient_id"].tolist() == of_records.index.tolist() == ["c", "a", "b"]
    both = table.assign(patient_id=[1, 2, 3])
    with pytest.warns(UserWarning, match="column patient of the table of labels takes the place of its patient_id"):
        replaced = read(root, both, group="patient").data.metadata
    assert replaced.columns.tolist() == ["patient_id", "age", "sex", "site"]
    assert replaced["patient_id"].tolist() == [7, 7, 9]
    assert read(root, both, group="patient_id").data.metadata["patient_id"].tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match=r"'name' is named as record and as target; .* has the columns name, pe"):
        read(root, target="name")
    with pytest.raises(ValueError, match="'name' is named as record and as target"):
        read(root, target=["pe", "name"])


def test_age_and_sex_are_known_in_any_spelling(root):
    table = pd.read_csv(root.parent / "labels.csv").rename(columns={"age": "Age", "sex": "SEX"})
    metadata = read(root, table).data.metadata
    assert metadata.columns.tolist() == ["patient", "age", "sex", "site"]
    assert metadata["sex"].tolist() == ["male", "male", "female"]
    assert read(root, table.assign(sex="m")).data.metadata.columns.tolist() == ["patient", "age", "SEX", "site", "sex"]
    assert "SEX" in read(root, table.assign(Sex="m")).data.metadata


def test_a_sex_that_is_not_known_is_named(root):
    table = pd.read_csv(root.parent / "labels.csv")
    with pytest.warns(UserWarning, match=r"the table of labels: sex 'W', 'männlich' is unknown and was left out"):
        metadata = read(root, table.assign(sex=["W", "m", "männlich"])).data.metadata
    assert metadata["sex"].isna().tolist() == [True, False, True]
    assert read(root, table.assign(sex=["F", None, " "])).data.metadata["sex"].isna().tolist() == [False, True, True]
    assert read(root, table.assign(sex=[0, 1, 1])).data.metadata["sex"].tolist() == [0, 1, 1]


def test_names_with_folder_or_suffix(root):
    table = pd.read_csv(root.parent / "labels.csv")
    for names in (["x/y/c", "x/a", "b"], ["c.HEA", "a.hea", "b.Dat"], [r"wf\c", r"wf\a.hea", r"wf\b"]):
        assert read(root, table.assign(name=names)).data.metadata.index.tolist() == ["c", "a", "b"]
    with pytest.raises(ValueError, match="record a is there twice"):
        read(root, table.assign(name=["c", "x/a", "y/a"]))


def test_names_that_are_nearly_there(root, write_record):
    write_record(root, "0001")
    table = pd.read_csv(root.parent / "labels.csv")
    for name in ("1", "1.0"):
        with pytest.raises(ValueError, match=rf"record {name}, of which .* is 0001 meant\? Zeros in front get lost"):
            read(root, table.replace("a", name), unlisted="ignore")
    with pytest.raises(ValueError, match=r"record A, of which there is no header file; is a meant\?$"):
        read(root, table.replace("a", "A"), unlisted="ignore")


def test_a_table_with_any_separator(root):
    text = (root.parent / "labels.csv").read_text()
    for separator in ";\t|":
        (root.parent / "labels.csv").write_text(text.replace(",", separator))
        assert read(root, group="patient").data.metadata["patient_id"].tolist() == [7, 7, 9]
    with pytest.raises(ValueError, match=r"has no column name, pe; .* It has '\|' between them; pass sep='\|'"):
        read(root, sep=",")
    with pytest.raises(ValueError, match=r"has no column PE; .* Is pe meant\?"):
        read(root, target="PE")


def test_a_record_left_out_is_counted_once(root):
    table = pd.read_csv(root.parent / "labels.csv")
    with pytest.warns(UserWarning, match=r"^Skipped 1 of 3 records\. .* leaves the label of record a empty\.$"):
        assert len(read(root, table.assign(pe=[1, np.nan, 0]), on_error="warn").data) == 2


def test_the_type_of_labels_does_not_depend_on_gaps(root):
    table = pd.read_csv(root.parent / "labels.csv")
    for labels, target in (([1, None, 0], [1, 0]), ([True, None, False], [True, False]), (["1", " ", "0"], [1, 0])):
        with pytest.warns(UserWarning, match="leaves the label of record a empty"):
            folder = read(root, table.assign(pe=labels), on_error="warn")
        assert folder.target.tolist() == target
        assert folder.target.dtype == np.array(target).dtype
    (root.parent / "labels.csv").write_text("name,pe\nc,1\na,\nb,0\n")
    with pytest.warns(UserWarning, match="Skipped 1 of 3"):
        assert read(root, on_error="warn").target_names == ["0", "1"]


@pytest.mark.parametrize("word", ["None", "NA", "nan", "null"])
def test_a_word_is_a_class(root, word):
    (root.parent / "labels.csv").write_text(f"name;pe;ward\nc;{word};{word}\na;AF;x\nb;{word};x\n")
    folder = read(root)
    assert folder.target.tolist() == [word, "AF", word]
    assert folder.data.metadata["ward"].isna().tolist() == [True, False, False]


def test_labels_that_differ_in_spaces_or_case(root):
    (root.parent / "labels.csv").write_text("name;pe\nc;AF\na;af\nb;AF \n")
    with pytest.warns(
        UserWarning, match=r"only are different classes: 'AF' \(1\), 'AF ' \(1\), 'af' \(1\)\."
    ) as caught:
        assert read(root).target.tolist() == ["AF", "af", "AF "]
    assert [warning.filename for warning in caught] == [__file__]


def test_all_offenders_are_named_in_one_error(root, write_record):
    table = pd.DataFrame({"name": [f"x{i}" for i in range(14)], "pe": 1})
    with pytest.raises(ValueError, match=r"record x0, .* record x9, of which there is no header file\. And 7 more\."):
        read(root, table)
    with pytest.raises(ValueError, match="2 records are there twice: a, b"):
        read(root, table.assign(name=["a", "b"] * 7))
    with pytest.raises(ValueError, match=r"must hold 0 and 1 only; got 2 in y of record a, 7 in y of record b"):
        read(root, pd.DataFrame({"name": list("abc"), "pe": [1, 0, 1], "y": [2, 7, 1]}), target=["pe", "y"])
    with pytest.raises(ValueError, match=r"2 of 3 values of age .*: 'x' of record 0 \('c'\), 200 of record 2 \('b'\)"):
        read(root, pd.DataFrame({"name": list("cab"), "pe": 1, "Age": ["x", 63, 200]}))
    with pytest.raises(ValueError, match=r"rows without a name in the column 'name': 2, 3 \(2 in all\)"):
        read(root, pd.DataFrame({"name": ["a", None, " "], "pe": 1}))


def test_ages_of_a_spreadsheet(root):
    (root.parent / "labels.csv").write_text('name;pe;Age\nc;1;"63,5"\na;1;"70 y"\nb;0;999\n')
    with pytest.warns(UserWarning, match=r"labels\.csv: 1 of 3 values of age became missing: '999' of rec"):
        np.testing.assert_array_equal(read(root).data.metadata["age"], [63.5, 70, np.nan])
    table = pd.DataFrame({"name": list("cab"), "pe": 1, "AGE": "1957-03-02", "time": "2020-03-01 10:00"})
    assert read(root, table).data["a"].metadata["age"] == 62


def test_an_error_of_excel_is_no_label(root):
    (root.parent / "labels.csv").write_text("name;pe\nc;#N/A\na;1\nb;#NV\n")
    message = r"has an error of Excel in place of the label of record c\. .* of record b\.$"
    with pytest.raises(ValueError, match=message):
        read(root)
    (root.parent / "labels.csv").write_text("name;pe\n")
    with pytest.raises(ValueError, match=r"labels\.csv has no rows"):
        read(root)

"""Tables as Excel leaves them."""

import gzip
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from skecg.datasets._cells import typed_labels
from skecg.datasets._table import read_table

TABLE = "record;target;age;n\nA1;AF;63,5;1\n007;NA;70;2\nA3;;;3\n"


@pytest.fixture
def read(tmp_path):
    """Write a table and read it."""

    def read(data, name="t.csv", **options):
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        options = {"wanted": ["record", "target"], "labels": ["target"], "text": ["record"]} | options
        return read_table(tmp_path / name, **options)

    return read


def check(table):
    assert table["record"].tolist() == ["A1", "007", "A3"]
    assert table["target"].tolist() == ["AF", "NA", None]
    np.testing.assert_array_equal(table["age"], [63.5, 70, np.nan])
    assert (table["n"].dtype, table["n"].tolist()) == (np.int64, [1, 2, 3])


@pytest.mark.parametrize("sep", [";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_separator_and_encoding_are_found(read, sep, encoding):
    check(read(TABLE.replace(";", sep).encode(encoding)))
    check(read(TABLE.replace(";", sep).replace("\n", "\r\n").encode(encoding)))


def test_commas_and_quoted_decimal_commas(read):
    check(read(TABLE.replace(",", ".").replace(";", ",")))
    check(read(TABLE.replace("63,5", '"63,5"').replace(";", ",")))
    check(read(gzip.compress(TABLE.encode()), "t.csv.gz"))
    check(read("sep=;\n" + TABLE))
    check(read("sep=;\r\n" + TABLE.replace("\n", ";;\r\n") + ";;;;;\r\n\r\n"))  # empty columns and rows of Excel


def test_the_columns_decide_between_separators(read):
    table = read("record;a,b;target\nx,1;2,5;AF\n")
    assert table.columns.tolist() == ["record", "a,b", "target"]
    assert table["record"].tolist() == ["x,1"]
    assert read("record,target\n1;2,AF\n")["record"].tolist() == ["1;2"]
    assert read("record;target\nA;1\n", sep=",").columns.tolist() == ["record;target"]


def test_an_encoding_that_is_a_guess_is_told(read):
    text = TABLE.replace("AF", "männlich")
    for encoding in ("cp1252", "latin-1"):
        with pytest.warns(
            UserWarning, match=r"t\.csv is not UTF-8 and was read as cp1252.*line 2 has 'männlich'\. Pass"
        ):
            assert read(text.encode(encoding))["target"][0] == "männlich"
    for encoding in ("cp1252", "cp1250", "cp850", "utf-8", "utf-16"):
        assert read(text.encode(encoding), encoding=encoding)["target"][0] == "männlich"
    with pytest.raises(ValueError, match=r"t\.csv cannot be read as a table: its encoding is neither .*pass encoding"):
        read(TABLE.replace("AF", "m\x81").encode("latin-1"))
    with pytest.raises(ValueError, match=r"the bytes b'\\xe4' in line 2 are no utf-8"):
        read(text.encode("cp1252"), encoding="utf-8")
    with pytest.raises(ValueError, match="there is no encoding 'latin-17'"):
        read(text, encoding="latin-17")
    with pytest.raises(ValueError, match="NUL characters"):
        read(b"record;target\n\0;1\n" + b"a;b\n" * 400)


def test_decimal_signs(read):
    assert read("record;target;x\na;1;1,5\n")["x"].tolist() == [1.5]
    assert read("record;target;x\na;1;1.5\nb;0;2e3\n")["x"].tolist() == [1.5, 2000]
    for text in ("1,234", "12,000"):
        with pytest.warns(UserWarning, match=rf"'{text}' in x may have a decimal sign or a sign of thousands"):
            assert read(f"record;target;x\na;1;{text}\n")["x"].tolist() == [text]
    assert read("record;target;x\na;1;1,234\n", decimal=",")["x"].tolist() == [1.234]
    assert read("record;target;x;y\na;1;1,234;0,5\n")["x"].tolist() == [1.234]
    with pytest.warns(UserWarning, match=r"'1\.234' in x may have"):
        assert read("record;target;x;y\na;1;1.234;0,5\n")["x"].tolist() == ["1.234"]
    assert read("record;target;x\na;1;1,5\n", decimal=".")["x"].tolist() == ["1,5"]


def test_types_of_columns(read):
    table = read("record;target;yes;code;ward;n;none\nA;1;TRUE;007;3A;1;\nB;0;FALSE;010;NA;;\n")
    assert table["yes"].tolist() == [True, False]
    assert table["code"].tolist() == ["007", "010"]
    assert table["ward"].isna().tolist() == [False, True]
    assert table["n"].dtype == np.float64
    assert table["none"].isna().all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("record,target,age\nA,AF,63,5\nB,AF,70\nC,AF,1,2\n", r"more cells than the 3 of the header: 2, 4\. Put"),
        ("List of ECGs\n\nrecord;target\nA;1\n", r"the names of the columns stand in line 3; remove the lines"),
        ("record;target;target\nA;1;1\n", "several columns are named 'target'"),
        ('record;target\nA;"AF\nB;1\n', "line 3: unexpected end of data; are quotation marks in pairs"),
        ("<html><table></table>", "it is a web page or XML"),
        ("PK\x03\x04 and more", "damaged archive or workbook"),
    ],
)
def test_what_is_no_table(read, text, message):
    with pytest.raises(ValueError, match=rf"t\.csv cannot be read as a table: .*{message}"):
        read(text)


def test_options_that_are_wrong(read):
    with pytest.raises(ValueError, match="sep must be one character"):
        read(TABLE, sep=";;")
    with pytest.raises(ValueError, match="decimal must be"):
        read(TABLE, decimal=";")
    with pytest.raises(ValueError, match=r"Excel 97 to 2003 \(\.xls\)"):
        read(b"\xd0\xcf\x11\xe0" + bytes(100), "t.xls")


def test_a_workbook_is_never_text(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["record", " target", "age", "n"],
        ["A1", "AF", "63,5", 1],
        ["007", "NA", 70, 2],
        ["A3", None, None, 3],
    ):
        sheet.append(row)
    sheet.append([None] * 4)
    book.create_sheet("notes", 0).append(["nothing"])
    for name in ("t.xlsx", "t.csv"):
        book.save(tmp_path / name)
        check(read_table(tmp_path / name, wanted=["record", "target"], labels=["target"], text=["record"]))
    (tmp_path / "cut.xlsx").write_bytes((tmp_path / "t.xlsx").read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"cut\.xlsx cannot be read as a table: it is a damaged archive or workbook"):
        read_table(tmp_path / "cut.xlsx")


def test_a_workbook_without_openpyxl(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"t\.xlsx is an Excel workbook.*pip install 'skecg\[excel\]'"):
        read_table(tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(2**26))
    with pytest.raises(ValueError, match="would grow to 67,108,864 bytes"):
        read_table(tmp_path / "bomb.xlsx")
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("content.xml", "")
    with pytest.raises(ValueError, match="a spreadsheet of another kind"):
        read_table(tmp_path / "t.ods")


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["1", "0"], [1, 0]),
        (["1.0", "0"], [1, 0]),
        ([1.0, 0.0], [1, 0]),
        ([np.int8(1), np.float32(2)], [1, 2]),
        (["0.5", "1"], [0.5, 1.0]),
        (["True", "FALSE"], [True, False]),
        ([np.True_, False], [True, False]),
        (["01", "1"], ["01", "1"]),
        (["None", "NA"], ["None", "NA"]),
        ([1, "AF"], ["1", "AF"]),
        ([2.0, "AF"], ["2", "AF"]),
    ],
    ids=str,
)
def test_the_type_of_labels(values, labels):
    assert typed_labels(values).tolist() == labels
    assert typed_labels(pd.Series([*values, None]).dropna().tolist()).tolist() == labels

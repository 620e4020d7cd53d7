"""The recordings of a folder."""

import pytest

from skecg.datasets._find import each_once, find_files
from skecg.datasets._recognise import seems_recording


def names(paths, root):
    return [path.removeprefix(f"{root}/") for path in paths]


def test_recordings_of_a_folder(tmp_path, write):
    below = tmp_path / "below"
    below.mkdir()
    write(tmp_path, "a")
    write(below, "b")
    (tmp_path / "a.atr").write_bytes(b"\x00\x01annotations")
    (below / "b.hea").write_text((below / "b.hea").read_text().replace("b.dat", "signals.bin"))
    (below / "b.dat").rename(below / "signals.bin")
    (tmp_path / "m.dat").write_text("<?xml version='1.0'?>\n<RestingECG><")
    (tmp_path / "a.xml").write_text("<AnnotatedECG>")
    (tmp_path / "e").write_bytes(b"0       patient")
    (tmp_path / "c.csv").write_text("0.1,0.2\n0.3,0.4\n")
    (tmp_path / "labels.csv").write_text("record,age\na,60\n")
    (tmp_path / "README").write_text("Records of a hospital.")
    (tmp_path / "nothing").write_bytes(b"")
    (tmp_path / ".DS_Store").write_bytes(b"\x00")
    (tmp_path / "Thumbs.db").write_bytes(b"\x00")
    paths, left_out = find_files(tmp_path, ignore=[tmp_path / "labels.csv"])
    assert names(paths, tmp_path) == ["a.hea", "a.xml", "below/b.hea", "e", "m.dat"]
    assert names(left_out, tmp_path) == ["README", "c.csv", "nothing"]
    assert left_out[str(tmp_path / "nothing")] == "is empty."
    assert left_out[str(tmp_path / "c.csv")] == "is a table, whose rate is not given"
    assert left_out[str(tmp_path / "README")].startswith("is of no known format; it begins with b'Records of")
    paths, left_out = find_files(tmp_path, file_fs=500)
    assert str(tmp_path / "c.csv") in paths
    assert str(tmp_path / "labels.csv") in left_out


def test_segments_are_no_recordings(tmp_path, write):
    write(tmp_path, "s1")
    write(tmp_path, "s2")
    (tmp_path / "m.hea").write_text("m/2 2 250 100\ns1 50\ns2 50\n")
    assert find_files(tmp_path) == ([str(tmp_path / "m.hea")], {})
    assert each_once(sorted(tmp_path.iterdir())) == [str(tmp_path / "m.hea")]


def test_each_record_once(tmp_path, write):
    path = write(tmp_path, "a")
    other = tmp_path / "x.xml"
    other.write_text("<RestingECG>")
    shell = [path, f"{path}.hea", f"{path}.dat", other]
    assert each_once(shell) == [f"{path}.hea", str(other)]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("README", "Records of a hospital.", False),
        ("README.txt", "\ufeffAufnahmen".encode("utf-16-le"), False),
        ("letter.docx", b"PK\x03\x04", False),
        ("labels.csv", "Datei;Befund;Alter\na;AF;63,5\n", False),
        ("scan", b"%PDF-1.7 \x00", False),
        ("empty.md", b"", False),
        ("signal.csv", "Patient;7\nI;II\n0,1;0,2\n0,3;-4e-1\n", True),
        ("signal.txt", "Rate 500\n" + "0.123 0.456\n" * 500, True),
        ("a.xml", "<?xml version='1.0'?><note/>", True),
        ("a.edf", b"", True),
        ("IM0001", b"\x00\x01\x02", True),
        ("ecg.xml.gz", b"\x1f\x8b\x08", True),
    ],
)
def test_files_that_seem_recordings(tmp_path, name, data, expected):
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    assert seems_recording(str(path)) is expected

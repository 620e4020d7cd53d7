import numpy as np

from skecg.datasets import read_ecg, read_folder, read_wfdb, read_wfdb_folder
from skecg.datasets._segments import without_segments

LINE = "16 1000/mV 16 0 0 0 0 II"


def test_segments_are_no_records(tmp_path):
    for name in ("s1", "s2", "other"):
        np.arange(100, dtype="<i2").tofile(tmp_path / f"{name}.dat")
        (tmp_path / f"{name}.hea").write_text(f"{name} 1 250 100\n{name}.dat {LINE}\n")
    (tmp_path / "layout.hea").write_text("layout 1 250 0\n~ 0 1000/mV 16 0 0 0 0 II\n")
    (tmp_path / "m.hea").write_text("# a comment\nm/3 1 250 200\nlayout 0\ns1 100\ns2 100\n")
    (tmp_path / "odd.hea").write_bytes(b"")
    (tmp_path / "zero.hea").symlink_to("/dev/zero")
    names = [path.stem for path in without_segments(sorted(tmp_path.glob("*.hea")))]
    assert names == ["m", "odd", "other", "zero"]
    for name in ("odd", "zero"):
        (tmp_path / f"{name}.hea").unlink()
    (tmp_path / "labels.csv").write_text("record,target\nm,AF\nother,None\n")
    folder = read_wfdb_folder(tmp_path, tmp_path / "labels.csv")
    assert folder.data.lengths.tolist() == [200, 100]
    assert folder.target.tolist() == ["AF", "None"]
    found = sorted(tmp_path.glob("*.hea"))
    for records in (
        read_wfdb(found),
        read_wfdb([path.with_suffix("") for path in found]),
        read_ecg(found),
        read_folder(tmp_path, tmp_path / "labels.csv", verbose=0).data,
    ):
        assert sorted(records.metadata.index) == ["m", "other"]
    assert read_wfdb([tmp_path / "s1", tmp_path / "s2"]).metadata.index.tolist() == ["s1", "s2"]

"""Files that never end, that are packed bombs, or that lie outside of their folder."""

import bz2
import gzip
import lzma
import os
import zipfile

import pytest

from skecg.datasets import fetch_cpsc2018, fetch_hefei, fetch_medalcare_xl, fetch_mitdb, read_edf, read_wfdb
from skecg.datasets._base import read_csv
from skecg.datasets._files import leaves_folder, open_file, read_bytes

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")


def endless(folder):
    """Return a pipe, a device, links to both, and a link to itself."""
    os.mkfifo(folder / "pipe")
    links = {"zero": "/dev/zero", "pipe link": folder / "pipe", "circle": folder / "circle"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    return [folder / "pipe", *(folder / name for name in links)]


@needs_pipes
def test_only_regular_files_are_opened(tmp_path, subtests):
    for path in (*endless(tmp_path), "/dev/zero", "/dev/null", tmp_path):
        with subtests.test(path=str(path)), pytest.raises(OSError):  # noqa: PT011, the system words some of them
            open_file(path)
    (tmp_path / "a").write_bytes(b"abc")
    assert read_bytes(tmp_path / "a", 3) == b"abc"
    with pytest.raises(OSError, match="has 3 bytes, and a file of its kind at most 2"):
        read_bytes(tmp_path / "a", 2)


@needs_pipes
def test_no_reader_waits_for_a_pipe(tmp_path, write, write_record, subtests):
    good = write(tmp_path / "..", "good")
    for number, path in enumerate(endless(tmp_path)):
        with subtests.test(path=path.name):
            home = tmp_path / str(number)
            record = write_record(home / "header", "A0001", comments=["Dx: AF"])
            (home / "header" / "A0002.hea").symlink_to(path)
            (home / "header" / "A0002.mat").symlink_to(path)
            write_record(home / "signals", "A0003")
            (home / "signals" / "A0003.dat").unlink()
            (home / "signals" / "A0003.dat").symlink_to(path)
            for bad in (home / "header" / "A0002", home / "signals" / "A0003"):
                with pytest.warns(UserWarning, match="Skipped 1 of 2 records.*cannot be read"):
                    assert len(read_wfdb([good, bad], on_error="warn", leads=["I"])) == 1
            (home / "header" / "A0001.mat").touch()
            with pytest.warns(UserWarning, match=r"Skipped 1 of 2 records.*A0002\.hea: cannot be read"):
                assert len(fetch_cpsc2018(home / "header", on_error="warn").data) == 1
            assert record is None
            with pytest.raises(ValueError, match="cannot be read as a table"):
                read_csv(path)


@needs_pipes
def test_no_reader_of_a_set_waits_for_a_pipe(tmp_path, write_record):
    pipe = endless(tmp_path)[0]
    write_record(tmp_path / "mitdb", "100", leads=["MLII"], fs=360)
    (tmp_path / "mitdb" / "100.atr").symlink_to(pipe)
    with pytest.raises(ValueError, match=r"100\.atr: the annotations cannot be read.*no regular file"):
        fetch_mitdb(tmp_path / "mitdb")
    (tmp_path / "hefei").mkdir()
    (tmp_path / "hefei" / "hf_round1_label.txt").symlink_to(pipe)
    with pytest.raises(ValueError, match=r"label\.txt cannot be read.*no regular file"):
        fetch_hefei(tmp_path / "hefei")
    folder = tmp_path / "medalcare" / "sinus" / "test" / "run_S62"
    folder.mkdir(parents=True)
    (folder / "000001_filtered.csv").symlink_to(pipe)
    with pytest.raises(ValueError, match=r"filtered\.csv cannot be read.*no regular file"):
        fetch_medalcare_xl(tmp_path / "medalcare")
    pytest.importorskip("edfio", reason="needs edfio, the extra `edf`")
    with pytest.raises(ValueError, match=r"no EDF file.*no regular file"):
        read_edf(pipe)


def test_names_that_leave_the_folder(subtests):
    outside = ["/etc/passwd", "..", "../a", "a/../../b", "a/..", "\\a", "..\\a", "C:a", "c:\\a", "a::http://x", "\0"]
    outside += [None, 3.5]
    for name in outside:
        with subtests.test(name=name):
            assert leaves_folder(name)
    for name in ("a.dat", "deep/a.dat", "a..dat", "..a", ".a", "~", "a b", "ä:x", "100:1"):
        with subtests.test(name=name):
            assert not leaves_folder(name)


PACKERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def pack(path, data):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", data)
    else:
        with PACKERS[path.suffix](path, "wb") as file:
            file.write(data)
    return path


@pytest.mark.parametrize("suffix", [".zip", *PACKERS])
def test_packed_tables(tmp_path, monkeypatch, suffix):
    path = pack(tmp_path / f"a.csv{suffix}", b"record,target\na,1\n")
    assert read_csv(path)["target"].tolist() == [1]
    intact = path.read_bytes()
    for damaged in (b"", b"x" * 40, intact[: len(intact) // 2], intact[:-9]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="cannot be read as a table"):
            read_csv(path)
    monkeypatch.setattr("skecg.datasets._files._PACKED", 10**5)
    pack(path, b"a,b\n" + b"1,2\n" * 2**18)
    with pytest.raises(ValueError, match="grows more than tables do when unpacked"):
        read_csv(path)


def test_tables_that_are_too_wide_or_too_large(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"," * 10**6 + b"\n")
    with pytest.raises(ValueError, match=r"is no table: its first line has 1,000,001 columns"):
        read_csv(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes(b"x" * 2**21)
    with pytest.raises(ValueError, match="is no table"):
        read_csv(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="at most 1,000"):
        read_csv(tmp_path / "a.csv", largest=1000)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(ValueError, match="is no archive of one table"):
        read_csv(tmp_path / "two.zip")

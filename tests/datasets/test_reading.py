"""The shared behaviour of all readers: threads and processes, saving while reading, the progress bar."""

import errno
import os
import pickle

import numpy as np
import pytest
from joblib import Parallel
from numpy.testing import assert_array_equal

from skecg.datasets import (
    _reading,
    _wfdb,
    fetch_cinc2017,
    fetch_cpsc2018,
    fetch_hefei,
    fetch_mitdb,
    fetch_ptbxl,
    read_wfdb,
    read_wfdb_folder,
)
from skecg.storage import open_records


def assert_same(a, b):
    assert a.leads == b.leads
    assert_array_equal(a.fs, b.fs)
    for x, y in zip(a.signals, b.signals, strict=True):
        assert_array_equal(x, y)
    assert a.metadata.equals(b.metadata)


@pytest.fixture(autouse=True)
def processes_pay(monkeypatch):
    """Send even a few small records to other processes, as if they were many or long."""
    monkeypatch.setattr(_wfdb, "_MANY", 0)
    monkeypatch.setattr(_wfdb, "_LARGE", 0)


@pytest.fixture
def paths(tmp_path, write):
    return [write(tmp_path, f"r{i}", n_times=40 + i % 3, seed=i, fs=[250, 500][i % 2]) for i in range(70)]


def test_workers_give_the_same(paths, tmp_path):
    alone = read_wfdb(paths)
    assert_same(read_wfdb(paths, n_jobs=2), alone)
    assert_same(read_wfdb(paths, n_jobs=2, fs=100, leads=["II"]), read_wfdb(paths, fs=100, leads=["II"]))
    together = read_wfdb(paths, n_jobs=2)
    assert_same(pickle.loads(pickle.dumps(together)), alone)


def test_workers_report_damage(paths):
    signal = paths[40].with_suffix(".dat")
    signal.write_bytes(signal.read_bytes()[:-1])
    paths[60].with_suffix(".hea").write_text("no header")
    with pytest.raises(ValueError, match=r"r60\.hea: is no WFDB header"):
        read_wfdb(paths, n_jobs=2)
    with pytest.raises(ValueError, match=r"r40\.dat: the signal file of record r40 is cut short"):
        read_wfdb(paths[:60], n_jobs=2)
    with pytest.warns(UserWarning, match=r"Skipped 2 of 70 records.*r60.*r40"):
        some = read_wfdb(paths, n_jobs=2, on_error="warn")
    assert_same(some, read_wfdb([path for path in paths if path.name not in ("r40", "r60")]))


def test_workers_without_files_in_memory(paths, monkeypatch):
    alone = read_wfdb(paths)
    monkeypatch.delattr(os, "memfd_create", raising=False)
    assert_same(read_wfdb(paths, n_jobs=2), alone)


def test_workers_pass_on_what_the_wfdb_package_reads(tmp_path, write):
    many = [write(tmp_path, f"r{i}", seed=i) for i in range(6)]
    for path in many[1::2]:  # big-endian, which wfdb reads
        np.fromfile(path.with_suffix(".dat"), "<i2").astype(">i2").tofile(path.with_suffix(".dat"))
        path.with_suffix(".hea").write_text(path.with_suffix(".hea").read_text().replace(" 16 200", " 61 200"))
    alone = read_wfdb(many)
    assert_same(read_wfdb(many, n_jobs=2), alone)
    assert_same(read_wfdb(many, n_jobs=2, fs=125), read_wfdb(many, fs=125))
    assert_array_equal(alone[1].signal, np.random.default_rng(1).integers(-2000, 2000, (50, 2)).T.astype("f4") / 200)


def test_one_damaged_header_stops_the_workers(paths):
    paths[0].with_suffix(".hea").write_text("no header")
    with pytest.raises(ValueError, match=r"r0\.hea: is no WFDB header"):
        read_wfdb(paths, n_jobs=2)
    assert len(read_wfdb(paths[1:], n_jobs=2)) == 69


@pytest.mark.parametrize(("limit", "started"), [(0, True), (2**30, False)])
def test_few_records_start_no_processes(paths, monkeypatch, limit, started):
    monkeypatch.setattr(_wfdb, "_MANY", limit)
    monkeypatch.setattr(_wfdb, "_LARGE", limit)
    used = []
    monkeypatch.setattr(_reading, "Parallel", lambda n_jobs, **options: used.append(n_jobs) or Parallel(1, **options))
    assert_same(read_wfdb(paths, n_jobs=2), read_wfdb(paths))
    assert used == [2, 2] * started


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_saving_while_reading(paths, tmp_path, n_jobs):
    saved = read_wfdb(paths, n_jobs=n_jobs, save_to=tmp_path / "set")
    assert_same(saved, read_wfdb(paths))
    assert (tmp_path / "set" / "signals.bin").stat().st_size == 2 * saved.lengths.sum() * 2  # int16 is enough
    resampled = read_wfdb(paths, n_jobs=n_jobs, fs=100, save_to=tmp_path / "100")
    assert_same(resampled, read_wfdb(paths, fs=100))
    assert isinstance(resampled._buffer, np.memmap)
    assert_same(open_records(tmp_path / "100", verify=True), resampled)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_saving_leaves_damaged_records_out(paths, tmp_path, n_jobs):
    for i in (0, 40, 69):
        paths[i].with_suffix(".dat").unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        read_wfdb(paths, save_to=tmp_path / "set", n_jobs=n_jobs)
    assert not (tmp_path / "set").exists()
    with pytest.warns(UserWarning, match="Skipped 3 of 70"):
        saved = read_wfdb(paths, save_to=tmp_path / "set", n_jobs=n_jobs, on_error="warn")
    assert_same(saved, read_wfdb([path for i, path in enumerate(paths) if i not in (0, 40, 69)]))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "lines",
    [
        "16 200(0)/mV 16 0 0 0 0",
        "16 204.8(0)/mV 16 0 0 0 0",
        "16 200(7)/mV 16 0 0 0 0",
        "16 0.1(0)/uV 16 0 0 0 0",
        "16:3 1000(0)/mV 16 0 0 0 0",
        "80 50(0)/mV 8 0 0 0 0",
        "24 90000(0)/mV 24 0 0 0 0",
    ],
)
def test_what_is_saved_is_what_is_read_whatever_the_format(tmp_path, lines):
    samples = np.random.default_rng(0).integers(0, 256, 600, dtype=np.uint8)
    samples[:12] = [0, 128] * 6  # these bytes mean missing values in several formats
    samples.tofile(tmp_path / "a.dat")
    (tmp_path / "a.hea").write_text(f"a 2 250 100\na.dat {lines} I\na.dat {lines} II\n")
    assert_same(read_wfdb(tmp_path / "a", save_to=tmp_path / "set"), read_wfdb(tmp_path / "a"))


@pytest.mark.parametrize("where", ["skecg.datasets._destination.encode", "skecg.storage._draft.flush"])
def test_a_full_disk_leaves_nothing(paths, tmp_path, monkeypatch, where):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(where, full)
    with pytest.raises(OSError, match=r"set could not be written: No space left on device"):
        read_wfdb(paths, save_to=tmp_path / "set")
    assert not (tmp_path / "set").exists()
    assert not list(tmp_path.glob(".*"))


def test_the_folder_must_be_new(paths, tmp_path):
    with pytest.raises(ValueError, match="already exists; overwrite=True"):
        read_wfdb(paths, save_to=tmp_path)


def test_no_progress_bar_for_what_is_quick(paths, capsys):
    read_wfdb(paths)
    assert capsys.readouterr().err == ""


def check_workers_and_saving(fetch, home, folder, **options):
    alone = fetch(home, **options)
    saved = fetch(home, **options, n_jobs=2, save_to=folder)
    assert_same(saved.data, alone.data)
    assert_array_equal(saved.target, alone.target)
    assert (folder / "signals.bin").stat().st_size == 2 * sum(signal.size for signal in alone.data.signals)
    assert_same(open_records(folder), alone.data)


def test_ptbxl_by_workers_and_saved(real_paths, tmp_path):
    home = real_paths("ptbxl", ["records100/00000/00001_lr"])[0].parents[2]
    check_workers_and_saving(fetch_ptbxl, home, tmp_path / "set", folds=1, limit=100)


def test_cinc2017_by_workers_and_saved(real_folder, tmp_path):
    numbers = [6, 8, 9, 12, 13, 15, 16, 21, 23, 24, 26, 32, 38, 39, 40, 41, 43, 46, 49, 54, 106, 139, 164, 196]
    home = real_folder("cinc2017", [f"A{number:05}" for number in numbers], table="REFERENCE.csv")
    check_workers_and_saving(fetch_cinc2017, home, tmp_path / "set")


def test_cpsc2018_by_workers_and_saved(real_folder, tmp_path):
    home = real_folder("cpsc2018/Training_WFDB", [f"A{number:04}" for number in range(1, 21)])
    check_workers_and_saving(fetch_cpsc2018, home, tmp_path / "set", leads=["V1", "I"])


def test_mitdb_by_workers(real_paths):
    names = ["101", "106", "119"]
    home = real_paths("mitdb", names)[0].parent
    alone, together = (fetch_mitdb(home, subset=names, n_jobs=n_jobs) for n_jobs in (None, 2))
    assert alone.data.metadata["record"].unique().tolist() == names
    assert_same(together.data, alone.data)


def test_text_files_by_workers_and_saved(tmp_path):
    home = tmp_path / "hefei"
    home.mkdir()
    rng = np.random.default_rng(0)
    lines = []
    for i in range(70):
        rows = rng.integers(-999, 999, (20 + i % 5, 8))
        text = "\n".join("\t".join(map(str, row)) for row in rows)
        (home / f"{i}.txt").write_text(f"I\tII\tV1\tV2\tV3\tV4\tV5\tV6\n{text}\n")
        lines.append(f"{i}.txt\t50\tMALE\tA\n")
    (home / "hf_round1_label.txt").write_text("".join(lines))
    alone = fetch_hefei(home)
    assert_same(fetch_hefei(home, n_jobs=2).data, alone.data)
    assert_same(fetch_hefei(home, n_jobs=2, save_to=tmp_path / "set").data, alone.data)
    (home / "33.txt").write_text("x")
    with pytest.raises(ValueError, match=r"33\.txt must have the columns"):
        fetch_hefei(home, n_jobs=2)
    with pytest.raises(ValueError, match=r"33\.txt must have the columns"):
        fetch_hefei(home, save_to=tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_folder_saved_with_its_table(paths, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("record,target,site\n" + "".join(f"r{i},{i % 2},s{i % 3}\n" for i in range(70)))
    folder = read_wfdb_folder(tmp_path, table, save_to=tmp_path / "set")
    assert open_records(tmp_path / "set").metadata["site"].tolist()[:3] == ["s0", "s1", "s2"]
    assert folder.target.tolist() == [0, 1] * 35

import shutil
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg import ECGRecords
from skecg.datasets import read_wfdb
from skecg.datasets._wfdb_header import call_wfdb

BITS = {"16": 16, "24": 24, "32": 32, "80": 8, "212": 12}  # bits of a sample, by format


def write_random(folder, name, fmt, rng):
    """Write a record with random bytes, gaps, gains, baselines and lengths."""
    n_leads, n_times = int(rng.integers(1, 8)), int(rng.integers(2, 300))
    data = rng.integers(0, 256, -(-n_leads * n_times * BITS[fmt] // 8), np.uint8)
    data[rng.random(len(data)) < 0.3] = 0  # zeros followed by 128 mean missing values
    data[rng.random(len(data)) < 0.1] = 128
    data.tofile(folder / f"{name}.dat")
    gains = [rng.uniform(1, 5000), *rng.choice([200.0, 1000.0, 204.8, 0.1, -3.3], n_leads)]
    baselines = rng.integers(-1000, 1000, n_leads) * rng.integers(0, 2)
    lines = [f"{name} {n_leads} {rng.choice([100, 250.5, 360])} {n_times}"]
    lines += [f"{name}.dat {fmt} {gains[i]}({baselines[i]})/mV 0 0 0 0 0 lead {i}" for i in range(n_leads)]
    (folder / f"{name}.hea").write_text("\n".join(lines))


@pytest.mark.parametrize("fmt", BITS)
def test_random_records_equal_rdsamp(tmp_path, fmt):
    rng = np.random.default_rng(int(fmt))
    n_missing = 0
    for i in range(25):
        write_random(tmp_path, f"r{i}", fmt, rng)
        record = read_wfdb(tmp_path / f"r{i}")[0]
        signal, fields = call_wfdb("rdsamp", str(tmp_path / f"r{i}"))
        assert record.signal.dtype == np.float32
        assert_array_equal(record.signal, signal.T.astype(np.float32))
        n_missing += np.isnan(record.signal).sum()
        assert record.fs == fields["fs"]
        assert list(record.leads) == fields["sig_name"]
    assert n_missing > 0


def test_every_16_bit_value_is_converted_like_float64(tmp_path, subtests):
    values = np.arange(-(2**15), 2**15)
    values.astype("<i2").tofile(tmp_path / "a.dat")
    for gain, baseline in product((1000, 200, 204.8, 4.88, 1e-3, 3.0, 32767), (0, 1024, -32768, 2**21)):
        with subtests.test(gain=gain, baseline=baseline):
            (tmp_path / "a.hea").write_text(f"a 1 100 {len(values)}\na.dat 16 {gain}({baseline})/mV 16 0 0 0 0 I\n")
            signal = read_wfdb(tmp_path / "a")[0].signal[0]
            assert np.isnan(signal[0])
            assert_array_equal(signal[1:], ((values[1:].astype(np.float64) - baseline) / gain).astype(np.float32))


@pytest.mark.parametrize(
    ("folder", "pattern", "numbers"),
    [
        ("ptbxl", "records100/00000/{:05}_lr", [*range(1, 9), *range(10, 38)]),
        ("cinc2017", "A{:05}", [6, 8, 9, 12, 13, 15, 16, 21, 23, 24, 26, 32, 38, 39, 40, 41, 43, 46, 49, 54, 59, 106]),
        (
            "mitdb",
            "{}",
            [100, 101, 103, 105, 106, 108, 109, *range(111, 120), 121, 122, 123],
        ),
        ("cpsc2018", "Training_WFDB/A{:04}", range(1, 21)),
    ],
)
def test_real_records_equal_rdsamp(real_paths, expected, folder, pattern, numbers):
    for path in real_paths(folder, [pattern.format(number) for number in numbers]):
        record = read_wfdb(path.with_suffix(".hea"))[0]
        assert_array_equal(record.signal, expected(path))
        assert record.fs == call_wfdb("rdheader", str(path)).fs


def test_many_records_in_one_call_equal_each_alone(tmp_path, write, expected):
    paths = [write(tmp_path, f"r{i}", n_times=n, seed=i) for i, n in enumerate([50, 50, 50, 7, 50, 70_000, 50])]
    records = read_wfdb(paths)
    assert isinstance(records, ECGRecords)
    assert records.lengths.tolist() == [50, 50, 50, 7, 50, 70_000, 50]
    assert records.metadata.index.tolist() == [f"r{i}" for i in range(7)]
    for record, path in zip(records, paths, strict=True):
        assert_array_equal(record.signal, expected(path))


def test_several_files_formats_and_offsets(tmp_path):
    rng = np.random.default_rng(0)
    n = 31
    pair, single, byte = (rng.integers(-100, 100, shape) for shape in [(n, 2), n, n])
    (tmp_path / "a.dat").write_bytes(b"x" * 24 + pair.astype("<i2").tobytes())
    single.astype("<i4").tofile(tmp_path / "b.dat")
    (byte + 128).astype(np.uint8).tofile(tmp_path / "c.dat")
    lines = ["a.dat 16+24 200 12 0 0 0 0 V1", "b.dat 32 100(5) 12 0 0 0 0 I", "a.dat 16+24 400 12 0 0 0 0 II"]
    (tmp_path / "r.hea").write_text("\n".join([f"r 4 100 {n}", *lines, "c.dat 80 50 8 0 0 0 0 AVF"]))
    wanted = np.stack([pair[:, 0] / 200, (single - 5) / 100, pair[:, 1] / 400, byte / 50]).astype(np.float32)
    records = read_wfdb(tmp_path / "r")
    assert records.leads == ("V1", "I", "II", "aVF")
    assert_array_equal(records[0].signal, wanted)
    assert_array_equal(read_wfdb(tmp_path / "r", leads=["avf", "II", "v1"])[0].signal, wanted[[3, 2, 0]])
    (tmp_path / "b.dat").unlink()  # the leads in this file are not read
    assert_array_equal(read_wfdb(tmp_path / "r", leads=["II"])[0].signal, wanted[[2]])


@pytest.mark.parametrize("skews", [(0, 3), (4, 4), (0, 0)])
def test_skew(tmp_path, write, expected, skews):
    path = write(tmp_path, n_times=20)
    text = path.with_suffix(".hea").read_text().splitlines()
    text[1:] = [line.replace(" 16 ", f" 16:{skew} ", 1) for line, skew in zip(text[1:], skews, strict=True)]
    path.with_suffix(".hea").write_text("\n".join(text))
    assert_array_equal(read_wfdb(path)[0].signal, expected(path))


def test_skew_longer_than_the_record_leaves_nothing(tmp_path, write):
    path = write(tmp_path, n_leads=1, n_times=20, line="16:30 200 16 0 0 0 0")
    assert np.isnan(read_wfdb(path)[0].signal).all()


def test_wfdb_reads_what_we_do_not(tmp_path, write, expected):
    np.random.default_rng(0).integers(0, 256, 108, np.uint8).tofile(tmp_path / "a.dat")
    lines = [f"a.dat 310 2(1)/uV 10 0 0 0 0 {lead}" for lead in ("I", "AVL")]
    (tmp_path / "a.hea").write_text("\n".join(["a 2 100 40", *lines]))
    records = read_wfdb(tmp_path / "a")
    assert records.leads == ("I", "aVL")
    assert_allclose(records[0].signal, expected(tmp_path / "a") * 1e-3, rtol=1e-6)
    no_length = write(tmp_path, "b")
    header = no_length.with_suffix(".hea")
    header.write_text(header.read_text().replace("b 2 250 50", "b 2 250"))
    assert read_wfdb([no_length, write(tmp_path, "c")]).lengths.tolist() == [50, 50]
    assert_array_equal(read_wfdb(no_length)[0].signal, expected(no_length))
    frames = write(tmp_path, "d", n_times=80, line="16x2 200 16 0 0 0 0")
    header = frames.with_suffix(".hea")
    header.write_text(header.read_text().replace("d 2 250 80", "d 2 250 40"))
    with pytest.warns(UserWarning, match=r"several samples per frame, which are averaged: I \(2\), II \(2\)"):
        assert_array_equal(read_wfdb(frames)[0].signal, expected(frames))


def test_resampling_while_reading(tmp_path, write):
    t = np.arange(5000) / 500
    wave = np.round(1000 * np.sin(2 * np.pi * 3 * t)).astype("<i2")
    wave.tofile(tmp_path / "a.dat")
    (tmp_path / "a.hea").write_text("a 1 500 5000\na.dat 16 1000/mV 16 0 0 0 0 I\n")
    slow = write(tmp_path, "b", n_leads=1, n_times=301, fs=360)
    records = read_wfdb([tmp_path / "a", slow], fs=100)
    assert records.fs.tolist() == [100, 100]
    assert records.lengths.tolist() == [1000, 84]
    wanted = np.sin(2 * np.pi * 3 * t[::5])
    assert_allclose(records[0].signal[0], wanted, atol=0.02)
    assert_allclose(records[0].signal[0, 10:-10], wanted[10:-10], atol=2e-3)


def damage(tmp_path, write, kind):
    """Damage a copy of a record in one way, and return its path."""
    path = write(tmp_path, "bad")
    header, signal = path.with_suffix(".hea"), path.with_suffix(".dat")
    text = header.read_text()
    if kind == "short":
        signal.write_bytes(signal.read_bytes()[:-1])
    elif kind == "no signal":
        signal.unlink()
    elif kind == "no header":
        header.unlink()
    elif kind == "empty header":
        header.write_text("")
    elif kind == "signals":
        header.write_text(text.replace("bad 2", "bad 3"))
    elif kind == "rate":
        header.write_text(text.replace("250 50", "0 50"))
    elif kind == "format":
        header.write_text(text.replace(" 16 200", " 77 200"))
    elif kind == "not a header":
        header.write_bytes(bytes(range(256)))
    return path


DAMAGES = {
    "short": r"bad\.dat: the signal file of record bad is cut short.*200 bytes.*there are 199",
    "no signal": r"bad\.dat: the signal file of record bad cannot be read",
    "no header": r"bad\.hea: there is no such header",
    "empty header": r"bad\.hea: is no WFDB header",
    "not a header": r"bad\.hea: is no WFDB header",
    "signals": r"bad\.hea: the first line promises 3 signals, the header has 2",
    "rate": r"bad\.hea: the sampling rate must be a positive number",
    "format": r"bad\.hea: the wfdb package cannot read this record",
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_record(tmp_path, write, expected, kind):
    good = [write(tmp_path, f"good{i}", seed=i) for i in range(3)]
    paths = [good[0], damage(tmp_path, write, kind), *good[1:]]
    with pytest.raises(ValueError, match=DAMAGES[kind]):
        read_wfdb(paths)
    with pytest.warns(UserWarning, match=rf"Skipped 1 of 4 records.*{DAMAGES[kind]}"):
        records = read_wfdb(paths, on_error="warn")
    assert records.metadata.index.tolist() == ["good0", "good1", "good2"]
    for record, path in zip(records, good, strict=True):
        assert_array_equal(record.signal, expected(path))
    with pytest.raises(ValueError, match="None of the 1 records could be read"):
        read_wfdb(paths[1], on_error="warn")


def test_nothing_to_read():
    with pytest.raises(ValueError, match="no record to read"):
        read_wfdb([])


def test_bad_parameters(tmp_path, write):
    path = write(tmp_path)
    with pytest.raises(ValueError, match="on_error"):
        read_wfdb(path, on_error="ignore")
    with pytest.raises(ValueError, match="fs"):
        read_wfdb(path, fs=0)
    with pytest.raises(TypeError):
        read_wfdb([3])


def test_a_record_is_found_from_a_folder_above(tmp_path, write, expected, monkeypatch):
    path = write(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert_array_equal(read_wfdb("rec")[0].signal, expected(path))
    (tmp_path / "deep.er").mkdir()
    shutil.copy(path.with_suffix(".dat"), tmp_path / "deep.er")
    shutil.copy(path.with_suffix(".hea"), tmp_path / "deep.er")
    assert_array_equal(read_wfdb("deep.er/rec")[0].signal, expected(path))


@pytest.mark.parametrize("n_times", [10**7, 10**12, 10**18])
def test_a_header_that_promises_more_than_there_is_takes_no_memory(tmp_path, write, n_times):
    path = write(tmp_path, n_times=50)
    header = path.with_suffix(".hea")
    header.write_text(header.read_text().replace(" 50\n", f" {n_times}\n", 1))
    with pytest.raises(
        ValueError, match=rf"rec\.dat.* is cut short.* {4 * n_times} bytes from byte 0 on; there are 200"
    ):
        read_wfdb(path)
    path.with_suffix(".dat").unlink()
    with pytest.raises(ValueError, match=r"rec\.dat: the signal file of record rec cannot be read"):
        read_wfdb(path)


def test_a_record_is_read_once_however_many_files_it_has(tmp_path, write):
    paths = [write(tmp_path, f"r{i}", seed=i) for i in range(3)]
    records = read_wfdb(sorted(tmp_path.glob("*")))
    assert records.metadata.index.tolist() == ["r0", "r1", "r2"]
    assert len(read_wfdb([paths[0], f"{paths[0]}.hea", f"{paths[0]}.mat"])) == 1
    with pytest.raises(ValueError, match=r"paths names .*r1 twice; each record is read once\."):
        read_wfdb([*paths, paths[1]])
    with pytest.raises(ValueError, match=r"paths names .*r1\.hea twice"):
        read_wfdb([f"{paths[1]}.hea", str(paths[1]), f"{paths[1]}.hea"])


def test_a_folder_is_no_record(tmp_path, write):
    write(tmp_path)
    for path in (tmp_path, f"{tmp_path}/"):
        with pytest.raises(ValueError, match=r"is a folder; read_wfdb takes its headers, .*read_wfdb_folder"):
            read_wfdb(path)

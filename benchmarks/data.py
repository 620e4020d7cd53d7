"""Time reading records against a loop over `wfdb.rdsamp`, and opening a saved set and reading a batch from it.

    OMP_NUM_THREADS=1 python benchmarks/data.py [--ptbxl ~/skecg_data/ptbxl] [--folder /tmp]

Reading: `fetch_ptbxl` reads all 100 Hz records of the folder, including tables and labels;
`read_wfdb` reads generated records of 12 x 1000 and 12 x 5000 samples. Both sides run in turn, after
each has read the records once. The values must be equal. Both sides read the same 500 generated
records. A result that is some hundred MB larger would measure how fast the system allocates new memory
(with 2,000 records of 12 x 5000, 480 MB, on a machine with five times as much work as cores, the
ratio fell to 8.5; the table holds those rows too).

Two processes against one (`--only processes`): few records and many, at their own rate and resampled to
half of it. The processes are already running, and the values must agree. `cpu_ratio_median` is
twice the processor time of one process, divided by the processor time of both processes and their
parent: the highest speedup that two idle cores could give. The size of the result matters: shared
memory comes in pages of 4 KB. These cost more than the large pages of one process if the system has
large pages available, and less if the system has to search for large pages, as for a result of a GB.

Saved set: as many records as PTB-XL has, 12 x 5000. Two measurements run in turn: a batch of 128 records
drawn at random from a cold map, after the pages of the file were dropped, and reading the same bytes record
by record. Medians of the ratios and the other figures go to results/data.csv. The rows against rdsamp
also have the ratio of processor times, which other work on the machine disturbs less.
"""

import argparse
import os
import statistics
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from _results import store, surroundings

from skecg import ECGRecords
from skecg.datasets import fetch_ptbxl, read_wfdb
from skecg.storage import open_records, save_records

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wfdb

LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]
N_PTBXL, BATCH = 21_799, 128


def generate(folder, n_records, fs):
    """Write ten-second records of 12 leads in format 16, and return their paths."""
    rng = np.random.default_rng(0)
    paths = []
    for i in range(n_records):
        path = folder / f"{i:05}"
        rng.normal(0, 300, (10 * fs, 12)).astype("<i2").tofile(path.with_suffix(".dat"))
        lines = [f"{path.name}.dat 16 1000.0(0)/mV 16 0 {i} {-i} 0 {lead}" for lead in LEADS]
        path.with_suffix(".hea").write_text("\n".join([f"{path.name} 12 {fs} {10 * fs}", *lines]) + "\n")
        paths.append(path)
    return paths


def loop(paths):
    return [wfdb.rdsamp(str(path))[0] for path in paths]


def seconds(function, *args):
    begin = time.perf_counter()
    function(*args)
    return time.perf_counter() - begin


def summary(what, ours, theirs, **columns):
    """Return a row with each side's time for a record (or in total), and the ratios theirs / ours of the turns."""
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return {
        "what": what,
        **columns,
        "repeats": len(ours),
        "ours_ms": f"{1000 * statistics.median(ours):.3f}",
        "theirs_ms": f"{1000 * statistics.median(theirs):.3f}",
        "ratio_median": f"{statistics.median(ratios):.2f}",
        "ratio_min": f"{min(ratios):.2f}",
        "ratio_max": f"{max(ratios):.2f}",
    }


def against_rdsamp(name, read, paths, n_loop, repeats):
    """Check the values, and time the reader and the loop in turn; the loop reads only a share of the records."""
    sample = np.linspace(0, len(paths) - 1, min(n_loop, len(paths))).astype(int)
    chosen = [paths[i] for i in sample]
    records = read()
    assert len(records) == len(paths)
    for i, signal in zip(sample, loop(chosen), strict=True):
        assert np.array_equal(records[int(i)].signal, signal.T.astype(np.float32), equal_nan=True), paths[i]
    del records
    ours, theirs, cpu = [], [], []
    for _ in range(repeats):
        begin = time.process_time()
        ours.append(seconds(read) / len(paths))
        between = time.process_time()
        theirs.append(seconds(loop, chosen) / len(chosen))
        cpu.append((time.process_time() - between) / len(chosen) / (between - begin) * len(paths))
    row = summary(f"{name}: a record, against rdsamp", ours, theirs, records=len(paths))
    return row | {"cpu_ratio_median": f"{statistics.median(cpu):.2f}"}


def cpu_seconds():
    """Return the processor seconds of this process and its running children (Linux)."""
    tick, own = os.sysconf("SC_CLK_TCK"), time.process_time()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # the process has ended
            continue
        if int(fields[1]) == os.getpid():
            own += (int(fields[11]) + int(fields[12])) / tick
    return own


def two_processes(name, paths, repeats, **options):
    """Check the values, and time one process and two processes in turn."""
    read = {n: partial(read_wfdb, paths, n_jobs=n, verbose=0, **options) for n in (2, 1)}
    for one, two in zip(read[1]().signals, read[2]().signals, strict=True):
        assert np.allclose(one, two, rtol=0, atol=1e-5, equal_nan=True)  # blocks of other sizes change the last bits
    took, cpu = {1: [], 2: []}, []
    for _ in range(repeats):
        spent = {}
        for n, function in read.items():
            begin = cpu_seconds()
            took[n].append(seconds(function) / len(paths))
            spent[n] = cpu_seconds() - begin
        cpu.append(2 * spent[1] / spent[2])
    row = summary(f"{name}: a record, two processes against one", took[2], took[1], records=len(paths))
    return row | {"cpu_ratio_median": f"{statistics.median(cpu):.2f}"}


def save_large(folder, dtype):
    """Write a set of the size of PTB-XL at 500 Hz, part by part."""
    rng = np.random.default_rng(0)
    part = (rng.normal(0, 300, (79, 12, 5000)).round() / 1000).astype(np.float32)

    def parts():
        done = 0
        while done < N_PTBXL:
            n = min(len(part), N_PTBXL - done)
            metadata = {"age": rng.uniform(18, 90, n), "sex": rng.choice(["male", "female"], n)}
            yield ECGRecords(part[:n], 500, metadata=metadata)
            done += n

    save_records(parts(), folder, dtype=dtype)


def drop_pages(path):
    """Make the system drop the cached pages of a file."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def read_bytes(path, rows, n_bytes):
    """Read only the bytes of some records, one record after the other."""
    data = np.empty((len(rows), n_bytes), np.uint8)
    with path.open("rb", buffering=0) as file:
        for row, record in zip(data, rows, strict=True):
            file.seek(int(record) * n_bytes)
            file.readinto(row)


def batch_of(records, rows):
    return records[rows].to_array()


def saved_set(folder, dtype, repeats):
    """Return the rows for opening a saved set, and for a batch from a cold map."""
    save_large(folder, dtype)
    signals = folder / "signals.bin"
    opening = [seconds(open_records, folder) for _ in range(repeats + 1)][1:]
    rng, turns = np.random.default_rng(1), []
    n_bytes = signals.stat().st_size // N_PTBXL
    for turn in range(2 * repeats):
        rows = rng.choice(N_PTBXL, BATCH, replace=False)
        took = {}
        for side in ("map", "bytes") if turn % 2 else ("bytes", "map"):
            records = open_records(folder)
            drop_pages(signals)
            task = (batch_of, records, rows) if side == "map" else (read_bytes, signals, rows, n_bytes)
            took[side] = seconds(*task)
            del records, task
        turns.append((took["map"], took["bytes"]))
    name = f"saved set, {dtype}, 12 x 5000"
    batch = summary(f"{name}: {BATCH} records of a cold map, against their bytes", *zip(*turns, strict=True))
    open_row = {"what": f"{name}: opening", "repeats": repeats, "ours_ms": f"{1000 * statistics.median(opening):.3f}"}
    return [row | {"records": N_PTBXL} for row in (open_row, batch)]


def reading(args):
    """Return the rows for reading against rdsamp."""
    home, rows = args.ptbxl.expanduser(), []
    if home.is_dir():
        paths = [home / name for name in pd.read_csv(home / "ptbxl_database.csv")["filename_lr"]]
        read = lambda: fetch_ptbxl(home, unlabelled="keep", verbose=0).data  # noqa: E731
        rows.append(against_rdsamp("fetch_ptbxl, 12 x 1000", read, paths, args.loop_records, args.repeats))
    for fs in (100, 500):  # 120 MB at most, because the first access to memory is slow
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            paths = generate(Path(folder), 500, fs)
            read = partial(read_wfdb, paths, verbose=0)
            rows.append(against_rdsamp(f"read_wfdb, 12 x {10 * fs}", read, paths, 500, args.repeats))
    return rows


def processes(args):
    """Return the rows for two processes against one; the many records are a thousand records read repeatedly."""
    rows = []
    for fs, numbers in ((500, (500, 4500)), (100, (2500,))):
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            name, paths = f"read_wfdb, 12 x {10 * fs}", generate(Path(folder), 1000, fs)
            for n_records in numbers:
                many = (paths * (n_records // 1000 + 1))[:n_records]
                rows.append(two_processes(name, many, args.repeats))
            rows.append(two_processes(f"{name} to {fs // 2} Hz", many, args.repeats, fs=fs // 2))
    return rows


def saved(args):
    """Return the rows for saved sets of both types."""
    rows = []
    for dtype in ("int16", "float32"):
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            rows += saved_set(Path(folder) / "set", dtype, args.repeats)
    return rows


PARTS = {"reading": reading, "processes": processes, "saved": saved}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ptbxl", type=Path, default=Path("~/skecg_data/ptbxl"))
    parser.add_argument("--folder", type=Path, help="for generated files (default: the temporary folder)")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--loop-records", type=int, default=200)
    parser.add_argument("--only", choices=list(PARTS), help="measure this part only")
    args = parser.parse_args()
    rows = []
    for part, measure in PARTS.items():
        if args.only in (None, part):
            rows += measure(args)
    print(pd.DataFrame(rows).to_string(index=False))
    columns = surroundings()
    for row in rows:
        path = store("data", row | columns)
    print(f"Written to {path}")


if __name__ == "__main__":
    main()

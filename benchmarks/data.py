"""How fast records are read, beside a loop over `wfdb.rdsamp`.

    OMP_NUM_THREADS=1 python benchmarks/data.py [--ptbxl ~/skecg_data/ptbxl]

`fetch_ptbxl` reads all 100 Hz records of the folder, tables and labels included; `read_wfdb`
reads generated records of 12 x 1000 and 12 x 5000 samples. Each takes turns with the loop, which
gets a share of the same records; both have read them once before. The values must be equal.
Medians go to results/data.csv.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from _results import store, surroundings

from skecg.datasets import fetch_ptbxl, read_wfdb

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wfdb

LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]


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


def compare(name, read, paths, n_loop, repeats):
    """Check the values, take turns, and return a row of the table."""
    sample = np.linspace(0, len(paths) - 1, min(n_loop, len(paths))).astype(int)
    chosen = [paths[i] for i in sample]
    records = read()
    assert len(records) == len(paths)
    for i, signal in zip(sample, loop(chosen), strict=True):
        assert np.array_equal(records[int(i)].signal, signal.T.astype(np.float32), equal_nan=True), paths[i]
    del records
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(len(paths) / seconds(read))
        theirs.append(len(chosen) / seconds(loop, chosen))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "what": name,
        "records": len(paths),
        "records_of_loop": len(chosen),
        "repeats": repeats,
        "ours_per_s": f"{statistics.median(ours):.0f}",
        "rdsamp_per_s": f"{statistics.median(theirs):.0f}",
        "ratio_median": f"{statistics.median(ratios):.1f}",
        "ratio_min": f"{min(ratios):.1f}",
        "ratio_max": f"{max(ratios):.1f}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ptbxl", type=Path, default=Path("~/skecg_data/ptbxl"))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--loop-records", type=int, default=400)
    args = parser.parse_args()
    home = args.ptbxl.expanduser()
    rows = []
    if home.is_dir():
        paths = [home / name for name in pd.read_csv(home / "ptbxl_database.csv")["filename_lr"]]
        read = lambda: fetch_ptbxl(home, unlabelled="keep").data  # noqa: E731
        rows.append(compare("fetch_ptbxl, 12 x 1000", read, paths, args.loop_records, args.repeats))
    for fs, n_records in ((100, 2000), (500, 1000)):
        with tempfile.TemporaryDirectory() as folder:
            paths = generate(Path(folder), n_records, fs)
            name = f"read_wfdb, 12 x {10 * fs}"
            rows.append(compare(name, lambda: read_wfdb(paths), paths, args.loop_records, args.repeats))  # noqa: B023
    print(pd.DataFrame(rows).to_string(index=False))
    for row in rows:
        path = store("data", row | surroundings())
    print(f"Written to {path}")


if __name__ == "__main__":
    main()

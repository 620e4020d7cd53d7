"""Accuracy of R peaks on MIT-BIH, their speed against NeuroKit2 and wfdb, and the speed of features.

    OMP_NUM_THREADS=1 python benchmarks/peaks.py --find DS1     # the detector was tuned on DS1
    OMP_NUM_THREADS=1 python benchmarks/peaks.py --find DS2     # the detector was not tuned on DS2
    OMP_NUM_THREADS=1 python benchmarks/peaks.py --speed
    python benchmarks/peaks.py --features

`--find` uses lead MLII of the records that are in the folder, and the beat annotations; `wfdb` matches peaks and
annotations within 150 ms, one to one. `--speed` runs the detectors in turn on the same synthetic records of
12 x 5000 samples. skecg processes all leads together; `neurokit2.ecg_peaks` (pip install neurokit2) and
`wfdb.processing.XQRS` process lead by lead and get a share of the records. `--features` measures 1,000 such
records. Results go to results/peaks.csv.
"""

import argparse
import contextlib
import io
import statistics
import time
import warnings

import numpy as np
from _results import store, surroundings

from skecg.datasets import fetch_mitdb, make_ecg
from skecg.features import BeatFeatures, SignalQuality
from skecg.signal import find_r_peaks, find_r_peaks_batch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wfdb import processing

TOLERANCE = 0.150  # in s, from ANSI/AAMI EC57
FS = 500


def find(subset):
    """Print a line for each record, and return the pooled row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a part of the subset is enough
        mitdb = fetch_mitdb(kind="records", subset=subset)
    total = np.zeros(3, int)
    for record, table in zip(mitdb.data, mitdb.annotations, strict=True):
        true = np.round(table["time"].to_numpy() * record.fs).astype(int)
        found = find_r_peaks(record.signal, record.fs)
        pairs = processing.compare_annotations(true, found, int(TOLERANCE * record.fs))
        counts = np.array([pairs.tp, pairs.fn, pairs.fp])
        total += counts
        print(
            record.metadata["record"],
            *(f"{name} {n}" for name, n in zip(("hit", "missed", "false"), counts, strict=True)),
        )
    hit, missed, false = total.tolist()
    return {
        "what": f"R peaks, MIT-BIH {subset}, MLII",
        "records": len(mitdb.data),
        "beats": hit + missed,
        "missed": missed,
        "false": false,
        "sensitivity": f"{hit / (hit + missed):.5f}",
        "ppv": f"{hit / (hit + false):.5f}",
    }


def with_neurokit(X):
    import neurokit2

    for lead in X.reshape(-1, X.shape[-1]):
        neurokit2.ecg_peaks(lead, sampling_rate=FS)


def with_xqrs(X):
    for lead in X.reshape(-1, X.shape[-1]):
        with contextlib.redirect_stdout(io.StringIO()):
            processing.xqrs_detect(lead.astype(float), FS, verbose=False)


def speed(n_records, repeats):
    """Run the detectors in turn, and return a row for each of the other packages."""
    X = np.array(make_ecg(n_records, fs=FS, duration=10, random_state=0).data)
    shares = {"neurokit2.ecg_peaks": (with_neurokit, 8), "wfdb XQRS": (with_xqrs, 1)}
    find_r_peaks_batch(X, FS)
    with_neurokit(X[:1])
    times = {name: [] for name in ("ours", *shares)}
    for _ in range(repeats):
        times["ours"].append(seconds(find_r_peaks_batch, X, FS) / len(X))
        for name, (function, n) in shares.items():
            times[name].append(seconds(function, X[:n]) / n)
    rows = []
    for name in shares:
        ratios = [theirs / ours for ours, theirs in zip(times["ours"], times[name], strict=True)]
        rows.append(
            {
                "what": f"R peaks of 12 x 5000, against {name} lead by lead",
                "records": len(X),
                "repeats": repeats,
                "ours_ms": f"{1e3 * statistics.median(times['ours']):.2f}",
                "theirs_ms": f"{1e3 * statistics.median(times[name]):.1f}",
                "ratio_median": f"{statistics.median(ratios):.1f}",
                "ratio_min": f"{min(ratios):.1f}",
                "ratio_max": f"{max(ratios):.1f}",
            }
        )
    return rows


def features(n_records, repeats):
    """Return a row for each table of features."""
    records = make_ecg(n_records, fs=FS, duration=10, random_state=0).data
    rows = []
    for table in (BeatFeatures(), SignalQuality()):
        table.fit_transform(records[:8])
        taken, busy = [], []
        for _ in range(repeats):
            begin = time.process_time()
            taken.append(seconds(table.fit_transform, records))
            busy.append(time.process_time() - begin)
        rows.append(
            {
                "what": f"{type(table).__name__}, 12 x 5000",
                "records": n_records,
                "repeats": repeats,
                "seconds": f"{statistics.median(taken):.2f}",
                "cpu_seconds": f"{statistics.median(busy):.2f}",
            }
        )
    return rows


def seconds(function, *args):
    begin = time.perf_counter()
    function(*args)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--find", choices=["DS1", "DS2"])
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--features", action="store_true")
    parser.add_argument("--records", type=int, default=256, help="of --speed")
    parser.add_argument("--tables", type=int, default=1000, help="number of records for --features")
    parser.add_argument("--repeats", type=int, default=7, help="number of turns; at most three for --features")
    args = parser.parse_args()
    rows = [find(args.find)] if args.find else []
    rows += speed(args.records, args.repeats) if args.speed else []
    rows += features(args.tables, min(args.repeats, 3)) if args.features else []
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
        print("stored in", store("peaks", row | surroundings()))


if __name__ == "__main__":
    main()

"""Accuracy of R peaks on MIT-BIH, their speed against NeuroKit2 and wfdb, and the speed of features.

    OMP_NUM_THREADS=1 python benchmarks/peaks.py --find DS1     # the detector was tuned on DS1
    OMP_NUM_THREADS=1 python benchmarks/peaks.py --find DS2     # the detector was not tuned on DS2
    OMP_NUM_THREADS=1 python benchmarks/peaks.py --speed
    python benchmarks/peaks.py --features

`--find` uses the records that are in the folder and their beat annotations: lead 1 (mostly MLII), lead 2 (V1, V2, V4
or V5), both, and five minutes of lead 1 with noise. `wfdb` matches peaks and annotations within 150 ms, one to one.
`--speed` runs the detectors in turn on the same synthetic records of 12 x 5000 samples. skecg processes all leads
together; `neurokit2.ecg_peaks` (pip install neurokit2) and `wfdb.processing.XQRS` process lead by lead and get a share
of the records. `--features` measures 1,000 such records. Results go to results/peaks.csv.
"""

import argparse
import contextlib
import io
import statistics
import time
import warnings

import numpy as np
from _electrodes import NOISES, with_noise
from _results import store, surroundings

from skecg.datasets import fetch_mitdb, make_ecg
from skecg.features import BeatFeatures, SignalQuality
from skecg.signal import find_r_peaks, find_r_peaks_batch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wfdb import processing

SNRS = (12, 6, 0)  # in dB
TOLERANCE = 0.150  # in s, from ANSI/AAMI EC57
FS = 500


def find(subset):
    """Return a row for each choice of leads, and for each noise on lead 1, pooled over the records."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a part of the subset is enough
        mitdb = fetch_mitdb(kind="records", subset=subset, leads="both")
    counts = {}
    for seed, (record, table) in enumerate(zip(mitdb.data, mitdb.annotations, strict=True)):
        true = np.round(table["time"].to_numpy() * record.fs).astype(int)
        for name, beats, signal in signals(np.asarray(record.signal, float), true, int(record.fs), seed):
            found = find_r_peaks(signal, record.fs)
            pairs = processing.compare_annotations(beats, found, int(TOLERANCE * record.fs))
            counts.setdefault(name, []).append((pairs.tp, pairs.fn, pairs.fp))
        print(record.metadata["record"], *(f"{name} {each[-1][1]}+{each[-1][2]}" for name, each in counts.items()))
    return [pooled(f"R peaks, MIT-BIH {subset}, {name}", np.array(each)) for name, each in counts.items()]


def signals(leads, beats, fs, seed):
    """Yield the leads of a record, and five minutes of lead 1 with noise, with names and beats."""
    yield "lead 1", beats, leads[:1]
    yield "lead 2", beats, leads[1:]
    yield "both leads", beats, leads
    part = leads[0, : 300 * fs]
    beats = beats[beats < part.size - 10]
    rng = np.random.default_rng(seed)
    for name, make in NOISES.items():
        noise = make(part.size, fs, rng)
        for snr in SNRS:
            yield f"{name} {snr} dB", beats, with_noise(part, beats, fs, noise, snr)[None]


def pooled(what, counts):
    """Return the row of one choice, with 95 % intervals from a bootstrap over the records."""
    draws = np.random.default_rng(0).integers(len(counts), size=(2000, len(counts)))
    hit, missed, false = np.concatenate([counts.sum(axis=0)[None], counts[draws].sum(axis=1)]).T
    errors, f1 = 100 * (missed + false) / (hit + missed), 200 * hit / (2 * hit + missed + false)
    return {
        "what": what,
        "records": len(counts),
        "beats": hit[0] + missed[0],
        "missed": missed[0],
        "false": false[0],
        "sensitivity": f"{hit[0] / (hit[0] + missed[0]):.5f}",
        "ppv": f"{hit[0] / (hit[0] + false[0]):.5f}",
        "errors_per_100": with_interval(errors, 3),
        "f1": with_interval(f1, 2),
    }


def with_interval(values, digits):
    low, high = np.percentile(values[1:], (2.5, 97.5))
    return f"{values[0]:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


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
    rows = find(args.find) if args.find else []
    rows += speed(args.records, args.repeats) if args.speed else []
    rows += features(args.tables, min(args.repeats, 3)) if args.features else []
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
        print("stored in", store("peaks", row | surroundings()))


if __name__ == "__main__":
    main()

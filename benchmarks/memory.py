"""Measure the memory to read, filter, resample and train on a generated set of the size of PTB-XL at 500 Hz.

    OMP_NUM_THREADS=1 python benchmarks/memory.py [--folder /tmp] [--records 21799]

The aim is 2 GB. Each stage is a separate process and uses the files that the previous stage wrote: WFDB files
(2.6 GB, written first, not measured), a saved set of int16, a saved set of float32 at 100 Hz, a fitted
classifier. Each stage has three figures, over its whole run:

- peak_MB: the largest resident memory (ru_maxrss). It includes pages of mapped files that are in
  memory, which the system can free at no cost.
- peak_own_MB: the largest private memory (RssAnon + RssShmem), which the system cannot free; sampled
  every 20 ms.
- seconds.

The figures go to results/memory.csv. The script deletes the generated files.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from _results import store, surroundings

N_PTBXL, FS = 21_799, 500
LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]


def generate(folder, n_records):
    """Write ten-second records of 12 leads in format 16; the two classes differ in heart rate."""
    import numpy as np

    from skecg.datasets import make_ecg

    ecg = make_ecg(64, classes=["NORM", "AF"], fs=FS, duration=10, random_state=0)
    shapes = [np.round(1000 * signal.T).astype("<i2") for signal in ecg.data.signals]
    rng = np.random.default_rng(0)
    labels = ["record,label"]
    for i in range(n_records):
        kind, name = int(rng.integers(len(shapes))), f"{i:05}"
        part = folder / f"{i // 1000:02}"
        part.mkdir(exist_ok=True)
        (shapes[kind] + rng.integers(-20, 20, shapes[kind].shape, "<i2")).tofile(part / f"{name}.dat")
        lines = [f"{name}.dat 16 1000.0(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS]
        (part / f"{name}.hea").write_text("\n".join([f"{name} 12 {FS} {10 * FS}", *lines]) + "\n")
        labels.append(f"{name},{ecg.target[kind]}")
    (folder / "labels.csv").write_text("\n".join(labels) + "\n")


def read(folder):
    from skecg.datasets import read_wfdb_folder

    root = folder / "wfdb"
    return read_wfdb_folder(root, root / "labels.csv", target="label", save_to=folder / "raw", verbose=0).data


def transform(folder):
    from sklearn.pipeline import make_pipeline

    from skecg.preprocessing import ECGFilter, ECGResample
    from skecg.storage import open_records, transform_records

    records = open_records(folder / "raw")
    steps = make_pipeline(ECGFilter(), ECGResample(target_fs=100))  # these steps need no fit
    return transform_records(steps, records, folder / "ready")


def train(folder):
    import pandas as pd

    from skecg.classifiers import ResNetClassifier
    from skecg.storage import open_records

    records = open_records(folder / "ready")
    y = pd.read_csv(folder / "wfdb" / "labels.csv", dtype=str).set_index("record").loc[records.metadata.index, "label"]
    classifier = ResNetClassifier(width=16, window=250, max_epochs=1, random_state=0)  # narrow only to save time
    classifier.fit(records, y.to_numpy())
    print(f"Accuracy on 512 of the training records: {classifier.score(records[:512], y[:512]):.2f}", file=sys.stderr)
    return records


STAGES = {"read": read, "transform": transform, "train": train}


class Watch(threading.Thread):
    """Samples the memory of this process repeatedly."""

    def __init__(self):
        super().__init__(daemon=True)
        self.own, self.over = 0, threading.Event()

    def run(self):
        """Sample the memory until the thread is stopped."""
        while not self.over.wait(0.02):
            fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
            self.own = max(self.own, sum(int(fields[key].split()[0]) for key in ("RssAnon", "RssShmem")))


def measure(stage, folder):
    """Run a stage and print its figures as JSON."""
    watch = Watch()
    watch.start()
    begin = time.perf_counter()
    records = STAGES[stage](folder)
    took = time.perf_counter() - begin
    watch.over.set()
    watch.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # before `surroundings` imports packages
    row = {"stage": stage, "records": len(records), "n_times": int(records.lengths[0]), "fs": float(records.fs[0])}
    row |= {"seconds": round(took, 1), "peak_MB": peak, "peak_own_MB": watch.own // 1024}
    print(json.dumps(row | {key: value for key, value in surroundings().items() if key not in row}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="for generated files (default: the temporary folder)")
    parser.add_argument("--records", type=int, default=N_PTBXL)
    parser.add_argument("--stage", choices=list(STAGES), help="run only this stage, on the files in --folder")
    args = parser.parse_args()
    if args.stage:
        measure(args.stage, args.folder)
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        root = Path(folder) / "wfdb"
        root.mkdir()
        generate(root, args.records)
        for stage in STAGES:
            command = [sys.executable, __file__, "--stage", stage, "--folder", folder]
            row = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            print(row, flush=True)
            path = store("memory", row)
    print(f"Written to {path}")


if __name__ == "__main__":
    main()

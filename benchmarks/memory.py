"""PTB-XL at 500 Hz inside 2 GB: read, filtered, resampled and used for training, on a generated set of its size.

    OMP_NUM_THREADS=1 python benchmarks/memory.py [--folder /tmp] [--records 21799]

Each stage is a process of its own and works on what the one before left on the disk: WFDB files
(2.6 GB, written first, not measured), a saved set of int16, one of float32 at 100 Hz, a fitted
classifier. Three figures a stage, of its whole life:

- peak_MB: the largest resident memory (ru_maxrss). It counts pages of mapped files that are in
  memory, which the system takes back for nothing when it needs room.
- peak_own_MB: the most memory of its own (RssAnon + RssShmem), which it cannot take back; looked
  at every 20 ms.
- seconds.

The figures go to results/memory.csv; everything generated is deleted.
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
    """Write ten-second records of 12 leads in format 16; the heart rate tells the two classes apart."""
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
    steps = make_pipeline(ECGFilter(), ECGResample(target_fs=100))  # nothing to fit
    return transform_records(steps, records, folder / "ready")


def train(folder):
    import pandas as pd

    from skecg.classifiers import ResNetClassifier
    from skecg.storage import open_records

    records = open_records(folder / "ready")
    y = pd.read_csv(folder / "wfdb" / "labels.csv", dtype=str).set_index("record").loc[records.metadata.index, "label"]
    classifier = ResNetClassifier(width=16, window=250, max_epochs=1, random_state=0)  # narrow, to save time only
    classifier.fit(records, y.to_numpy())
    print(f"Accuracy on 512 of the training records: {classifier.score(records[:512], y[:512]):.2f}", file=sys.stderr)
    return records


STAGES = {"read": read, "transform": transform, "train": train}


class Watch(threading.Thread):
    """Looks at the memory of this process again and again."""

    def __init__(self):
        super().__init__(daemon=True)
        self.own, self.over = 0, threading.Event()

    def run(self):
        """Look until it is over."""
        while not self.over.wait(0.02):
            told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
            self.own = max(self.own, sum(int(told[key].split()[0]) for key in ("RssAnon", "RssShmem")))


def measure(stage, folder):
    """Run a stage and print its figures as JSON."""
    watch = Watch()
    watch.start()
    begin = time.perf_counter()
    records = STAGES[stage](folder)
    took = time.perf_counter() - begin
    watch.over.set()
    watch.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # before `surroundings` loads what it asks
    row = {"stage": stage, "records": len(records), "n_times": int(records.lengths[0]), "fs": float(records.fs[0])}
    row |= {"seconds": round(took, 1), "peak_MB": peak, "peak_own_MB": watch.own // 1024}
    print(json.dumps(row | {key: value for key, value in surroundings().items() if key not in row}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=None, help="where to generate; by default the system's")
    parser.add_argument("--records", type=int, default=N_PTBXL)
    parser.add_argument("--stage", choices=list(STAGES), help="run this stage only, in --folder as it is")
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

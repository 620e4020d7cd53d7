"""Measure the cost of training from a memory map if the set does not fit into memory.

    OMP_NUM_THREADS=1 python benchmarks/mapped.py [--dtype int16] [--folder /tmp]

The script trains ResNet18 for one epoch on records drawn from a generated set of 12 x 1000 samples that
`save_records` wrote. The records come from the memory map, and from the same set in memory, in turn and in
one process; both sides use the same records.

Not every system can limit the memory. Instead, the script drops the pages of the mapped file (madvise and
posix_fadvise, MADV_DONTNEED and POSIX_FADV_DONTNEED) before each epoch and every two seconds during the
epoch. Nearly every record therefore comes from the disk, as in a set many times as large as the memory.
`from_disk_MB` is the amount that the system read from the disk in an epoch (median); `drawn_MB` is the size
of the records drawn. The seconds are wall-clock time, because the map may have to wait for the disk. The ratio of
each pair, map / memory, and the ratio of the processor times go to results/mapped.csv. The script deletes the set.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import torch
from _results import store, surroundings

from skecg import ECGRecords
from skecg.classifiers import ResNetClassifier
from skecg.records.buffer import release
from skecg.storage import save_records

PART, N_LEADS, N_TIMES, FS = 500, 12, 1000, 100


def generate(folder, n_records, dtype):
    """Save noise of two classes, the second with a larger amplitude, part by part; return records and classes."""
    rng = np.random.default_rng(0)
    y = np.arange(n_records) % 2
    noise = rng.normal(size=(PART, N_LEADS, N_TIMES)).astype(np.float32)
    starts = range(0, n_records, PART)
    parts = (ECGRecords(noise * (1 + 0.5 * y[i : i + PART])[:, None, None].astype("f4"), FS) for i in starts)
    return save_records(parts, folder, dtype=dtype), y


class Forgetful(threading.Thread):
    """Drops the pages of a mapped file repeatedly, so that no part of the file stays in memory."""

    def __init__(self, records, path):
        super().__init__(daemon=True)
        self.buffer, self.path, self.over = records._buffer, path, threading.Event()

    def __enter__(self):
        self.forget()
        self.begin = from_disk()
        self.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.join()
        self.n_bytes = from_disk() - self.begin

    def run(self):
        """Drop the pages until the thread is stopped."""
        while not self.over.wait(2):
            self.forget()

    def forget(self):
        """Drop the pages of this process, then the pages in the cache of the system."""
        release(self.buffer)
        with self.path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def from_disk():
    """Return the number of bytes that the system read from the disk for this process."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["read_bytes"])


def epoch(records, y, args, seed):
    """Train one epoch; return its wall-clock seconds and its processor seconds."""
    clf = ResNetClassifier(max_epochs=1, batch_size=64, window=args.window, random_state=seed, device="cpu")
    begin = time.perf_counter(), time.process_time()
    clf.fit(records, y)
    return time.perf_counter() - begin[0], time.process_time() - begin[1]


def compare(mapped, y, path, args):
    """Run both sides in turn; return their wall-clock and processor seconds, and the bytes read from the disk."""
    loaded = ECGRecords(mapped.to_array(), FS)
    rng, turns, read = np.random.default_rng(1), [], []
    for turn in range(args.repeats + 1):  # the first turn warms up
        rows = rng.choice(len(y), args.drawn, replace=False)
        took = {}
        for side in ("map", "memory") if turn % 2 else ("memory", "map"):
            if side == "map":
                with Forgetful(mapped, path) as forgetful:
                    took[side] = epoch(mapped[rows], y[rows], args, turn)
                read.append(forgetful.n_bytes)
            else:
                took[side] = epoch(loaded[rows], y[rows], args, turn)
        turns.append(took)
        print({side: f"{clock:.2f} s, processor {cpu:.2f} s" for side, (clock, cpu) in took.items()}, flush=True)
    return turns[1:], read[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="for generated files (default: the temporary folder)")
    parser.add_argument("--records", type=int, default=34_000)
    parser.add_argument("--drawn", type=int, default=1280, help="number of records in an epoch, drawn from all records")
    parser.add_argument("--dtype", choices=["float32", "int16"], default="float32")
    parser.add_argument("--window", type=int, default=None, help="samples in a window (default: whole records)")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        mapped, y = generate(Path(folder) / "set", args.records, args.dtype)
        path = Path(folder) / "set" / "signals.bin"
        n_bytes = path.stat().st_size
        turns, read = compare(mapped, y, path, args)
    ratios, cpu_ratios = ([turn["map"][i] / turn["memory"][i] for turn in turns] for i in range(2))
    row = {key: str(value) for key, value in vars(args).items() if key != "folder"} | {
        "set_MB": n_bytes // 10**6,
        "drawn_MB": n_bytes * args.drawn // args.records // 10**6,
        "from_disk_MB": int(statistics.median(read)) // 10**6,
        "map_records_per_s": f"{args.drawn / statistics.median(turn['map'][0] for turn in turns):.0f}",
        "memory_records_per_s": f"{args.drawn / statistics.median(turn['memory'][0] for turn in turns):.0f}",
        "ratio_median": f"{statistics.median(ratios):.3f}",
        "ratio_min": f"{min(ratios):.3f}",
        "ratio_max": f"{max(ratios):.3f}",
        "cpu_ratio_median": f"{statistics.median(cpu_ratios):.3f}",
        **surroundings(),
    }
    print("\n".join(f"{key:>20}  {value}" for key, value in row.items()))
    print("stored in", store("mapped", row))


if __name__ == "__main__":
    main()

"""Time the signal steps against the loops that they replace.

    OMP_NUM_THREADS=1 python benchmarks/signals.py [--repeats 7]

The data are synthetic ECGs of 12 x 5000 samples at 500 Hz. Each step runs in turn with its loop, which gets
a share of the same records, and must give the same values. Medians go to results/signals.csv. Peak
memory is measured in a separate process, above its memory before the input was made, including the
input, in multiples of the input. (The name signal.py would hide the standard module `signal` from all
scripts in this folder.)
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from _results import store, surroundings
from sklearn.pipeline import make_pipeline

from skecg.datasets import make_ecg
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, RemoveBaseline

FS = 500
LENGTH = 2048
SHORT = 512  # samples at 100 Hz
N_DISTINCT = 256  # records; more of them repeat these


def band_pass():
    """Return the steps, the loop, and the allowed difference: 1e-3 of the standard deviation, which is 1."""
    import torch
    from scipy.signal import butter, sosfiltfilt

    sos = butter(2, [0.5, 40], "bandpass", fs=FS, output="sos")

    def loop(X):
        out = []
        for record in X:
            leads = []
            for lead in record:
                filtered = torch.from_numpy(sosfiltfilt(sos, lead).copy())  # sosfiltfilt returns negative strides
                start = (len(filtered) - LENGTH) // 2
                crop = filtered[start : start + LENGTH]
                leads.append((crop - crop.mean()) / crop.std(unbiased=False))
            out.append(torch.stack(leads))
        return torch.stack(out).numpy()

    steps = make_pipeline(ECGFilter(fs=FS), ECGCrop(LENGTH), Normalize())
    return steps, loop, lambda X, values: 1e-3


def resampling():
    """Return the step, the loop, and the allowed difference: 1e-4 of the peak."""
    from scipy.signal import resample_poly

    def loop(X):
        return np.stack([resample_poly(record, 1, 5, axis=-1, padtype="line") for record in X])

    return ECGResample(100, fs=FS), loop, lambda X, values: 1e-4 * np.abs(values).max()


def whole():
    """Return the steps of a usual pipeline, the loop, and the allowed difference, of signals with variance 1."""
    from scipy.signal import butter, resample_poly, sosfiltfilt

    sos = butter(2, [0.5, 40], "bandpass", fs=FS, output="sos")

    def loop(X):
        out = []
        for record in X:
            signal = resample_poly(sosfiltfilt(sos, record, axis=-1), 1, 5, axis=-1, padtype="line")
            start = (signal.shape[1] - SHORT) // 2
            signal = signal[:, start : start + SHORT]
            out.append((signal - signal.mean(axis=1, keepdims=True)) / signal.std(axis=1, keepdims=True))
        return np.stack(out)

    steps = make_pipeline(ECGFilter(fs=FS), ECGResample(100, fs=FS), ECGCrop(SHORT), Normalize())
    return steps, loop, lambda X, values: 1e-3


def wavelet():
    """Return the step, the loop, and the allowed difference: the rounding of float32."""
    import pywt

    def baseline(lead):
        approximation, approximations, energies = lead, [lead], []
        while len(energies) < 100:
            approximation, detail = pywt.dwt(approximation, "db4")
            approximations.append(approximation)
            energies.append((detail**2).sum())
            if len(energies) > 2 and energies[-3] > energies[-2] < energies[-1]:
                break
        else:
            return np.zeros_like(lead)
        level = len(energies) - 1
        approximation = approximations[level]
        for _ in range(level):
            approximation = pywt.idwt(approximation, None, "db4")
        return approximation[: len(lead)]

    def loop(X):
        return np.stack([[lead - baseline(lead) for lead in record] for record in X])

    return RemoveBaseline("wavelet", fs=FS, cutoff=None), loop, lambda X, values: 1e-5 * np.abs(X).max()


TASKS = {
    "band-pass, crop, z-score": band_pass,
    "500 to 100 Hz": resampling,
    "band-pass, 500 to 100 Hz, crop, z-score": whole,
    "wavelet baseline": wavelet,
}


def compare(name, X, n_loop, repeats):
    """Check the values, time the step and the loop in turn, and return a row of the table."""
    steps, loop, allowed = TASKS[name]()
    steps.fit(X)
    expected = loop(X[:n_loop])
    difference = float(np.abs(steps.transform(X)[:n_loop] - expected).max())
    limit = float(allowed(X[:n_loop], expected))
    assert difference <= limit, (name, difference, limit)
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(len(X) / seconds(steps.transform, X))
        theirs.append(n_loop / seconds(loop, X[:n_loop]))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "what": name,
        "records": len(X),
        "records_of_loop": n_loop,
        "repeats": repeats,
        "ours_per_s": f"{statistics.median(ours):.0f}",
        "loop_per_s": f"{statistics.median(theirs):.0f}",
        "ratio_median": f"{statistics.median(ratios):.1f}",
        "ratio_min": f"{min(ratios):.1f}",
        "ratio_max": f"{max(ratios):.1f}",
        "difference": f"{difference:.1e}",
        "allowed": f"{limit:.1e}",
    }


def seconds(function, *args):
    begin = time.perf_counter()
    function(*args)
    return time.perf_counter() - begin


def memory(name, n_records):
    """Print the peak memory of this process above its start, in multiples of the input."""
    steps = TASKS[name]()[0]
    steps.fit_transform(np.random.default_rng(0).standard_normal((2, 12, 5000), np.float32))  # imports, caches
    before = status("VmRSS")
    X = np.random.default_rng(0).standard_normal((n_records, 12, 5000), np.float32)
    steps.fit_transform(X)
    print((status("VmHWM") - before) * 1024 / X.nbytes)


def status(field):
    """Return a field of /proc/self/status, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=256)
    parser.add_argument("--loop-records", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--memory", choices=TASKS, help="print only the peak memory of one task")
    args = parser.parse_args()
    if args.memory:
        memory(args.memory, args.records)
        return
    X = np.array(make_ecg(min(args.records, N_DISTINCT), fs=FS, duration=10, random_state=0).data)
    X = np.resize(X, (args.records, *X.shape[1:]))
    for name in args.tasks:
        if name == "wavelet baseline":  # Marques & Oliveira apply it after a low-pass
            X = ECGFilter("lowpass", high=50, fs=FS).fit_transform(X)
        row = compare(name, X, args.loop_records, args.repeats)
        command = [sys.executable, __file__, "--memory", name, "--records", "1000"]
        peak = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        row["peak_of_input"] = f"{peak:.2f}"
        print("  ".join(f"{key} {value}" for key, value in row.items()))
        path = store("signals", row | surroundings())
    print(f"Written to {path}")


if __name__ == "__main__":
    main()

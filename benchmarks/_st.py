"""ST levels of LUDB before and after a step."""

import os
from pathlib import Path

import numpy as np
import wfdb

from skecg.preprocessing import ECGFilter, RemoveBaseline

FS = 500
LEAST = 0.1  # mV
RECOMMENDED = [  # by the guide, where ST matters
    ECGFilter("diagnostic", fs=FS),
    RemoveBaseline("wavelet", fs=FS),
    RemoveBaseline(fs=FS),
    ECGFilter(fs=FS),
    ECGFilter("mains_50", fs=FS),
]


def leads_of_ludb():
    """Return leads in mV, (n, 5000), onsets and ends of their QRS complexes in samples, and their records in LUDB."""
    folder = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ludb" / "data"
    leads, marks, records = [], [], []
    for number in sorted(int(path.stem) for path in folder.glob("*.hea")):
        record = wfdb.rdrecord(str(folder / str(number)), physical=False)
        for k, name in enumerate(record.sig_name):
            mark = wfdb.rdann(str(folder / str(number)), name.lower())
            at = [i for i, c in enumerate(mark.symbol) if c == "N" and mark.symbol[i - 1 : i + 2] == ["(", "N", ")"]]
            ends = np.array([(mark.sample[i - 1], mark.sample[i + 1]) for i in at]).reshape(-1, 2)
            leads.append(record.d_signal[:5000, k] * np.float32(1e-3))
            marks.append(ends[(ends[:, 0] > 30) & (ends[:, 1] < 4950)])
            records.append(number)
    return np.array(leads), marks, np.array(records)


def st_levels(leads, marks):
    """Return the median ST level of each lead, 60 ms after QRS, relative to the level before QRS; NaN below 3 beats."""
    beats = [
        [lead[end + 28 : end + 33].mean() - lead[onset - 12 : onset - 2].mean() for onset, end in ends]
        for lead, ends in zip(leads, marks, strict=True)
    ]
    return np.array([np.median(values) if len(values) > 2 else np.nan for values in beats])


def st_left(step, leads, marks):
    """Return how much of ST a step leaves in each lead whose ST lies at least 0.1 mV away."""
    before = st_levels(leads, marks)
    chosen = np.abs(before) >= LEAST
    return (st_levels(step.fit_transform(leads[:, None])[:, 0], marks) / before)[chosen]

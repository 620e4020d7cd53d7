"""The odd records of LUDB and their annotations, and the errors of a delineation against them."""

import os
from pathlib import Path

import numpy as np
import wfdb
from _results import QUICK

from skecg.datasets import make_ecg
from skecg.features import wave_table
from skecg.signal import FIDUCIALS

FS = 500
TOLERANCE = 0.15  # s, from ANSI/AAMI EC57
LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
MARKS = {"p": ("p_onset", "p_peak", "p_end"), "N": ("qrs_onset", None, "qrs_end"), "t": ("t_onset", "t_peak", "t_end")}
REACH = {"p": (-0.4, 0), "N": (-0.15, 0.15), "t": (0, 0.6)}  # s from QRS to the peak of a wave of the same beat
JOINED = 0.2  # s; peaks of QRS in several leads that belong to one beat
SEVERAL = 3  # leads that must show a mark for a common one
EDGE = 0.02  # s; the annotations of a record begin and end so close to their first and last peak


class Annotated:
    """A record with the annotated marks of its beats.

    Attributes
    ----------
    signal : ndarray of shape (12, n_times)
        In mV, at 500 Hz.
    centres : ndarray of shape (n_beats,)
        R peaks in seconds: the median over the leads.
    marks : ndarray of shape (n_beats, 12, 8)
        Seconds, in the order of `FIDUCIALS`; NaN where not annotated.
    spans : ndarray of shape (12, 2)
        First and last annotated peak of each lead in seconds.
    """

    def __init__(self, signal, waves):
        """Take for each lead {wave: seconds of onset, peak and end, (n_waves, 3)}."""
        self.signal = signal
        peaks = np.sort(np.concatenate([lead["N"][:, 1] for lead in waves]))
        groups = np.split(peaks, np.flatnonzero(np.diff(peaks) > JOINED) + 1)
        self.centres = np.array([np.median(group) for group in groups])
        self.marks = np.full((len(groups), len(waves), len(FIDUCIALS)), np.nan)
        peaks_of = [np.concatenate([rows[:, 1] for rows in lead.values()]) for lead in waves]
        self.spans = np.array([(found.min(), found.max()) if len(found) else (np.inf, -np.inf) for found in peaks_of])
        for k, lead in enumerate(waves):
            for wave, rows in lead.items():
                self._assign(k, wave, rows)

    def _assign(self, lead, wave, rows):
        for row in rows:
            shift = row[1] - self.centres
            allowed = np.where((shift >= REACH[wave][0]) & (shift <= REACH[wave][1]), np.abs(shift), np.inf)
            if np.isfinite(allowed.min()):
                for name, time in zip(MARKS[wave], row, strict=True):
                    if name:
                        self.marks[allowed.argmin(), lead, FIDUCIALS.index(name)] = time

    def common(self):
        """Return the median over the leads of each mark, (n_beats, 8); NaN where fewer than three leads show it."""
        enough = np.isfinite(self.marks).sum(axis=1) >= SEVERAL
        filled = np.where(enough[:, None], self.marks, 0)
        return np.where(enough, np.nanmedian(filled, axis=1), np.nan)


def load():
    """Return the odd records of LUDB; in a quick run, synthetic records whose annotations are those of the rules."""
    if QUICK:
        return [_synthetic(record) for record in make_ecg(8, classes=["NORM"], fs=FS, random_state=0).data]
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ludb" / "data"
    return [_read(str(home / str(number))) for number in range(1, 201, 2)]


def _read(path):
    record = wfdb.rdrecord(path, physical=False)
    order = [[name.lower() for name in record.sig_name].index(lead) for lead in LEADS]
    waves = []
    for lead in LEADS:
        marks = wfdb.rdann(path, lead)
        rows = {wave: [] for wave in MARKS}
        for k, symbol in enumerate(marks.symbol):
            if symbol in rows:
                near = zip((k - 1, k, k + 1), ("(", symbol, ")"), strict=True)
                there = [(i, 0 <= i < len(marks.symbol) and marks.symbol[i] == wanted) for i, wanted in near]
                rows[symbol].append([marks.sample[i] / FS if marked else np.nan for i, marked in there])
        waves.append({wave: np.array(found, float).reshape(-1, 3) for wave, found in rows.items()})
    return Annotated((record.d_signal[:5000, order].T * 1e-3).astype(np.float32), waves)  # III = II - I in 1e-3 mV


def _synthetic(record):
    table = wave_table(record.signal, record.fs, record.leads)
    waves = []
    for lead in record.leads:
        rows = table[table["lead"] == lead]
        names = {wave: [name or "r_peak" for name in found] for wave, found in MARKS.items()}
        waves.append({wave: rows[columns].dropna().to_numpy() for wave, columns in names.items()})
    return Annotated(record.signal, waves)


def compare(expected, found, span):
    """Match marks one to one, the closest first; return errors in ms, and the numbers of missed and of extra marks."""
    expected, found = np.sort(expected), np.sort(found[np.isfinite(found)])
    distance = np.abs(expected[:, None] - found)
    errors, free = [], [np.ones(len(expected), bool), np.ones(len(found), bool)]
    for i, j in zip(*np.unravel_index(distance.argsort(axis=None), distance.shape), strict=True):
        if distance[i, j] > TOLERANCE:
            break
        if free[0][i] and free[1][j]:
            free[0][i] = free[1][j] = False
            errors.append(1000 * (found[j] - expected[i]))
    inside = (found >= span[0] - EDGE) & (found <= span[1] + EDGE)
    return errors, int(free[0].sum()), int((free[1] & inside).sum())


def errors_together(record, found):
    """Compare marks in all leads together, (n, 8), with the medians; return `compare` for each mark."""
    common, span = record.common(), (record.spans[:, 0].min(), record.spans[:, 1].max())
    results = []
    for k in range(len(FIDUCIALS)):
        expected = common[:, k]
        few = record.marks[np.isnan(expected), :, k]
        few = few[np.isfinite(few)]  # in one or two leads: neither right nor wrong
        times = found[:, k][~(np.abs(found[:, k, None] - few) <= TOLERANCE).any(axis=1)]
        results.append(compare(expected[np.isfinite(expected)], times, span))
    return results


def errors_by_lead(record, found):
    """Compare marks in each lead, (n, 12, 8), with those of this lead; return `compare` for each mark, summed."""
    results = [([], 0, 0) for _ in FIDUCIALS]
    for lead, span in enumerate(record.spans):
        for k in range(len(FIDUCIALS)):
            expected = record.marks[:, lead, k]
            one = compare(expected[np.isfinite(expected)], found[:, lead, k], span)
            results[k] = tuple(a + b for a, b in zip(results[k], one, strict=True))
    return results

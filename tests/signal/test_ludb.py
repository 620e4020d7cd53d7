"""Intervals, P waves and ectopic beats of real hearts: the odd records of LUDB, on which the delineation was made."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from skecg.features import BeatFeatures, wave_table
from skecg.signal import apply_filter, average_beats, delineate, design_filter, find_r_peaks_batch

FS = 500
NUMBERS = range(1, 201, 2)
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # in wfdb


def _read_annotations(path):
    """Return (sample, symbol) of each annotation of a file; `wfdb.rdann` returns the same in 50 times the time."""
    words, time, marks, k = np.fromfile(path, "<u2").tolist(), 0, [], 0
    while words[k]:
        kind, step = divmod(words[k], 1024)
        if kind == 59:  # a longer time in the next two words
            time += (words[k + 1] << 16) + words[k + 2]
            k += 3
            continue
        time += step
        marks.append((time, {1: "N", 24: "p", 27: "t", 39: "(", 40: ")"}[kind]))
        k += 1
    return marks


def _marks(folder, number, leads):
    """Return the annotated beats, (n_beats, n_leads, 3 waves, onset peak end), in samples; NaN where not marked."""
    rows = []
    for k, lead in enumerate(leads):
        samples, symbols = zip(*_read_annotations(folder / f"{number}.{lead}"), strict=True)
        for i, symbol in enumerate(symbols):
            if symbol in "pNt" and symbols[i - 1 : i + 2] == ("(", symbol, ")"):
                rows.append((k, "pNt".index(symbol), *samples[i - 1 : i + 2]))
    rows = np.array(rows)
    centres = np.sort(rows[rows[:, 1] == 1, 3])
    centres = [np.median(part) for part in np.split(centres, np.flatnonzero(np.diff(centres) > 100) + 1)]
    beats = np.full((len(centres), len(leads), 3, 3), np.nan)
    for lead, wave, *times in rows:
        shift = times[1] - np.array(centres)
        allowed = np.where(shift * (wave - 1) >= 0, np.abs(shift), np.inf)  # P before QRS, T after it
        if allowed.min() < (200, 75, 300)[wave]:
            beats[allowed.argmin(), lead, wave] = times
    return beats


def _usual(beats, start, stop):
    """Return the usual interval in ms between two marks, each the median of the leads if three or more have it."""
    marks = beats[:, :, *start], beats[:, :, *stop]
    ends = [np.where(np.isfinite(mark).sum(axis=1) >= 3, _median(mark, 1), np.nan) for mark in marks]
    return 1000 / FS * _median(ends[1] - ends[0], 0)


def _median(values, axis):
    values = np.sort(values, axis=axis)  # NaN last
    n = np.isfinite(values).sum(axis=axis, keepdims=True)
    middle = [np.take_along_axis(values, np.maximum(k, 0), axis=axis) for k in ((n - 1) // 2, n // 2)]
    return np.squeeze(np.where(n > 0, (middle[0] + middle[1]) / 2, np.nan), axis=axis)


@pytest.fixture(scope="module")
def ludb():
    """Return the annotated beats of each record, what `delineate` finds, the statements, and the signals."""
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ludb"
    if not home.is_dir():
        pytest.skip("LUDB is not in SKECG_DATA")
    wfdb = pytest.importorskip("wfdb")
    records = [wfdb.rdrecord(str(home / "data" / str(number)), physical=False) for number in NUMBERS]
    X = np.stack([record.d_signal[:5000].T * np.float32(1e-3) for record in records])
    leads = [name.lower() for name in records[0].sig_name]
    marks = [_marks(home / "data", number, leads) for number in NUMBERS]
    peaks = find_r_peaks_batch(X, FS)
    beats, errors = average_beats(apply_filter(X, design_filter("highpass", FS, low=0.5)), FS, peaks)
    interval = [np.median(np.diff(found)) / FS for found in peaks]
    with (home / "ludb.csv").open(newline="") as file:
        statements = {int(row["ID"]): row for row in csv.DictReader(file) if row["ID"].strip()}
    found = delineate(beats, FS, interval=interval, errors=errors)
    return marks, found, [statements[number] for number in NUMBERS], X


@pytest.fixture(scope="module")
def table(ludb):
    return BeatFeatures(fs=FS, columns="all").set_output(transform="pandas").fit_transform(ludb[3])


@pytest.mark.parametrize(
    ("start", "stop", "names", "mean", "deviation"),
    [
        ((0, 0), (1, 0), ("p_onset", "qrs_onset"), 5, 9),
        ((1, 0), (1, 2), ("qrs_onset", "qrs_end"), 5, 12),  # 8 without two paced records
        ((1, 0), (2, 2), ("qrs_onset", "t_end"), 8, 16),
    ],
    ids=["PR", "QRS", "QT"],
)
def test_intervals_are_those_of_the_annotations(ludb, start, stop, names, mean, deviation):
    marks, found, _, _ = ludb
    expected = np.array([_usual(beats, start, stop) for beats in marks])
    errors = 1000 * (found[names[1]] - found[names[0]]) - expected
    errors = errors[np.isfinite(errors)]
    assert len(errors) > 80
    assert abs(errors.mean()) < mean and errors.std() < deviation


def test_the_network_learned_the_annotations(ludb):
    errors = []
    for k in range(0, len(NUMBERS), 15):
        table = wave_table(ludb[3][k], FS, delineation="network")
        table = table[table["lead"] == "all"]
        lengths = [(table[stop] - table["qrs_onset"]).median() for stop in ("qrs_end", "t_end")]
        expected = [_usual(ludb[0][k], (1, 0), stop) for stop in ((1, 2), (2, 2))]
        errors.append(1000 * np.array(lengths) - expected)
    qrs, qt = np.abs(errors).mean(axis=0)
    assert qrs < 8 and qt < 12


def test_p_waves_where_they_are_annotated(ludb):
    marks, found, statements, _ = ludb
    rhythms = [row["Rhythms"] for row in statements]
    atrial = np.array(["fibrillation" in rhythm or "flutter" in rhythm for rhythm in rhythms])
    has_p = np.isfinite(found["p_onset"])
    annotated = np.array([(np.isfinite(beats[:, :, 0, 1]).sum(axis=1) >= 3).mean() > 0.8 for beats in marks])
    assert atrial.sum() == 10 and has_p[atrial].sum() <= 1
    assert has_p[annotated & ~atrial].mean() > 0.98


@pytest.mark.parametrize(
    ("name", "confidence", "limit", "start", "stop"),
    [
        ("qt_interval", "t_confidence", 0.5, (1, 0), (2, 2)),
        ("qrs_duration", "qrs_confidence", 0.75, (1, 0), (1, 2)),
    ],
)
def test_errors_are_larger_where_confidence_is_low(ludb, table, name, confidence, limit, start, stop):
    errors = np.abs(1000 * table[name] - np.array([_usual(beats, start, stop) for beats in ludb[0]]))
    low = table[confidence] <= limit
    assert 15 < low.sum() < 30
    assert errors[low].mean() > 1.3 * errors[~low].mean()


def test_ectopic_beats_where_they_are_noted(ludb, table):
    noted = np.array([row["Extrasystolies"].strip() for row in ludb[2]])
    for kind, name in (("Atrial", "supraventricular_share"), ("Ventricular", "ventricular_share")):
        has = np.array([text.startswith(kind) for text in noted])
        assert has.any() and (table[name][has] > 0).all()
    paced = np.array([bool(row["Cardiac pacing"].strip()) for row in ludb[2]])
    others = table[(noted == "") & ~paced]
    assert (others[["supraventricular_share", "ventricular_share"]].max(axis=1) > 0).mean() < 0.06
    assert (others["paced_share"] == 0).all() and (table["paced_share"][paced] > 0).sum() == 2  # two have large spikes

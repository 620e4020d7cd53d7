"""Train the network that places the waves, and evaluate it and the rules on the odd records of LUDB.

    OMP_NUM_THREADS=1 python benchmarks/delineation.py          # five networks, each tested on a fifth of the records
    OMP_NUM_THREADS=1 python benchmarks/delineation.py --write  # one network, trained on all; stored in the package

Marks of each lead are compared with the annotations of this lead; marks of all leads together, and the intervals
between them, with the median over the leads that are annotated, three at least. The intervals of a record are medians
over its beats. The thresholds of the rules were chosen on these very records. Means and standard deviations are in ms;
95 % intervals come from 1,000 draws of records with replacement. Results go to results/delineation.csv.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from _ludb import FS, errors_by_lead, errors_together, load
from _results import QUICK, store, surroundings
from _wave_training import Beats, train
from safetensors.torch import load_file, save_file

from skecg.features import _wave_network, wave_table
from skecg.networks._waves import WaveNetwork
from skecg.signal import FIDUCIALS

FOLDS, SEED, DRAWS = (2 if QUICK else 5), 0, (10 if QUICK else 1000)
INTERVALS = {
    "P": ("p_onset", "p_end"),
    "PR": ("p_onset", "qrs_onset"),
    "QRS": ("qrs_onset", "qrs_end"),
    "QT": ("qrs_onset", "t_end"),
}


def marks_of(record, delineation):
    """Return the marks of each beat in each lead, (n_beats, 12, 8), and in all leads together, (n_beats, 8)."""
    table = wave_table(record.signal, FS, delineation=delineation)
    marks = table[list(FIDUCIALS)].to_numpy().reshape(-1, 1 + len(record.signal), len(FIDUCIALS))
    return marks[:, 1:], marks[:, 0]


def cross_validate(records, folder):
    """Return the marks of each record, placed by a network that was not trained on it."""
    fold = np.random.default_rng(SEED).permutation(len(records)) % FOLDS
    found = [None] * len(records)
    for k in range(FOLDS):
        others = [records[i] for i in np.flatnonzero(fold != k)]
        network = fold_network(others, folder / f"fold{k}.safetensors")
        _wave_network._network = lambda network=network: network
        for i in np.flatnonzero(fold == k):
            found[i] = marks_of(records[i], "network")
        print(f"fold {k + 1} of {FOLDS}", flush=True)
    return found


def fold_network(records, path):
    """Read a network from a file, or train it and write the file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(train([Beats(record) for record in records]).state_dict(), path)
    network = WaveNetwork()
    network.load_state_dict(load_file(path))
    return network.eval()


def interval_errors(record, together):
    """Return the error of each interval in ms, in the form of `compare`."""
    results = []
    for start, stop in INTERVALS.values():
        columns = FIDUCIALS.index(start), FIDUCIALS.index(stop)
        lengths = [marks[:, columns[1]] - marks[:, columns[0]] for marks in (record.common(), together)]
        lengths = [values[np.isfinite(values)] for values in lengths]
        there = all(len(values) for values in lengths)
        results.append(([1000 * (np.median(lengths[1]) - np.median(lengths[0]))] if there else [], 0, 0))
    return results


def measures(totals):
    """Return what is stored, from the totals of records: errors, their sum, sum of squares, missed and extra marks."""
    n, first, second, missed, extra = np.moveaxis(totals, -1, 0)
    found = np.where(n > 0, n, np.nan)
    mean = first / found
    return {
        "sensitivity": 100 * n / np.maximum(1, n + missed),
        "ppv": 100 * n / np.maximum(1, n + extra),
        "f1": 200 * n / np.maximum(1, 2 * n + missed + extra),
        "mean": mean,
        "sd": np.sqrt(np.maximum(second / found - mean**2, 0)),
    }


def rows(reference, names, results):
    """Yield a row for each mark, from `compare` for each record and mark."""
    drawn = np.random.default_rng(SEED).integers(len(results), size=(DRAWS, len(results)))
    for k, name in enumerate(names):
        found = (result[k] for result in results)
        each = np.array([(len(e), sum(e), sum(np.square(e)), missed, extra) for e, missed, extra in found], float)
        total, draws = measures(each.sum(axis=0)), measures(each[drawn].sum(axis=1))
        row = {"reference": reference, "mark": name, "n": round(each[:, [0, 3]].sum())}
        for measure, value in total.items():
            digits = 1 if measure in ("mean", "sd") else 2
            low, high = np.nanquantile(draws[measure], [0.025, 0.975]) if np.isfinite(value) else (np.nan, np.nan)
            row[measure] = f"{value:.{digits}f}"
            row[f"{measure}_interval"] = f"{low:.{digits}f} to {high:.{digits}f}"
        yield row


def evaluate(delineation, records, found):
    """Print and store the errors of one way; `found` holds marks of single leads and together, for each record."""
    pairs = list(zip(records, found, strict=True))
    parts = {
        "together": (FIDUCIALS, [errors_together(record, together) for record, (_, together) in pairs]),
        "each lead": (FIDUCIALS, [errors_by_lead(record, single) for record, (single, _) in pairs]),
        "intervals": (INTERVALS, [interval_errors(record, together) for record, (_, together) in pairs]),
    }
    for reference, (names, results) in parts.items():
        for row in rows(reference, names, results):
            row = {"delineation": delineation} | row
            print(*(value for key, value in row.items() if not key.endswith("interval")))
            store("delineation", row | surroundings())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="only train on all records, and store the weights")
    parser.add_argument("--folder", type=Path, help="where the five networks lie; a stopped run goes on from there")
    parser.add_argument("--quick", action="store_true", help="a few synthetic records")
    args = parser.parse_args()
    torch.set_num_threads(1)
    records = load()
    if args.write:
        return save_file(train([Beats(record) for record in records]).state_dict(), _wave_network.WEIGHTS)
    evaluate("rules", records, [marks_of(record, "rules") for record in records])
    with tempfile.TemporaryDirectory() as temporary:
        evaluate("network", records, cross_validate(records, args.folder or Path(temporary)))


if __name__ == "__main__":
    main()

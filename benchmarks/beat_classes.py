"""Accuracy of the classes of beats on MIT-BIH: sensitivity and positive predictivity of ectopic beats.

    python benchmarks/beat_classes.py DS1     # the thresholds were chosen on DS1
    python benchmarks/beat_classes.py DS2     # evaluated once

`classify_beats` gets both leads and the R peaks that `find_r_peaks` finds. Peaks and annotations within 150 ms belong
together. As in ANSI/AAMI EC57, a missed ectopic beat counts against sensitivity and a false peak against positive
predictivity; a fusion beat or an unclassifiable one counts as no error among the ventricular beats, and an
unclassifiable one as no error among the supraventricular ones. The halves are those of de Chazal et al. (2004);
records that are not in the folder are left out. Results go to results/beat_classes.csv.
"""

import argparse
import warnings

import numpy as np
from _results import QUICK, store, surroundings

from skecg.datasets import fetch_mitdb, make_ecg
from skecg.signal import classify_beats, find_r_peaks

TOLERANCE = 0.150  # in s, from ANSI/AAMI EC57
AAMI = {"normal": "N", "supraventricular": "S", "ventricular": "V", "paced": "Q"}
NO_ERROR = {"S": "SQ", "V": "VFQ"}  # annotations that are not false positives
NONE = "-"  # instead of the label of a false peak, and of the class of a missed beat


def load_records(subset):
    """Return (signal, fs, times of the annotated beats, labels) of each record."""
    if QUICK:
        made = make_ecg(6, classes=["NORM", "PAC", "PVC"], duration=20, fs=250, random_state=0)
        beats = zip(made.data, made.r_peaks, strict=True)
        return [(record.signal, record.fs, peaks / record.fs, np.full(len(peaks), "N")) for record, peaks in beats]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a part of the subset is enough
        mitdb = fetch_mitdb(kind="records", subset=subset, leads="both", verbose=0)
    tables = zip(mitdb.data, mitdb.annotations, strict=True)
    return [(r.signal, r.fs, table["time"].to_numpy(), table["label"].to_numpy(str)) for r, table in tables]


def pairs(signal, fs, times, labels):
    """Return the annotated label and the class of each beat, (n_pairs, 2); false peaks and missed beats included."""
    peaks = find_r_peaks(signal, fs)
    classes = [AAMI[name] for name in classify_beats(signal, fs, peaks)]
    found = peaks / fs
    nearest = np.abs(found[None] - times[:, None]).argmin(axis=1)
    hit = np.abs(found[nearest] - times) <= TOLERANCE
    label = np.full(len(peaks), NONE)
    label[nearest[hit]] = labels[hit]
    return [*zip(label, classes, strict=True), *((name, NONE) for name in labels[~hit])]


def score(both, name):
    """Return beats, sensitivity and positive predictivity of one class, as columns."""
    label, found = np.array(both).T
    hit = ((label == name) & (found == name)).sum()
    false = ((found == name) & ~np.isin(label, list(NO_ERROR[name]))).sum()
    n = (label == name).sum()
    return {
        f"{name}_beats": n,
        f"{name}_sensitivity": f"{hit / n:.4f}" if n else "",
        f"{name}_ppv": f"{hit / (hit + false):.4f}" if hit + false else "",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subset", choices=["DS1", "DS2"])
    parser.add_argument("--quick", action="store_true", help="a little synthetic data")
    args = parser.parse_args()
    both, records = [], load_records(args.subset)
    for record in records:
        both += pairs(*record)
    row = {"subset": args.subset, "records": len(records), "beats": sum(label != NONE for label, _ in both)}
    row |= score(both, "S") | score(both, "V")
    print("  ".join(f"{key} {value}" for key, value in row.items()))
    print("stored in", store("beat_classes", row | surroundings()))


if __name__ == "__main__":
    main()

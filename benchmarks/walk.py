"""Follow X through `fit`: count calls from one file of skecg into another, and searches for NaN.

    OMP_NUM_THREADS=1 python benchmarks/walk.py [--quick]

A pipeline of four steps and a classifier is fitted on 24 `ECGRecords`, and on the array of their signals. A move
is a call of a function, or the return into a generator, from one file of skecg into another one; calls
in the threads that transform blocks count as well. The moves up to the classifier are those of the steps. A scan is
one search for NaN in all of a set. The figures depend on no clock. They go to results/walk.csv.
"""

import argparse
import sys
import threading
from collections import Counter
from pathlib import Path

from _results import store, surroundings

import skecg
from skecg.datasets import make_ecg
from skecg.pipeline import make_ecg_pipeline

ROOT = str(Path(skecg.__file__).parent)
N_RECORDS, FS, DURATION = 24, 500, 10
SCAN = "_check_finite"  # the function that searches a set for NaN


class Walk:
    """Counts moves and scans inside a `with` block.

    Attributes
    ----------
    moves : Counter of (str, str)
        Calls from one file into another.
    n_before : int or None
        Moves before the classifier was fitted.
    n_scans : int
    """

    def __init__(self):
        self.moves, self.n_before, self.n_scans = Counter(), None, 0

    def __enter__(self):
        threading.setprofile(self._look)
        sys.setprofile(self._look)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)
        threading.setprofile(None)

    def _look(self, frame, event, _):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(ROOT):
            return
        self.n_scans += code.co_name == SCAN
        if code.co_qualname == "BaseECGClassifier.fit" and self.n_before is None:
            self.n_before = self.moves.total()
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(ROOT):
            caller = caller.f_back
        if caller is not None and caller.f_code.co_filename != code.co_filename:
            self.moves[_name(caller.f_code), _name(code)] += 1


def _name(code):
    return str(Path(code.co_filename).relative_to(ROOT).with_suffix(""))


def walk(form, X, y):
    """Fit the pipeline once to import its modules, then fit it again, count, and store the counts."""
    model = make_ecg_pipeline("eegnet", fs=FS, window=250, max_epochs=1, random_state=0)
    model.set_params(crop__length=1000)
    model.fit(X, y)
    with Walk() as counted:
        model.fit(X, y)
    row = {"X": form, "records": len(X), "moves": counted.moves.total(), "moves_of_the_steps": counted.n_before}
    print(row | {"scans": counted.n_scans})
    for (caller, called), n in counted.moves.most_common(12):
        print(f"  {n:4}  {caller} -> {called}")
    return store("walk", row | {"scans": counted.n_scans} | surroundings())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few, short records")
    args = parser.parse_args()
    n_records, duration = (8, 4) if args.quick else (N_RECORDS, DURATION)
    ecgs = make_ecg(n_records, classes=["NORM", "LBBB"], fs=FS, duration=duration, random_state=0)
    walk("ECGRecords", ecgs.data, ecgs.target)
    path = walk("array", ecgs.data.to_array(), ecgs.target)
    print(f"Written to {path}")


if __name__ == "__main__":
    main()

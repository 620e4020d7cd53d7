"""Measure prediction with `skecg.compile` in each engine and precision, against the network in torch.

    OMP_NUM_THREADS=1 python benchmarks/compiled.py speed
    OMP_NUM_THREADS=1 python benchmarks/compiled.py cost

`speed` predicts with ResNet18, 64 records of 12 x 1000 samples at once and one record at a time, on one thread. All
ways run in turn in one process; the ratios are those of neighbouring runs. The plain way is the network in torch
under `inference_mode`, without the checks of skecg. The seconds are processor time, which a busy machine changes
little. `cost` trains ResNet18 on folds 1 and 2 of PTB-XL (superclasses, windows of 2.5 s, few epochs),
calibrates int8 with 300 training records, and compares the macro AUROC on fold 3 and the probabilities with those of
the model. Results go to results/compiled.csv and results/compiled_cost.csv.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from _data import load_ptbxl
from _results import QUICK, store, surroundings
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import ResNetClassifier
from skecg.metrics import macro_auc_score
from skecg.preprocessing import ECGFilter, Normalize

WAYS = [
    ("torch", "float32"),
    ("torch", "bfloat16"),
    ("onnxruntime", "float32"),
    ("onnxruntime", "int8"),
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
    ("openvino", "int8"),
]
LOSSY = [way for way in WAYS if way[1] != "float32"]
WIDTH, BATCH, N_TIMES = (8, 4, 200) if QUICK else (64, 64, 1000)
CALIBRATION = 300
ANY = {"tolerance": 1.0, "auc_tolerance": 1.0}  # measure, and refuse nothing


def speed(repeats):
    """Return a row for each way."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(BATCH, 12, N_TIMES)).astype(np.float32)
    model = ResNetClassifier(width=WIDTH, max_epochs=1, batch_size=8, random_state=0).fit(X, np.arange(BATCH) % 2)
    network = model.net_.module_.eval()

    def plain(signals):
        with torch.inference_mode():
            return network(torch.from_numpy(signals)).softmax(dim=1).numpy()

    ways = {("plain PyTorch", "float32"): plain, ("skecg", "float32"): model.predict_proba}
    for engine, precision in WAYS:
        n_threads = None if engine == "torch" else 1
        compiled = skecg.compile(model, engine, precision, X=X, n_threads=n_threads, **ANY)
        ways[engine, precision] = compiled.predict_proba
    batches = in_turn(ways, X, repeats)
    singles = in_turn(ways, X[:1], repeats, calls=30)
    return [
        {
            "engine": engine,
            "precision": precision,
            "batch": BATCH,
            "n_times": N_TIMES,
            "repeats": repeats,
            "records_per_s": f"{BATCH / statistics.median(batches[engine, precision]):.0f}",
            **ratios(batches, (engine, precision), "ratio"),
            "one_record_ms": f"{1e3 * statistics.median(singles[engine, precision]):.2f}",
            **ratios(singles, (engine, precision), "one_ratio"),
        }
        for engine, precision in ways
    ]


def in_turn(ways, X, repeats, calls=1):
    """Return {way: processor seconds of a call in each run}; several calls in a row find the weights in the cache."""
    taken = {way: [] for way in ways}
    for predict in ways.values():
        predict(X)
    for _ in range(repeats):
        for way, predict in ways.items():
            begin = time.process_time()
            for _ in range(calls):
                predict(X)
            taken[way].append((time.process_time() - begin) / calls)
    return taken


def ratios(taken, way, name):
    """Return median, least and largest ratio of the plain way's time to that of a way."""
    each = [plain / ours for plain, ours in zip(taken["plain PyTorch", "float32"], taken[way], strict=True)]
    values = {"median": statistics.median(each), "min": min(each), "max": max(each)}
    return {f"{name}_{key}": f"{value:.2f}" for key, value in values.items()}


def cost(epochs):
    """Return a row for each way."""
    found = load_ptbxl(quick=QUICK)
    train = found.fold != 3
    X, y = found.data[np.flatnonzero(train)], found.target[train]
    test, truth = found.data[np.flatnonzero(~train)], found.target[~train]
    network = ResNetClassifier(width=WIDTH, window=250, max_epochs=epochs, random_state=0)
    model = make_pipeline(ECGFilter(), Normalize("robust", per="dataset"), network).fit(X, y)
    exact = model.predict_proba(test)
    auc_exact, rows = macro_auc_score(truth, exact), []
    for engine, precision in LOSSY:
        compiled = skecg.compile(model, engine, precision, X=X[:CALIBRATION], y=y[:CALIBRATION], **ANY)
        p = compiled.predict_proba(test)
        rows.append(
            {
                "engine": engine,
                "precision": precision,
                "epochs": epochs,
                "records": len(test),
                "auc": f"{macro_auc_score(truth, p):.5f}",
                "auc_model": f"{auc_exact:.5f}",
                "largest_change": f"{np.abs(p - exact).max():.2g}",
                "mean_change": f"{np.abs(p - exact).mean():.2g}",
            }
        )
        print(rows[-1], flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "cost"])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="a narrow network and synthetic records")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows, table = (speed(args.repeats), "compiled") if args.what == "speed" else (cost(args.epochs), "compiled_cost")
    for row in rows:
        print(row)
        path = store(table, {**row, **surroundings()})
    print("stored in", path)


if __name__ == "__main__":
    main()

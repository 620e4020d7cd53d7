"""Measure all networks: their cost, their speed, and their scores on PTB-XL after five epochs.

    OMP_WAIT_POLICY=PASSIVE python benchmarks/networks.py speed
    OMP_WAIT_POLICY=PASSIVE python benchmarks/networks.py rates
    python benchmarks/networks.py scores

`speed` compares ResNet18 and CRNN with a plain PyTorch loop over the same networks written with
`nn.Conv1d`, with the same weights, batches and threads, in turn and in one process. `rates` counts
parameters and multiply-adds of every network, and compares its time with its time in the plain layout of
`nn.Conv1d` and `nn.Linear`. `scores` trains one size of each family on folds 1 and 2 of PTB-XL and tests on fold 3.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from _plain import in_plain_layout, in_turn, plain_twin, predict_plainly, train_plainly
from _results import print_stored, store, stored, surroundings
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import check_random_state

from skecg import classifiers
from skecg.datasets import fetch_ptbxl
from skecg.inspection import count_multiply_adds
from skecg.preprocessing import ECGCrop, Normalize
from skecg.training.data.batches import ShuffledBatches

FAMILIES = {
    "AlexNet": [{}],
    "VGG": [{"depth": 11}, {"depth": 13}, {"depth": 16}, {"depth": 19}],
    "ResNet": [{"depth": 18}, {"depth": 34}, {"depth": 50}, {"depth": 101}, {"depth": 152}],
    "AttResNet": [{}],
    "RNN": [{"cell": "lstm"}, {"cell": "gru"}],
    "CRNN": [{"cell": "lstm"}, {"cell": "gru"}, {"bidirectional": True}],
    "Transformer": [{}],
    "ResTransformer": [{}],
    "EEGNet": [{}],
    "EfficientECG": [{"variant": f"b{i}"} for i in range(8)],
    "XResNet": [{"depth": 50}, {"depth": 101}],
    "S4": [{}],
}
"""The sizes of each family; the first size is the base."""

BASE = {"XResNet": {"depth": 101}}  # the usual base of this family is not its smallest size
RECIPE = {"window": 250, "batch_size": 128, "learning_rate": 3e-3, "weight_decay": 1e-2, "max_epochs": 5}
"""As in ptbxl.py, and the same for all networks; another rate may suit recurrent and attention networks better."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "rates", "scores"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--networks", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    {"speed": speed, "rates": rates, "scores": scores}[args.what](args)


def speed(args):
    """Compare `fit` and `predict_proba` with the plain loop."""
    for name in ("ResNet", "CRNN"):
        for batch, n_times, n_records in ((64, 2048, 320), (128, 250, 1280)):
            row = {"network": name, "batch": batch, "n_times": n_times}
            row |= _compare(getattr(classifiers, f"{name}Classifier"), batch, n_times, n_records, args.repeats)
            print_stored(store("networks_speed", row | surroundings()), row)


def _compare(cls, batch, n_times, n_records, repeats):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_records, 12, n_times)).astype(np.float32)
    y = rng.integers(0, 2, n_records)
    last = {}

    def ours(seed):
        last["clf"] = cls(max_epochs=1, batch_size=batch, random_state=seed, device="cpu").fit(X, y)

    def plain(seed):
        # As in `fit`, to get the same weights and batches.
        drawn = check_random_state(seed).randint(np.iinfo(np.int32).max)
        torch.manual_seed(drawn)
        last["twin"] = plain_twin(cls()._make_network(12, 2, n_times), 12, 2)
        batches = ShuffledBatches(n_records, batch, np.random.default_rng(drawn))
        last["losses"] = train_plainly(last["twin"], X, y, batches, epochs=1, learning_rate=2e-3)

    train = in_turn(ours, plain, repeats)
    row = {"loss": f"{last['clf'].history_[0]['train_loss']:.4f}", "loss_plain": f"{last['losses'][0]:.4f}"}
    row |= _ratio("train", n_records, *train)
    clf, twin = last["clf"], last["twin"]
    X = rng.normal(size=(1000, 12, n_times)).astype(np.float32)
    both = in_turn(lambda _: clf.predict_proba(X), lambda _: predict_plainly(twin, X, batch), repeats)
    row |= _ratio("predict", len(X), *both)
    one = in_turn(lambda _: clf.predict_proba(X[:1]), lambda _: predict_plainly(twin, X[:1]), 10 * repeats)
    return row | _ratio("single", 1, *one)


def rates(args):
    """Count the cost of every size, and time it against the same network in the layout of `nn.Conv1d`."""
    for name in args.networks:
        for params in FAMILIES[name]:
            row = {"network": name, "params": _as_text(params)} | _cost_and_rates(name, params, args.repeats)
            print_stored(store("networks_rates", row | surroundings()), row)


def _cost_and_rates(name, params, repeats):
    clf = getattr(classifiers, f"{name}Classifier")(**params)
    network = clf._make_network(12, 5, 1000)
    row = {
        "parameters": sum(p.numel() for p in network.parameters()),
        "multiply_adds_M": f"{count_multiply_adds(network, (12, 1000)) / 1e6:.0f}",
    }
    x = torch.randn(64, 12, 250)
    plain = in_plain_layout(clf._make_network(12, 5, 1000))

    def train(model):
        model.train().zero_grad()
        model(x).square().sum().backward()

    def predict(model):
        with torch.inference_mode():
            model.eval()(x)

    for what, step in (("train", train), ("predict", predict)):
        times = in_turn(lambda _, step=step: step(network), lambda _, step=step: step(plain), repeats)
        row |= _ratio(what, len(x), *times)
    return row | _single_record(clf, name, params, repeats)


def _single_record(clf, name, params, repeats):
    """Return the milliseconds for one record of ten seconds at 100 Hz, with 12 leads and with one, on one core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    row = {}
    for n_leads in (12, 1):
        model, x = clf._make_network(n_leads, 5, 1000).eval(), torch.randn(1, n_leads, 1000)
        seconds = []
        with torch.inference_mode():
            for _ in range(5 * repeats):
                begin = time.perf_counter()
                model(x)
                seconds.append(time.perf_counter() - begin)
        row[f"ms_{n_leads}_leads"] = f"{1e3 * statistics.median(seconds):.1f}"
    torch.set_num_threads(threads)
    return row


def scores(args):
    """Train the base of each family on folds 1 and 2 and test it on fold 3; skip rows that are in the table."""
    ptbxl = fetch_ptbxl(args.data, task="superdiagnostic", fs=100, folds=[1, 2, 3])
    train, test = np.isin(ptbxl.fold, [1, 2]), ptbxl.fold == 3
    done = {(row["network"], row["params"]) for row in stored("networks_scores")}
    for name in args.networks:
        params = BASE.get(name, FAMILIES[name][0])
        if (name, _as_text(params)) in done:
            continue
        clf = getattr(classifiers, f"{name}Classifier")(**params, **RECIPE, random_state=0, device="cpu", verbose=1)
        model = make_pipeline(ECGCrop(1000), Normalize(per="dataset"), clf)
        begin = time.perf_counter()
        model.fit(ptbxl.data[train], ptbxl.target[train])
        seconds = time.perf_counter() - begin
        auc = roc_auc_score(ptbxl.target[test], model.predict_proba(ptbxl.data[test]))
        row = {"network": name, "params": _as_text(params), "macro_auc": f"{auc:.4f}", "fit_s": f"{seconds:.0f}"}
        print_stored(store("networks_scores", row | surroundings()), row)


def _ratio(what, n, ours, plain):
    ratios = [b / a for a, b in zip(ours, plain, strict=True)]
    return {
        f"{what}_per_s": f"{n / statistics.median(ours):.0f}",
        f"{what}_ratio": f"{statistics.median(ratios):.2f}",
        f"{what}_ratio_range": f"{min(ratios):.2f}-{max(ratios):.2f}",
    }


def _as_text(params):
    return " ".join(f"{key}={value}" for key, value in params.items())


if __name__ == "__main__":
    main()

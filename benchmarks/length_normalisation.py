"""Choose the window of a record that a network sees at once, and the normalisation of the record.

    OMP_NUM_THREADS=1 python benchmarks/length_normalisation.py search  # then seeds, budget, tasks, others
    python benchmarks/length_normalisation.py summary

The task is PTB-XL superclasses at 100 Hz; folds 1 and 2 train, fold 3 tests. `search` screens all settings by
scikit-learn's successive halving: each rung trains on three times as many records and keeps a third of the
settings. `seeds` trains the best of the last rung, and the first guess, three times. In these two, the epochs
are equal, so a longer window sees more of each record, at a higher cost. `budget` gives shorter windows
proportionally more epochs, and trains the best of them, and the first guess, with three seeds. `others` trains
the other networks with the three best normalisations at the length that won in `budget`, three times, on a third
of the records. `tasks` tests whether that length also wins on rhythms of PTB-XL and of CinC 2017:
results/length_rhythm.csv, length_cinc2017.csv. `summary` makes the table of means from which the presets are
taken: results/length_normalisation_summary.csv.

Training draws a random window of each record in each epoch; prediction averages half-overlapping windows of
the same length. The networks are narrow versions, named below, and the records were filtered once.
A killed run resumes: the script skips rows that are in results/length_normalisation.csv.
"""

import argparse
import statistics

import numpy as np
import torch
from _data import filtered, load_ptbxl, load_task
from _results import FOLDER, store, stored
from _stored_run import TABLE, Bar, Run
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, PredefinedSplit
from tqdm import tqdm

from skecg import make_ecg_pipeline

LENGTHS = (100, 200, 250, 410, 500, 1000)  # 1, 2, 2.5, 4.1, 5 and 10 s
NORMALISATIONS = [
    *((method, per) for method in ("zscore", "minmax", "robust") for per in ("lead", "record", "dataset")),
    ("l2", "lead"),
    ("l2", "record"),
    ("log", "lead"),  # log and none use no statistic, so `per` has no effect on them
    ("none", "lead"),
]
FIRST_GUESS = (250, "zscore", "record")

SCREENED = {
    "crnn": {"width": 16, "hidden_size": 64},
    "resnet": {"width": 16},
    "efficientecg": {"variant": "compact"},
    "efficientecg b0": {"variant": "b0"},
}
OTHERS = {
    "alexnet": {"width": 16, "hidden_size": 256},
    "attresnet": {"width": 16},
    "eegnet": {},
    "restransformer": {"width": 16},
    "rnn": {"hidden_size": 64},
    "s4": {"width": 32, "n_layers": 2},
    "transformer": {"width": 32},
    "vgg": {"width": 16, "hidden_size": 256},
    "xresnet": {"depth": 50, "width": 16},
}
EPOCHS = 6
RECIPE = {"batch_size": 32, "learning_rate": 3e-3, "weight_decay": 1e-2, "device": "cpu"}
SEEDS = (0, 1, 2)
N_RUNGS, FACTOR = 3, 3  # 714, 2,142 and 6,426 records, a third of them to test
N_FINALISTS, N_BEST = 2, 3

RHYTHM_TASKS = ("rhythm", "cinc2017")
NARROW = ("crnn", "resnet", "efficientecg")  # the networks whose windows are compared over all tasks
SETTING = ("window", "method", "per")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["search", "seeds", "budget", "others", "tasks", "summary"])
    parser.add_argument("--networks", nargs="+", help="run only these networks")
    parser.add_argument("--windows", nargs="+", type=int, choices=LENGTHS, default=LENGTHS, help="of `tasks`")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="of `tasks`")
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="tiny networks on synthetic records")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.what == "summary":
        return summary()
    if args.what == "tasks":
        return tasks(args)
    ptbxl = load_ptbxl(args.data, quick=args.quick)
    n = len(ptbxl.target) // FACTOR ** (N_RUNGS - 1) * FACTOR ** (N_RUNGS - 1)  # so that the last rung has all records
    data = filtered(ptbxl.data[:n]), ptbxl.target[:n], ptbxl.fold[:n] == 3
    {"search": search, "seeds": seeds, "budget": budget, "others": others}[args.what](data, args)


# -- one run --------------------------------------------------------------------------------------


def make_run(network, params, *, setting=FIRST_GUESS, epochs=EPOCHS, seed=0):
    """Return the pipeline of a network at a setting, without the filter, which is already applied."""
    window, method, per = setting
    recipe = RECIPE | {"max_epochs": epochs, "random_state": seed}
    pipeline = make_ecg_pipeline(network.partition(" ")[0], **params, **recipe)
    pipeline.set_params(filter="passthrough", resample="passthrough")
    pipeline.set_params(normalize__method=method, normalize__per=per, classifier__window=int(window))
    return Run(pipeline, network)


def train(data, runs, part, table=TABLE):
    """Train runs on folds 1 and 2 and evaluate them on fold 3."""
    X, y, test = data
    with Bar(desc=part, total=len(runs), mininterval=5) as bar:
        for run in runs:
            run.set_params(part=part, bar=bar, table=table).fit(X[~test], y[~test]).score(X[test], y[test])


# -- the parts ------------------------------------------------------------------------------------


def search(data, args):
    """Screen all settings by successive halving; the resource is the number of records."""
    X, y, test = data
    for network in args.networks or SCREENED:
        options = {"cv": PredefinedSplit(np.where(test, 0, -1)), "factor": FACTOR, "refit": False, "random_state": 0}
        options |= {"min_resources": len(y) // FACTOR ** (N_RUNGS - 1)}
        options |= {"return_train_score": False, "error_score": "raise"}
        grid = _grid(args.quick)
        n_settings = sum(len(part["pipeline__classifier__window"]) for part in grid)
        with Bar(desc=network, total=_n_runs(n_settings), mininterval=5) as bar:
            run = make_run(network, _narrow(SCREENED, network, args.quick), epochs=1 if args.quick else EPOCHS)
            found = HalvingGridSearchCV(run.set_params(part="search", bar=bar), grid, **options).fit(X, y)
        tqdm.write(f"{network}: {found.best_params_}, macro-AUC {found.best_score_:.4f}")


def _grid(quick):
    """Return the settings in the format of scikit-learn's searches, one dict for each normalisation."""
    lengths, normalisations = (LENGTHS[1:3], NORMALISATIONS[:2]) if quick else (LENGTHS, NORMALISATIONS)
    return [
        {
            "pipeline__classifier__window": list(lengths),
            "pipeline__normalize__method": [method],
            "pipeline__normalize__per": [per],
        }
        for method, per in normalisations
    ]


def _n_runs(n_settings):
    """Return the number of runs over all rungs; no rung starts with fewer settings than the halving factor."""
    total = n_settings
    for _ in range(N_RUNGS - 1):
        if n_settings >= FACTOR:
            n_settings = -(-n_settings // FACTOR)
            total += n_settings
    return total


def seeds(data, args):
    """Train the best setting of the last rung, and the first guess, with several seeds."""
    runs = []
    for network in args.networks or searched():
        best = [setting for _, setting in ranked(network)[:N_FINALISTS]]
        for setting in dict.fromkeys([*best, FIRST_GUESS]):
            params = _narrow(SCREENED, network, args.quick)
            epochs = 1 if args.quick else EPOCHS
            runs += [make_run(network, params, setting=setting, epochs=epochs, seed=seed) for seed in SEEDS]
    train(data, runs, "seeds")


def budget(data, args):
    """Train the best normalisation at every window for the time of the longest, and the best with several seeds.

    Also train the first guess of a normalisation for that time, at the window that won over all tasks.
    """
    for network in args.networks or searched():
        params = _narrow(SCREENED, network, args.quick)
        _, method, per = ranked(network)[0][1]
        windows = LENGTHS[2:4] if args.quick else LENGTHS
        runs = [make_timed_run(network, params, args.quick, (window, method, per)) for window in windows]
        train(data, runs, "budget")
        scores, window = scores_at_equal_time(stored(TABLE), network), winning_window([network])
        settings = (max(scores, key=scores.get), method, per), (window, method, per), (window, *FIRST_GUESS[1:])
        plans = [(setting, seed) for setting in dict.fromkeys(settings) for seed in SEEDS]
        train(data, [make_timed_run(network, params, args.quick, *plan) for plan in plans], "budget")


def others(data, args):
    """Train the other networks at the winning length, on a third of the records."""
    X, y, test = data
    third = X[::FACTOR], y[::FACTOR], test[::FACTOR]
    settings, runs = best_normalisations(), []
    tried = dict.fromkeys([*settings, (settings[0][0], *FIRST_GUESS[1:])])
    for network in args.networks or OTHERS:
        params = _narrow(OTHERS, network, args.quick)
        runs += [make_timed_run(network, params, args.quick, setting, seed) for setting in tried for seed in SEEDS]
    train(third, runs, "others")


def tasks(args):
    """Train windows of each length for equal time on rhythm tasks, which need more than one beat."""
    for name in RHYTHM_TASKS:
        task = load_task(name, args.quick)
        for network in args.networks or NARROW:
            params = _narrow(SCREENED, network, args.quick)
            windows = LENGTHS[:2] if args.quick else args.windows
            plans = [((window, *NORMALISATIONS[2]), seed) for window in windows for seed in args.seeds]
            runs = [make_timed_run(network, params, args.quick, *plan) for plan in plans]
            train((task.X, task.y, ~task.train), runs, name, f"length_{name}")


def make_timed_run(network, params, quick, setting, seed=0):
    """Return a run that takes about the same time at any window."""
    epochs = 1 if quick else epochs_at(setting[0])
    return make_run(network, params, setting=setting, epochs=epochs, seed=seed)


def epochs_at(window):
    """Return the epochs at which a window sees as many samples as the longest window."""
    return round(EPOCHS * LENGTHS[-1] / window)


def summary():
    """Write the mean and the spread over the seeds of every setting that was trained on all records."""
    (FOLDER / f"{TABLE}_summary.csv").unlink(missing_ok=True)
    groups, everything = {}, max((int(row["n_train"]) for row in stored(TABLE)), default=0)
    for row in stored(TABLE):
        if int(row["n_train"]) == everything or row["part"] == "others":
            groups.setdefault(tuple(row[key] for key in ("network", *SETTING, "epochs", "n_train")), []).append(row)
    for (network, window, method, per, epochs, n_train), rows in sorted(groups.items()):
        scores = [float(row["macro_auc"]) for row in rows]
        row = {"network": network, "window": window, "method": method, "per": per, "epochs": epochs}
        row |= {"equal": "epochs" if int(epochs) == EPOCHS else "time", "n_train": n_train, "runs": len(rows)}
        row |= {"macro_auc": f"{statistics.mean(scores):.4f}"}
        row |= {"spread": f"{statistics.stdev(scores):.4f}" if len(scores) > 1 else ""}
        row |= {"fit_cpu_s": f"{statistics.mean(float(row['fit_cpu_s']) for row in rows):.0f}"}
        store(f"{TABLE}_summary", row)
        print("  ".join(map(str, row.values())))


# -- which setting is best ------------------------------------------------------------------------


def ranked(network):
    """Return (records, setting) of a search, best first: by the last rung reached, then by the score there."""
    furthest = {}
    for row in stored(TABLE):
        if row["network"] == network and row["part"] == "search":
            setting = int(row["window"]), row["method"], row["per"]
            furthest[setting] = max(furthest.get(setting, (0, 0)), (int(row["n_train"]), float(row["macro_auc"])))
    order = sorted(furthest, key=furthest.get, reverse=True)
    return [(furthest[setting][0], setting) for setting in order]


def searched():
    """Return the networks that `search` has screened."""
    return [network for network in SCREENED if ranked(network)]


def winning_window(networks):
    """Return the window with the best mean rank over networks and tasks; in a tie, the nearer to the first guess."""
    tables = TABLE, *(f"length_{task}" for task in RHYTHM_TASKS)
    found = [scores_at_equal_time(stored(table), network) for network in networks for table in tables]
    found = [scores for scores in found if scores]
    shared = sorted(set.intersection(*map(set, found)) if found else ()) or [FIRST_GUESS[0]]
    orders = [sorted(shared, key=scores.get, reverse=True) for scores in found]
    return min(shared, key=lambda window: (sum(order.index(window) for order in orders), abs(window - FIRST_GUESS[0])))


def scores_at_equal_time(rows, network):
    """Return the mean score by window of the equal-time runs, for the normalisation with most windows."""
    rows = [row for row in rows if row["network"] == network]
    found, everything = {}, max((int(row["n_train"]) for row in rows), default=0)
    for row in rows:
        timed = int(row["epochs"]) in (1, epochs_at(int(row["window"])))  # 1 is a quick run
        if timed and int(row["n_train"]) == everything:
            windows = found.setdefault((row["method"], row["per"]), {})
            windows.setdefault(int(row["window"]), []).append(float(row["macro_auc"]))
    most = max(found.values(), key=len, default={})
    return {window: statistics.mean(scores) for window, scores in sorted(most.items())}


def best_normalisations():
    """Return the winning window with each of the three normalisations that have the best mean rank in the searches."""
    places = {}
    for network in searched():
        order = ranked(network)
        for place, (_, (_, method, per)) in enumerate(order):
            places.setdefault((method, per), []).append(place / len(order))
    order = sorted(places, key=lambda normalisation: statistics.mean(places[normalisation]))
    window = winning_window(NARROW)
    return [(window, *normalisation) for normalisation in order[:N_BEST]]


def _narrow(networks, network, quick):
    return networks[network] | ({"width": 8} if quick and "width" in networks[network] else {})


if __name__ == "__main__":
    main()
